//! What is done while things fail, and how to tell afterwards what became of it.

use futures_util::TryStreamExt;
use ommi::{Error, ErrorKind, Model, prelude::*};

use crate::bounded;

#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "notes")]
pub struct Note {
    #[model(key, auto)]
    pub id: i64,
    pub text: String,
    /// Which attempt wrote it; zero in those that were there at first.
    pub attempt: i64,
}

/// So many notes are there at first.
pub const NOTES: u64 = 300;

pub fn note(attempt: i64) -> Note {
    Note { text: "x".repeat(40), attempt, ..Note::new() }
}

/// A handle with the table and its first notes.
pub async fn connect(url: &str) -> Ommi {
    let db = Ommi::connect(url).await.unwrap();
    db.use_models(ommi::models![Note]).await.unwrap();
    let mut notes: Vec<_> = (0..NOTES).map(|_| note(0)).collect();
    db.add_all(&mut notes).await.unwrap();
    db
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Get,
    Count,
    All,
    Stream,
    Add,
    AddMany,
    Update,
    Transaction,
}

use Operation::{Add, AddMany, All, Count, Get, Stream, Transaction, Update};

pub const OPERATIONS: [Operation; 8] = [Get, Count, All, Stream, Add, AddMany, Update, Transaction];

impl Operation {
    /// Does it. A read that gives less than there is is a failed test, whatever the network does.
    pub async fn run(self, db: &Ommi, attempt: i64) -> ommi::Result<()> {
        match self {
            Get => {
                assert_eq!(db.find::<Note>().filter(Note::ATTEMPT.eq(0)).first().await?.unwrap().attempt, 0)
            }
            Count => assert_eq!(written(db, 0).await?, NOTES),
            All => {
                let notes = db.find::<Note>().filter(Note::ATTEMPT.eq(0)).all().await?;
                assert_eq!(notes.len() as u64, NOTES);
            }
            Stream => {
                let stream = db.find::<Note>().filter(Note::ATTEMPT.eq(0)).stream();
                let count = stream.try_fold(0, async |count, _| Ok(count + 1)).await?;
                assert_eq!(count, NOTES);
            }
            Add => db.add(&mut note(attempt)).await?,
            AddMany => {
                let mut notes: Vec<_> = (0..self.writes()).map(|_| note(attempt)).collect();
                db.add_all(&mut notes).await?;
            }
            Update => {
                db.find::<Note>().filter(Note::ATTEMPT.eq(0)).update(Note::TEXT.set("y".repeat(40))).await?;
            }
            Transaction => {
                let work = async |tx: Tx| {
                    tx.add(&mut note(attempt)).await?;
                    tx.find::<Note>().filter(Note::ATTEMPT.eq(attempt)).update(Note::TEXT.set("z")).await?;
                    tx.add(&mut note(attempt)).await
                };
                db.transaction().run(work).await?;
            }
        }
        Ok(())
    }

    /// How many notes it adds.
    fn writes(self) -> u64 {
        match self {
            Get | Count | All | Stream | Update => 0,
            Add => 1,
            AddMany => 20,
            Transaction => 2,
        }
    }

    /// Looks at what became of an attempt: all or nothing, and all where it was said to have worked.
    pub async fn check(self, db: &Ommi, attempt: i64, outcome: &ommi::Result<()>, context: &str) {
        let found = self.look(db, attempt, outcome.is_ok(), context).await.unwrap_or_else(|error| {
            panic!("{context}: after {outcome:?} the next operation failed too: {error}");
        });
        match outcome {
            Ok(()) => assert_eq!(found, self.writes(), "{context}: it was said to have worked"),
            Err(error) if found > 0 => {
                assert_eq!(found, self.writes(), "{context}: a part of it is there");
                let is_told = self != Transaction || error.message().contains("unknown");
                assert!(
                    is_told || error.kind() == ErrorKind::Cancelled,
                    "{context}: it is committed, but: {error}"
                );
            }
            Err(_) => {}
        }
    }

    /// Where the operation did not notice the fault, because it already had its answer, the next one may.
    async fn look(self, db: &Ommi, attempt: i64, again: bool, context: &str) -> ommi::Result<u64> {
        match bounded(&format!("after {context} the next operation"), written(db, attempt)).await {
            Err(error) if again && error.kind() == ErrorKind::Connection => written(db, attempt).await,
            found => found,
        }
    }
}

async fn written(db: &Ommi, attempt: i64) -> ommi::Result<u64> {
    db.find::<Note>().filter(Note::ATTEMPT.eq(attempt)).count().await
}

/// Asserts that an error says that the connection was lost, and no secret.
pub fn is_lost(error: &Error, context: &str) {
    assert_eq!(error.kind(), ErrorKind::Connection, "{context}: {error}");
    assert!(!error.to_string().contains(crate::server::PASSWORD), "{context}: {error}");
}
