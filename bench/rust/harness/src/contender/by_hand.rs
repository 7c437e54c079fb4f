//! The baseline: rusqlite with statements from its cache and structs filled by position.

use rusqlite::{Connection, Row as SqlRow, params};

use super::{Contender, MANY, PAGE};
use crate::{Result, dataset::Row};

const INSERT: &str = "INSERT INTO person (name, email, age, score) VALUES (?, ?, ?, ?)";
/// Measured: as quick as `last_insert_rowid`, or quicker.
const INSERT_ONE: &str = "INSERT INTO person (name, email, age, score) VALUES (?, ?, ?, ?) RETURNING id";
const GET: &str = "SELECT id, name, email, age, score FROM person WHERE id = ?";
const FILTERED: &str = "SELECT id, name, email, age, score FROM person \
                        WHERE age = ? AND score >= ? ORDER BY id LIMIT ?";
const ROWS: &str = "SELECT id, name, email, age, score FROM person ORDER BY id LIMIT ?";
const UPDATE: &str = "UPDATE person SET score = ? WHERE id = ?";

/// rusqlite by hand.
pub struct ByHand(Connection);

/// The user's struct.
pub struct Person {
    id: i64,
    name: String,
    email: Option<String>,
    age: i64,
    score: f64,
}

impl From<Person> for Row {
    fn from(Person { id, name, email, age, score }: Person) -> Self {
        Self { id: Some(id), name, email, age, score }
    }
}

fn person(row: &SqlRow<'_>) -> rusqlite::Result<Person> {
    Ok(Person {
        id: row.get(0)?,
        name: row.get(1)?,
        email: row.get(2)?,
        age: row.get(3)?,
        score: row.get(4)?,
    })
}

impl ByHand {
    fn insert_one(&self, new: &Row) -> Result<i64> {
        let values = params![new.name, new.email, new.age, new.score];
        Ok(self.0.prepare_cached(INSERT_ONE)?.query_row(values, |row| row.get(0))?)
    }
}

impl Contender for ByHand {
    type Person = Person;
    type New = Row;

    async fn open(path: &str) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON")?;
        Ok(Self(connection))
    }

    async fn close(self) -> Result<()> {
        self.0.close().map_err(|(_, error)| error.into())
    }

    async fn insert(&mut self, people: Vec<Row>) -> Result<Vec<i64>> {
        people.iter().map(|new| self.insert_one(new)).collect()
    }

    async fn insert_bulk(&mut self, people: Vec<Row>) -> Result<()> {
        let transaction = self.0.transaction()?;
        {
            let mut statement = transaction.prepare_cached(INSERT)?;
            for new in &people {
                statement.execute(params![new.name, new.email, new.age, new.score])?;
            }
        }
        Ok(transaction.commit()?)
    }

    async fn get(&mut self, keys: &[i64]) -> Result<Vec<Person>> {
        keys.iter().map(|key| Ok(self.0.prepare_cached(GET)?.query_row([key], person)?)).collect()
    }

    async fn filtered(&mut self, asked: &[(i64, f64)]) -> Result<Vec<Vec<Person>>> {
        asked
            .iter()
            .map(|(age, least)| {
                let mut statement = self.0.prepare_cached(FILTERED)?;
                let people = statement.query_map(params![age, least, PAGE as i64], person)?;
                Ok(people.collect::<rusqlite::Result<Vec<_>>>()?)
            })
            .collect()
    }

    async fn rows(&mut self, times: usize) -> Result<Vec<Person>> {
        let mut people = Vec::new();
        for _ in 0..times {
            let mut statement = self.0.prepare_cached(ROWS)?;
            people = statement.query_map([MANY as i64], person)?.collect::<rusqlite::Result<_>>()?;
        }
        Ok(people)
    }

    async fn update_in_transaction(&mut self, changes: &[(i64, f64)]) -> Result<()> {
        let transaction = self.0.transaction()?;
        for (key, score) in changes {
            transaction.prepare_cached(UPDATE)?.execute(params![score, key])?;
        }
        Ok(transaction.commit()?)
    }
}
