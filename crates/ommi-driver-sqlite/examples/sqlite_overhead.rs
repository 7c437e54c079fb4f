//! What the driver costs beside rusqlite used by hand: `cargo run --release -p ommi-driver-sqlite --example sqlite_overhead`.
//! Both sides take turns on the same file, in one run; the middle of many rounds is printed. An argument picks the
//! comparisons whose name holds it.

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_executor::block_on;
use futures_util::StreamExt;
use ommi_core::driver::{
    Bind, Driver, Executor, FetchOptions, Param, Statement, TransactionOptions, Transform,
};
use ommi_core::plan::Reach;
use ommi_core::schema::FieldType;
use ommi_core::value::{Cell, RowBatch, RowSink, Value};
use ommi_driver_sqlite::{SqliteConfig, SqliteDriver};
use rusqlite::{Connection, params};

type Outcome<T> = Result<T, Box<dyn Error>>;

const ROWS: i64 = 10_000;
const ROUNDS: usize = 41;
const SELECT: &str = "SELECT id, name, email, age, active FROM users";
const INSERT: &str = "INSERT INTO users (name, email, age, active) VALUES (?, ?, ?, ?)";
const COLUMNS: [FieldType; 5] =
    [FieldType::Int, FieldType::Text, FieldType::Text, FieldType::Int, FieldType::Bool];

/// A user's own type, built from each row on both sides.
#[expect(dead_code, reason = "built, not read")]
struct User {
    id: i64,
    name: String,
    email: Option<String>,
    age: i64,
    active: bool,
}

/// Builds users from cells, as a face does.
#[derive(Default)]
struct Users(Vec<User>);

impl RowSink for Users {
    fn row(&mut self, cells: &[Cell<'_>]) -> ommi_core::Result<()> {
        self.0.extend(user(cells.iter().copied()));
        Ok(())
    }

    fn restart(&mut self) {
        self.0.clear();
    }
}

fn user<'a>(mut cells: impl Iterator<Item = Cell<'a>>) -> Option<User> {
    let mut next = || cells.next();
    match (next()?, next()?, next()?, next()?, next()?) {
        (Cell::Int(id), Cell::Text(name), email, Cell::Int(age), Cell::Bool(active)) => {
            let email = if let Cell::Text(email) = email { Some(email.to_owned()) } else { None };
            Some(User { id, name: name.to_owned(), email, age, active })
        }
        _ => None,
    }
}

fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<User> {
    Ok(User { id: row.get(0)?, name: row.get(1)?, email: row.get(2)?, age: row.get(3)?, active: row.get(4)? })
}

fn statement(text: &str, reach: Reach, columns: &[FieldType]) -> Statement {
    let mut statement = Statement::new(text, reach);
    statement.binds =
        (0..text.matches('?').count()).map(|param| Bind { param, transform: Transform::Plain }).collect();
    statement.columns = columns.to_vec();
    statement
}

fn batch() -> RowBatch {
    let mut rows = RowBatch::with_capacity(4, ROWS as usize);
    for number in 0..ROWS {
        let (name, email) = (format!("user {number}"), format!("user{number}@example.org"));
        rows.push_row(&[Cell::Text(&name), Cell::Text(&email), Cell::Int(number % 90), Cell::Bool(true)]);
    }
    rows
}

/// The middle time of `count` operations on each side, taking turns.
fn compare(
    name: &str,
    count: u32,
    mut by_hand: impl FnMut() -> Outcome<()>,
    mut ours: impl FnMut() -> Outcome<()>,
) -> Outcome<()> {
    if std::env::args().nth(1).is_some_and(|wanted| !name.contains(&wanted)) {
        return Ok(());
    }
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        for side in if round % 2 == 0 { [0, 1] } else { [1, 0] } {
            let begun = Instant::now();
            if side == 0 {
                by_hand()?
            } else {
                ours()?
            }
            times[side].push(begun.elapsed() / count);
        }
    }
    let [hand, driver] = times.map(middle);
    let ratio = driver.as_secs_f64() / hand.as_secs_f64();
    println!("{name:<34} rusqlite {hand:>10.2?}   driver {driver:>10.2?}   ratio {ratio:.3}");
    Ok(())
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn main() -> Outcome<()> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("bench.db");
    let driver = SqliteDriver::new(SqliteConfig::file(&path))?;
    block_on(driver.run_script(vec![
            "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT, age INTEGER, active BOOLEAN)"
                .into(),
        ]))?;
    let hand = Connection::open(&path)?;
    let mut insert = Statement::new(INSERT, Reach::Unique);
    insert.inputs = vec![FieldType::Text, FieldType::Text, FieldType::Int, FieldType::Bool];
    insert.returns_key = true;
    let insert = Arc::new(insert);
    block_on(driver.insert(insert.clone(), batch()))?;

    by_key(&driver, &hand)?;
    rows_at_once(&driver, &hand)?;
    many_rows(&driver, &hand)?;
    bulk_insert(&driver, &hand, &insert)?;
    update_in_transaction(&driver, &hand)
}

