//! SQLite: one file in WAL mode, copied for every measurement. Through rusqlite.

use std::{fs, path::PathBuf};

use rusqlite::{Connection, ToSql, params};
use tempfile::TempDir;

use super::{Checker, Database, Question};
use crate::{
    Result,
    dataset::{PEOPLE, Row, people},
    scenario::Scenario,
};

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    CREATE TABLE person (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, age INTEGER NOT NULL, score REAL NOT NULL
    );
    CREATE INDEX person_age ON person (age);
";

/// Files in a temporary folder.
pub struct Sqlite {
    folder: TempDir,
    template: PathBuf,
}

impl Sqlite {
    /// Writes the file that is copied.
    pub fn prepare(seed: u64) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let template = folder.path().join("template.db");
        let mut connection = Connection::open(&template)?;
        connection.execute_batch(SCHEMA)?;
        let transaction = connection.transaction()?;
        for row in people(PEOPLE as usize, seed) {
            transaction
                .prepare_cached("INSERT INTO person (name, email, age, score) VALUES (?, ?, ?, ?)")?
                .execute(params![row.name, row.email, row.age, row.score])?;
        }
        transaction.commit()?;
        connection.execute_batch("ANALYZE")?;
        Ok(Self { folder, template })
    }
}

impl Database for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn describe(&self) -> String {
        format!("SQLite {} in files, WAL, synchronous=normal", rusqlite::version())
    }

    fn scenarios(&self) -> Vec<Scenario> {
        // The one by hand is synchronous: it has no tasks.
        Scenario::ALL.into_iter().filter(|scenario| *scenario != Scenario::Tasks).collect()
    }

    fn fresh(&mut self, label: &str, _: bool) -> Result<String> {
        let path = self.folder.path().join(format!("{label}.db"));
        fs::copy(&self.template, &path)?;
        Ok(path.display().to_string())
    }

    fn discard(&mut self, place: &str, _: bool) -> Result<()> {
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{place}{suffix}"));
        }
        Ok(())
    }

    fn checker(&self, place: &str) -> Result<Box<dyn Checker>> {
        Ok(Box::new(Connection::open(place)?))
    }
}

impl Checker for Connection {
    fn rows(&mut self, question: &Question<'_>) -> Result<Vec<Row>> {
        let mut statement = self.prepare_cached(&question.text(|number| format!("?{number}")))?;
        let values: Vec<&dyn ToSql> = match question {
            Question::Key(key) => vec![key],
            Question::Page(age, least) => vec![age, least],
            Question::Alike(row) => vec![&row.name, &row.age, &row.score],
        };
        let rows = statement.query_map(values.as_slice(), |row| {
            Ok(Row {
                id: row.get(0)?,
                name: row.get(1)?,
                email: row.get(2)?,
                age: row.get(3)?,
                score: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
