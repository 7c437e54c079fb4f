"""Fields of datetimes with a time zone only, without one only, and of both sorts."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, Optional

import pydantic
import pytest
from databases import EVERY, place_of, run_sql
from ommi import (
    Aware,
    FieldType,
    Key,
    ModelCollection,
    Naive,
    Ommi,
    UnsupportedError,
    ValidationError,
    ommi_model,
)

ROME = dt.timezone(dt.timedelta(hours=1))
NOON = dt.datetime(2026, 11, 21, 12, 30, 15, 123456)
ZONED = NOON.replace(tzinfo=ROME)
EDGES = [
    dt.datetime(1, 1, 2),
    dt.datetime(1582, 10, 10, 0, 0, 0, 1),
    dt.datetime(9999, 12, 30, 21, 59, 59, 999999),
]


@dataclass
class Note:
    id: Annotated[int, Key]
    at: Annotated[dt.datetime, Aware]
    local: Annotated[dt.datetime, Naive]
    any: Optional[dt.datetime] = None


def instant(database: str, moment: dt.datetime) -> dt.datetime:
    """The moment as finely as the database keeps instants: in milliseconds at the least."""
    if Ommi(database).capabilities()["timestamp_microseconds"]:
        return moment
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Moment(dt.datetime):
    """A user's own kind of datetime."""


Note = ommi_model(Note, collection=ModelCollection())


@pytest.mark.databases(*EVERY)
async def test_they_come_back_as_instants_and_as_local_times(database: str) -> None:
    zoned = instant(database, ZONED)
    async with Ommi(database) as db:
        await db.add(
            Note(1, zoned, NOON, ZONED), Note(2, zoned + dt.timedelta(hours=1), NOON)
        ).raise_on_errors()
        (first,) = await db.find(Note.at == zoned.astimezone(dt.UTC)).fetch.all()
        assert (first.at, first.local, first.any) == (zoned, NOON, ZONED)
        assert first.at.tzinfo is dt.UTC
        assert first.local.tzinfo is None
        later = await db.find(Note.at > zoned, Note.local == NOON).fetch.all()
        assert [note.id for note in later] == [2]


@pytest.mark.databases(*EVERY)
@pytest.mark.parametrize("moment", EDGES, ids=str)
async def test_the_limits_of_the_calendar_come_back(database: str, moment: dt.datetime) -> None:
    at = instant(database, moment.replace(tzinfo=dt.UTC))
    async with Ommi(database) as db:
        await db.add(Note(1, at, moment)).raise_on_errors()
        note = await db.find(Note.local == moment, Note.at == at).one.or_raise()
        assert (note.at, note.local) == (at, moment)


@pytest.mark.databases(*EVERY)
@pytest.mark.parametrize(
    ("note", "field"),
    [(Note(1, NOON, NOON), "Note.at"), (Note(1, ZONED, ZONED), "Note.local")],
    ids=["aware", "naive"],
)
async def test_the_other_sort_is_refused_before_anything_is_sent(
    database: str, note: Any, field: str
) -> None:
    async with Ommi(database) as db:
        with pytest.raises(ValidationError, match=f"(?s){field}.*time zone|time zone.*{field}"):
            await db.add(note).raise_on_errors()
        assert await db.find(Note).count.or_raise() == 0


async def test_a_query_compares_with_the_same_sort_only() -> None:
    async with Ommi("memory://") as db:
        await db.use_models(Note)
        with pytest.raises(ValidationError, match="time zone"):
            await db.find(Note.at == NOON).fetch.all()
        with pytest.raises(ValidationError, match="time zone"):
            await db.find(Note.local < ZONED).fetch.all()


@pytest.mark.databases("postgres")
async def test_postgresql_has_types_of_its_own_for_them(database: str) -> None:
    async with Ommi(database) as db:
        await db.use_models(Note)
        types = run_sql(
            "postgres",
            "SELECT column_name, data_type FROM information_schema.columns "
            f"WHERE table_name = 'Note' AND table_schema = '{place_of(database)}'",
        )
    assert dict(types) == {
        "id": "bigint",
        "at": "timestamp with time zone",
        "local": "timestamp without time zone",
        "any": "text",
    }


@pytest.mark.databases(*EVERY)
async def test_an_instant_that_is_finer_than_the_database_keeps_is_refused(database: str) -> None:
    kept = instant(database, ZONED) == ZONED
    async with Ommi(database) as db:
        if kept:
            await db.add(Note(1, ZONED, NOON)).raise_on_errors()
        else:
            with pytest.raises(UnsupportedError, match=r"(?s)milliseconds.*Note\.at|Note\.at.*milliseconds"):
                await db.add(Note(1, ZONED, NOON)).raise_on_errors()
        assert await db.find(Note).count.or_raise() == int(kept)


@pytest.mark.databases(*EVERY)
async def test_pydantics_types_say_the_same(database: str) -> None:
    class Event(pydantic.BaseModel):
        id: int
        at: pydantic.AwareDatetime
        local: pydantic.NaiveDatetime | None = None

    model = ommi_model(Event, collection=ModelCollection())
    assert [field.matches(Aware) for field in model.__ommi__.fields.values()] == [False] * 3
    zoned = instant(database, ZONED)
    async with Ommi(database) as db:
        await db.add(model(id=1, at=zoned, local=NOON)).raise_on_errors()
        event = await db.find(model.at == zoned).one.or_raise()
        assert (event.at, event.local) == (zoned, NOON)
        # Pydantic does not check what is set later: Ommi does.
        event.at = NOON
        with pytest.raises(ValidationError, match="time zone"):
            await db.save(event).raise_on_errors()


async def test_a_subclass_and_another_stored_type_can_be_marked() -> None:
    @dataclass
    class Visit:
        id: int
        begun: Annotated[Moment, Aware]
        ended: Annotated[Any, FieldType(dt.datetime), Naive] = None

    model = ommi_model(Visit, collection=ModelCollection())
    async with Ommi("memory://") as db:
        begun = Moment.fromisoformat(ZONED.isoformat())
        await db.add(model(1, begun, NOON)).raise_on_errors()
        visit = await db.find(model).one.or_raise()
        assert (visit.begun, type(visit.begun), visit.ended) == (ZONED, Moment, NOON)
        with pytest.raises(ValidationError, match="time zone"):
            await db.add(model(2, begun, ZONED)).raise_on_errors()


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (Annotated[dt.datetime, Aware | Naive], "not both"),
        (Annotated[dt.date, Aware], "Aware is for fields of datetimes"),
        (Annotated[str, Naive], "Naive is for fields of datetimes"),
    ],
)
def test_a_marker_in_the_wrong_place_is_an_error_at_definition(annotation: Any, message: str) -> None:
    plain = type("Wrong", (), {"__annotations__": {"id": int, "at": annotation}})
    with pytest.raises(TypeError, match=f"Wrong.at: .*{message}"):
        ommi_model(plain, collection=ModelCollection())
