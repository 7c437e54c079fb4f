//! The one table and the one set of rows that every contender works on, written through rusqlite.

use std::path::Path;

use fastrand::Rng;
use rusqlite::{Connection, params};

use crate::Result;

/// People in the file before anything is measured; their keys are 1 to this.
pub const PEOPLE: i64 = 10_000;

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    CREATE TABLE person (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, age INTEGER NOT NULL, score REAL NOT NULL
    );
    CREATE INDEX person_age ON person (age);
";

/// A row of the table; the key is `None` before it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub id: Option<i64>,
    pub name: String,
    pub email: Option<String>,
    pub age: i64,
    pub score: f64,
}

/// An age that people have.
pub fn age(chance: &mut Rng) -> i64 {
    chance.i64(18..98)
}

/// `count` people without keys; the same seed gives the same people.
pub fn people(count: usize, seed: u64) -> Vec<Row> {
    let mut chance = Rng::with_seed(seed);
    (1..=count)
        .map(|number| Row {
            id: None,
            name: format!("Person {number}"),
            email: (chance.u8(..) > 25).then(|| format!("person{number}@example.org")),
            age: age(&mut chance),
            score: chance.f64() * 100.0,
        })
        .collect()
}

/// A SQLite file in WAL mode with the table and its rows, to be copied for every measurement.
pub fn write_template(path: &Path, seed: u64) -> Result<()> {
    let mut connection = Connection::open(path)?;
    connection.execute_batch(SCHEMA)?;
    let transaction = connection.transaction()?;
    for row in people(PEOPLE as usize, seed) {
        transaction
            .prepare_cached("INSERT INTO person (name, email, age, score) VALUES (?, ?, ?, ?)")?
            .execute(params![row.name, row.email, row.age, row.score])?;
    }
    transaction.commit()?;
    Ok(connection.execute_batch("ANALYZE")?)
}