fn by_key(driver: &SqliteDriver, hand: &Connection) -> Outcome<()> {
    let statement = statement(&format!("{SELECT} WHERE id = ?"), Reach::Unique, &COLUMNS);
    compare(
        "get by key",
        2000,
        || {
            for id in 1..=2000_i64 {
                let mut prepared = hand.prepare_cached(&statement.text)?;
                black_box(prepared.query_row([id], from_row)?);
            }
            Ok(())
        },
        || {
            for id in 1..=2000_i64 {
                let mut users = Users(Vec::with_capacity(1));
                let params = [Param::Scalar(Value::Int(id))];
                driver.fetch_now(&statement, &params, &mut users).ok_or("not at once")??;
                black_box(users);
            }
            Ok(())
        },
    )
}

/// Rows built right from SQLite's memory where the driver reads at once, else from batches.
fn rows_at_once(driver: &SqliteDriver, hand: &Connection) -> Outcome<()> {
    for count in [20, 1000] {
        let text = format!("{SELECT} LIMIT {count}");
        let statement = Arc::new(statement(&text, Reach::Limited, &COLUMNS));
        compare(
            &format!("{count} rows at once"),
            1,
            || {
                let mut prepared = hand.prepare_cached(&statement.text)?;
                black_box(prepared.query_map([], from_row)?.collect::<Result<Vec<_>, _>>()?);
                Ok(())
            },
            || {
                let mut users = Users::default();
                match driver.fetch_now(&statement, &[], &mut users) {
                    Some(outcome) => outcome?,
                    None => users.0 = in_batches(driver, &statement)?,
                }
                assert_eq!(black_box(users).0.len(), count);
                Ok(())
            },
        )?;
    }
    Ok(())
}

fn in_batches(driver: &SqliteDriver, statement: &Arc<Statement>) -> Outcome<Vec<User>> {
    let mut users = Vec::new();
    let mut stream = driver.fetch(statement.clone(), vec![], FetchOptions::default());
    while let Some(batch) = block_on(stream.next()) {
        let batch = batch?;
        users.extend((0..batch.len()).filter_map(|row| user(batch.row(row))));
    }
    Ok(users)
}

fn many_rows(driver: &SqliteDriver, hand: &Connection) -> Outcome<()> {
    let statement = Arc::new(statement(SELECT, Reach::Unlimited, &COLUMNS));
    let limited = Arc::new(self::statement(&format!("{SELECT} LIMIT 1000"), Reach::Unlimited, &COLUMNS));
    for (name, statement, rows) in [("1,000 rows", limited, 1000), ("10,000 rows", statement, ROWS)] {
        compare(
            name,
            1,
            || {
                let mut prepared = hand.prepare_cached(&statement.text)?;
                let users: Vec<User> = prepared.query_map([], from_row)?.collect::<Result<_, _>>()?;
                assert_eq!(black_box(users).len() as i64, rows);
                Ok(())
            },
            || {
                let users = in_batches(driver, &statement)?;
                assert_eq!(black_box(users).len() as i64, rows);
                Ok(())
            },
        )?;
    }
    Ok(())
}

fn bulk_insert(driver: &SqliteDriver, hand: &Connection, insert: &Arc<Statement>) -> Outcome<()> {
    let delete = Arc::new(statement("DELETE FROM users WHERE id > 10000", Reach::Unlimited, &[]));
    let rows = batch();
    compare(
        "insert 10,000 rows and delete them",
        1,
        || {
            let transaction = hand.unchecked_transaction()?;
            let mut prepared = hand.prepare_cached(INSERT)?;
            for row in 0..rows.len() {
                let mut cells = rows.row(row);
                if let (
                    Some(Cell::Text(name)),
                    Some(Cell::Text(email)),
                    Some(Cell::Int(age)),
                    Some(Cell::Bool(active)),
                ) = (cells.next(), cells.next(), cells.next(), cells.next())
                {
                    prepared.execute(params![name, email, age, active])?;
                    black_box(hand.last_insert_rowid());
                }
            }
            transaction.commit()?;
            hand.execute(&delete.text, [])?;
            Ok(())
        },
        || {
            assert_eq!(block_on(driver.insert(insert.clone(), rows.clone()))?.len() as i64, ROWS);
            block_on(driver.write(delete.clone(), vec![]))?;
            Ok(())
        },
    )?;
    let begun = Instant::now();
    block_on(driver.insert(insert.clone(), rows.clone()))?;
    println!("{:<34} driver {:.2?}", "insert 10,000 rows, once", begun.elapsed());
    Ok(())
}

fn update_in_transaction(driver: &SqliteDriver, hand: &Connection) -> Outcome<()> {
    let update = statement("UPDATE users SET age = ? WHERE id = ?", Reach::Unique, &[]);
    compare(
        "update by key in a transaction",
        2000,
        || {
            let transaction = hand.unchecked_transaction()?;
            for id in 1..=2000_i64 {
                hand.prepare_cached(&update.text)?.execute([7, id])?;
            }
            Ok(transaction.commit()?)
        },
        || {
            let transaction = block_on(driver.begin(TransactionOptions::default()))?;
            for id in 1..=2000_i64 {
                let params = [Param::Scalar(Value::Int(7)), Param::Scalar(Value::Int(id))];
                transaction.write_now(&update, &params).ok_or("not at once")??;
            }
            Ok(block_on(transaction.commit())?)
        },
    )
}
