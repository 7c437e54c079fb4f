//! Fills the tables from the CSV files.

use std::{collections::HashSet, path::Path};

use ommi::{Model, Ommi, prelude::*};

use crate::{
    csv_files::{FileResult, Line, lines},
    models::{Airline, Airport, Flight, Plane, Weather},
    show::Progress,
};

const BATCH: usize = 10_000;
const FLIGHTS: usize = 336_776;

/// Makes the tables anew and fills them.
pub(crate) async fn load(db: &Ommi, folder: &Path) -> FileResult<()> {
    db.recreate_models(ommi::models![Airline, Airport, Plane, Weather, Flight]).await?;
    add_file(db, folder, "airlines", None, Airline::read).await?;
    add_file(db, folder, "airports", None, Airport::read).await?;
    add_file(db, folder, "planes", None, Plane::read).await?;
    add_file(db, folder, "weather", None, Weather::read).await?;
    add_unknown(db, folder).await?;
    add_file(db, folder, "flights", Some(FLIGHTS), Flight::read).await
}

/// Adds a file's rows in batches.
async fn add_file<M: Model>(
    db: &Ommi,
    folder: &Path,
    name: &'static str,
    total: Option<usize>,
    read: fn(&Line) -> FileResult<M>,
) -> FileResult<()> {
    let mut progress = Progress::new(name, total);
    let mut rows = lines(folder, name)?.map(|line| read(&line?));
    loop {
        let mut batch = rows.by_ref().take(BATCH).collect::<FileResult<Vec<M>>>()?;
        if batch.is_empty() {
            progress.finish();
            return Ok(());
        }
        db.add_all(&mut batch).await?;
        progress.advance(batch.len());
    }
}

/// Some flights name a plane or an airport that the other files lack: those get a row with just a key.
async fn add_unknown(db: &Ommi, folder: &Path) -> FileResult<()> {
    let mut planes = HashSet::<String>::from_iter(db.find::<Plane>().select(Plane::TAILNUM).all().await?);
    let mut airports = HashSet::<String>::from_iter(db.find::<Airport>().select(Airport::FAA).all().await?);
    let (mut new_planes, mut new_airports) = (Vec::new(), Vec::new());
    for line in lines(folder, "flights")? {
        let line = line?;
        let faa: String = line.value("dest")?;
        if airports.insert(faa.clone()) {
            new_airports.push(Airport { faa, ..Airport::new() });
        }
        if let Some(tailnum) = line.maybe::<String>("tailnum")?
            && planes.insert(tailnum.clone())
        {
            new_planes.push(Plane { tailnum, ..Plane::new() });
        }
    }
    db.add_all(&mut new_planes).await?;
    db.add_all(&mut new_airports).await?;
    Ok(())
}
