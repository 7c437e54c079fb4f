//! What is timed, and the proof that it was done: every answer is compared with the database, read by the harness
//! after the contender has closed it. Called by `measure`.

use std::time::Instant;

use fastrand::Rng;

use crate::{
    Result,
    contender::{Contender, MANY},
    database::{Checker, Question},
    dataset::{self, Row},
};

/// A line of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    Get,
    Rows,
    Filtered,
    Insert,
    Bulk,
    Update,
    Tasks,
}

/// Keys of one lot of the bulk insert.
const LOT: usize = 10_000;
/// Tasks at once.
const TASKS: usize = 64;

impl Scenario {
    pub const ALL: [Self; 7] =
        [Self::Get, Self::Rows, Self::Filtered, Self::Insert, Self::Bulk, Self::Update, Self::Tasks];

    /// Short name, as `--scenario` takes it and the JSON has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Rows => "rows",
            Self::Filtered => "filtered",
            Self::Insert => "insert",
            Self::Bulk => "bulk",
            Self::Update => "update_in_tx",
            Self::Tasks => "tasks",
        }
    }

    /// What the report calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Get => "get by key",
            Self::Rows => "1,000 rows",
            Self::Filtered => "20 filtered rows",
            Self::Insert => "insert one",
            Self::Bulk => "insert 10,000",
            Self::Update => "update one by key, in a transaction",
            Self::Tasks => "64 tasks reading by key",
        }
    }

    /// Whether it changes rows.
    pub fn writes(self) -> bool {
        match self {
            Self::Get | Self::Rows | Self::Filtered | Self::Tasks => false,
            Self::Insert | Self::Bulk | Self::Update => true,
        }
    }

    /// Operations before the clock starts, and in one measurement at most.
    pub fn counts(self) -> (usize, usize) {
        match self {
            Self::Get | Self::Update => (200, 50_000),
            Self::Tasks => (TASKS * 10, 50_000),
            Self::Filtered => (50, 20_000),
            Self::Insert => (50, 10_000),
            Self::Rows => (5, 500),
            Self::Bulk => (1, 4),
        }
    }
}

/// Does `count` operations and gives the seconds that they took. The contender is still open; `check` tells later
/// whether the answers were right.
pub async fn run<C: Contender>(
    scenario: Scenario,
    contender: &mut C,
    count: usize,
    chance: &mut Rng,
) -> Result<(f64, Check)> {
    let key = |chance: &mut Rng| chance.i64(1..=dataset::PEOPLE);
    match scenario {
        Scenario::Get => {
            let keys: Vec<i64> = (0..count).map(|_| key(chance)).collect();
            let began = Instant::now();
            let people = contender.get(&keys).await?;
            let seconds = began.elapsed().as_secs_f64();
            Ok((seconds, Check::Keys(keys, people.into_iter().map(Into::into).collect())))
        }
        Scenario::Rows => {
            let began = Instant::now();
            let people = contender.rows(count).await?;
            let seconds = began.elapsed().as_secs_f64();
            let keys = (1..=MANY as i64).collect();
            Ok((seconds, Check::Keys(keys, people.into_iter().map(Into::into).collect())))
        }
        Scenario::Filtered => {
            let asked: Vec<_> = (0..count).map(|_| (dataset::age(chance), chance.f64() * 50.0)).collect();
            let began = Instant::now();
            let pages = contender.filtered(&asked).await?;
            let seconds = began.elapsed().as_secs_f64();
            let pages = pages.into_iter().map(|page| page.into_iter().map(Into::into).collect()).collect();
            Ok((seconds, Check::Pages(asked, pages)))
        }
        Scenario::Insert => {
            let rows = dataset::people(count, chance.u64(..));
            let people = rows.iter().cloned().map(Into::into).collect();
            let began = Instant::now();
            let keys = contender.insert(people).await?;
            let seconds = began.elapsed().as_secs_f64();
            let stored =
                rows.into_iter().zip(&keys).map(|(row, key)| Row { id: Some(*key), ..row }).collect();
            Ok((seconds, Check::Keys(keys, stored)))
        }
        Scenario::Bulk => {
            let lots: Vec<_> = (0..count).map(|_| dataset::people(LOT, chance.u64(..))).collect();
            let last: Vec<_> = lots.iter().map(|lot| lot[LOT - 1].clone()).collect();
            let lots: Vec<Vec<C::New>> =
                lots.into_iter().map(|lot| lot.into_iter().map(Into::into).collect()).collect();
            let began = Instant::now();
            for lot in lots {
                contender.insert_bulk(lot).await?;
            }
            Ok((began.elapsed().as_secs_f64(), Check::Stored(last)))
        }
        Scenario::Update => {
            let changes: Vec<_> = (0..count).map(|_| (key(chance), chance.f64() * 100.0)).collect();
            let began = Instant::now();
            contender.update_in_transaction(&changes).await?;
            Ok((began.elapsed().as_secs_f64(), Check::Scores(changes)))
        }
        Scenario::Tasks => {
            let keys: Vec<i64> = (0..count).map(|_| key(chance)).collect();
            let share = count.div_ceil(TASKS);
            let batches: Vec<Vec<i64>> = keys.chunks(share).map(<[i64]>::to_vec).collect();
            let began = Instant::now();
            let people = contender.tasks(batches).await?;
            let seconds = began.elapsed().as_secs_f64();
            Ok((seconds, Check::Keys(keys, people.into_iter().flatten().map(Into::into).collect())))
        }
    }
}

/// What the database must say when the contender has closed it.
pub enum Check {
    /// These keys hold these rows.
    Keys(Vec<i64>, Vec<Row>),
    /// These questions have these answers.
    Pages(Vec<(i64, f64)>, Vec<Vec<Row>>),
    /// These rows are there, under whatever key.
    Stored(Vec<Row>),
    /// These are the scores; of two for one key, the last.
    Scores(Vec<(i64, f64)>),
}

/// Compares the answers with the database.
pub fn check(check: Check, checker: &mut dyn Checker) -> Result<()> {
    match check {
        Check::Keys(keys, rows) => {
            expect("rows by key", keys.len(), rows.len())?;
            for (key, row) in keys.iter().zip(rows) {
                expect("a row by key", checker.rows(&Question::Key(*key))?, vec![row])?;
            }
        }
        Check::Pages(asked, pages) => {
            expect("pages", asked.len(), pages.len())?;
            for ((age, least), page) in asked.iter().zip(pages) {
                expect("a page", checker.rows(&Question::Page(*age, *least))?, page)?;
            }
        }
        Check::Stored(rows) => {
            for row in rows {
                expect("rows stored", checker.rows(&Question::Alike(&row))?.len(), 1)?;
            }
        }
        Check::Scores(changes) => {
            let last: std::collections::HashMap<i64, f64> = changes.into_iter().collect();
            for (key, score) in last {
                let found = checker.rows(&Question::Key(key))?;
                expect("scores", found.iter().map(|row| row.score).collect::<Vec<_>>(), vec![score])?;
            }
        }
    }
    Ok(())
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, wanted: T, found: T) -> Result<()> {
    if wanted == found {
        Ok(())
    } else {
        Err(format!("wrong {what}: {found:?} instead of {wanted:?}").into())
    }
}
