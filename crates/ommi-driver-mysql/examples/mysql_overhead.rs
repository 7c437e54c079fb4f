//! What the driver costs beside mysql_async used by hand: `cargo run --release -p ommi-driver-mysql --example mysql_overhead`,
//! on the server that `OMMI_TEST_MYSQL` names. Both sides take turns on the same table, in one run and on one runtime; the
//! middle of many rounds is printed. An argument picks the comparisons whose name holds it.

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};
use ommi_core::driver::{Bind, Driver, Executor, FetchOptions, Param, Statement, Transform};
use ommi_core::plan::{Action, ParamType, Plan, Reach};
use ommi_core::schema::{FieldDef, FieldType, ModelDef};
use ommi_core::value::{Cell, RowBatch, Value};
use ommi_driver_mysql::{MysqlConfig, MysqlDriver};

type Outcome<T> = Result<T, Box<dyn Error>>;

const ROWS: usize = 10_000;
const ROUNDS: usize = 31;
/// Rows of one statement by hand, as the driver does it.
const CHUNK: usize = 1000;
const SELECT: &str = "SELECT id, name, email, age, active FROM ommi_overhead";
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

type Columns = (i64, String, Option<String>, i64, bool);

fn from_row((id, name, email, age, active): Columns) -> User {
    User { id, name, email, age, active }
}

fn from_cells<'a>(mut cells: impl Iterator<Item = Cell<'a>>) -> Option<User> {
    let mut next = || cells.next();
    match (next()?, next()?, next()?, next()?, next()?) {
        (Cell::Int(id), Cell::Text(name), email, Cell::Int(age), Cell::Bool(active)) => {
            let email = if let Cell::Text(email) = email { Some(email.to_owned()) } else { None };
            Some(User { id, name: name.to_owned(), email, age, active })
        }
        _another_row => None,
    }
}

fn select(text: &str, reach: Reach) -> Arc<Statement> {
    let mut statement = Statement::new(text, reach);
    let bind = |param| Bind { param, transform: Transform::Plain };
    statement.binds = (0..text.matches('?').count()).map(bind).collect();
    statement.columns = COLUMNS.to_vec();
    Arc::new(statement)
}

fn rows(count: usize) -> RowBatch {
    let mut rows = RowBatch::with_capacity(4, count);
    for number in 0..count {
        let (name, email) = (format!("user {number}"), format!("user{number}@example.org"));
        rows.push_row(&[
            Cell::Text(&name),
            Cell::Text(&email),
            Cell::Int(number as i64 % 90),
            Cell::Bool(true),
        ]);
    }
    rows
}

/// The driver, a connection by hand, and the runtime that both live on.
struct Bench {
    runtime: tokio::runtime::Runtime,
    driver: MysqlDriver,
    hand: Conn,
    insert: Arc<Statement>,
}

impl Bench {
    fn new() -> Outcome<Self> {
        let url = std::env::var("OMMI_TEST_MYSQL").unwrap_or("mysql://root@127.0.0.1:3306/test".into());
        let mut config = MysqlConfig::from_url(&url)?;
        config.ssl_mode = ommi_driver_mysql::SslMode::Disabled;
        let opts = OptsBuilder::default()
            .ip_or_hostname(config.host.clone())
            .tcp_port(config.port)
            .user(Some(config.user.clone()))
            .pass(config.password.clone())
            .db_name(config.database.clone())
            .prefer_socket(false);
        let runtime = tokio::runtime::Runtime::new()?;
        let (driver, hand) = runtime.block_on(async {
            let driver = MysqlDriver::new(config)?;
            driver.connect().await?;
            Ok::<_, Box<dyn Error>>((driver, Conn::new(opts).await?))
        })?;
        let insert = driver.compile(&insert_plan()?)?;
        Ok(Self { runtime, driver, hand, insert: Arc::new(insert) })
    }

    /// The middle time of `count` operations on each side, taking turns.
    fn compare(
        &mut self,
        name: &str,
        count: u32,
        by_hand: impl AsyncFn(&mut Conn) -> Outcome<()>,
        ours: impl AsyncFn(&MysqlDriver) -> Outcome<()>,
    ) -> Outcome<()> {
        if std::env::args().nth(1).is_some_and(|wanted| !name.contains(&wanted)) {
            return Ok(());
        }
        let mut times = [Vec::new(), Vec::new()];
        for round in 0..ROUNDS {
            for side in if round % 2 == 0 { [0, 1] } else { [1, 0] } {
                let begun = Instant::now();
                match side {
                    0 => self.runtime.block_on(by_hand(&mut self.hand))?,
                    _ => self.runtime.block_on(ours(&self.driver))?,
                }
                times[side].push(begun.elapsed() / count);
            }
        }
        let [hand, driver] = times.map(middle);
        let ratio = driver.as_secs_f64() / hand.as_secs_f64();
        println!("{name:<24} mysql_async {hand:>10.2?}   driver {driver:>10.2?}   ratio {ratio:.3}");
        Ok(())
    }
}

fn insert_plan() -> Outcome<Plan> {
    let model = ModelDef::builder("Overhead")
        .table("ommi_overhead")
        .field(FieldDef::new("id", FieldType::Int).auto())
        .field(FieldDef::new("name", FieldType::Text))
        .field(FieldDef::new("email", FieldType::Text).nullable())
        .field(FieldDef::new("age", FieldType::Int))
        .field(FieldDef::new("active", FieldType::Bool))
        .key(["id"])
        .build()?;
    let types = COLUMNS[1..].iter().cloned().map(ParamType::Scalar).collect();
    Ok(Plan {
        action: Action::Insert { fields: vec![1, 2, 3, 4], returning: Some(0) },
        tables: vec![model],
        enclosing: 0,
        joins: Vec::new(),
        semi_join: false,
        filter: None,
        grouping: None,
        order: Vec::new(),
        limit: None,
        offset: None,
        limit_by: None,
        distinct: false,
        lock: None,
        params: types,
        reach: Reach::Unique,
    })
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn main() -> Outcome<()> {
    let mut bench = Bench::new()?;
    let table = "CREATE TABLE ommi_overhead (id BIGINT AUTO_INCREMENT PRIMARY KEY, name LONGTEXT NOT NULL, email LONGTEXT, \
                 age BIGINT NOT NULL, active BOOLEAN NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
    let script = vec!["DROP TABLE IF EXISTS ommi_overhead".to_owned(), table.to_owned()];
    bench.runtime.block_on(bench.driver.run_script(script))?;
    bench.runtime.block_on(bench.driver.insert(bench.insert.clone(), rows(ROWS)))?;
    by_key(&mut bench)?;
    for count in [20, 1000, ROWS] {
        many_rows(&mut bench, count)?;
    }
    insert_one(&mut bench)?;
    insert_many(&mut bench)?;
    bench.runtime.block_on(bench.driver.run_script(vec!["DROP TABLE ommi_overhead".into()]))?;
    bench.runtime.block_on(bench.driver.close())?;
    Ok(())
}

fn by_key(bench: &mut Bench) -> Outcome<()> {
    let text = format!("{SELECT} WHERE id = ?");
    let statement = select(&text, Reach::Unique);
    let prepared = bench.runtime.block_on(bench.hand.prep(&text))?;
    bench.compare(
        "get by key",
        500,
        async |hand| {
            for id in 1..=500_i64 {
                black_box(hand.exec_first(&prepared, (id,)).await?.map(from_row).ok_or("no row")?);
            }
            Ok(())
        },
        async |driver| {
            for id in 1..=500_i64 {
                let params = vec![Param::Scalar(Value::Int(id))];
                let mut batches = driver.fetch(statement.clone(), params, FetchOptions::default());
                let batch = batches.next().await.ok_or("no batch")??;
                black_box(from_cells(batch.row(0)).ok_or("no row")?);
            }
            Ok(())
        },
    )
}

fn many_rows(bench: &mut Bench, count: usize) -> Outcome<()> {
    let text = format!("{SELECT} LIMIT {count}");
    let statement = select(&text, if count < ROWS { Reach::Limited } else { Reach::Unlimited });
    let prepared = bench.runtime.block_on(bench.hand.prep(&text))?;
    let again = if count < 1000 { 200 } else { 1 };
    bench.compare(
        &format!("{count} rows"),
        again,
        async |hand| {
            for _ in 0..again {
                let users: Vec<User> = hand.exec_map(&prepared, (), from_row).await?;
                assert_eq!(black_box(users).len(), count);
            }
            Ok(())
        },
        async |driver| {
            for _ in 0..again {
                let mut users = Vec::new();
                let mut batches = driver.fetch(statement.clone(), Vec::new(), FetchOptions::default());
                while let Some(batch) = batches.next().await {
                    let batch = batch?;
                    users.extend((0..batch.len()).filter_map(|row| from_cells(batch.row(row))));
                }
                assert_eq!(black_box(users).len(), count);
            }
            Ok(())
        },
    )
}

fn insert_one(bench: &mut Bench) -> Outcome<()> {
    let text = "INSERT INTO ommi_overhead (name, email, age, active) VALUES (?, ?, ?, ?) RETURNING id";
    let prepared = bench.runtime.block_on(bench.hand.prep(text))?;
    let insert = bench.insert.clone();
    bench.compare(
        "insert one",
        100,
        async |hand| {
            for number in 0..100_i64 {
                let values = (format!("user {number}"), format!("user{number}@example.org"), number, true);
                black_box(hand.exec_first::<i64, _, _>(&prepared, values).await?.ok_or("no key")?);
            }
            Ok(())
        },
        async |driver| {
            for number in 0..100_i64 {
                let (name, email) = (format!("user {number}"), format!("user{number}@example.org"));
                let mut row = RowBatch::with_capacity(4, 1);
                row.push_row(&[Cell::Text(&name), Cell::Text(&email), Cell::Int(number), Cell::Bool(true)]);
                assert_eq!(black_box(driver.insert(insert.clone(), row).await?).len(), 1);
            }
            Ok(())
        },
    )
}

fn insert_many(bench: &mut Bench) -> Outcome<()> {
    let placeholders = vec!["(?, ?, ?, ?)"; CHUNK].join(", ");
    let text =
        format!("INSERT INTO ommi_overhead (name, email, age, active) VALUES {placeholders} RETURNING id");
    let prepared = bench.runtime.block_on(bench.hand.prep(&text))?;
    let (insert, rows) = (bench.insert.clone(), rows(ROWS));
    bench.compare(
        "insert 10,000",
        1,
        async |hand| {
            hand.query_drop("START TRANSACTION").await?;
            let mut keys = Vec::with_capacity(ROWS);
            for chunk in 0..ROWS / CHUNK {
                let mut values: Vec<mysql_async::Value> = Vec::with_capacity(CHUNK * 4);
                for number in chunk * CHUNK..(chunk + 1) * CHUNK {
                    values.push(format!("user {number}").into());
                    values.push(format!("user{number}@example.org").into());
                    values.push((number % 90).into());
                    values.push(true.into());
                }
                keys.extend(hand.exec::<i64, _, _>(&prepared, values).await?);
            }
            hand.query_drop("COMMIT").await?;
            assert_eq!(black_box(keys).len(), ROWS);
            Ok(())
        },
        async |driver| {
            assert_eq!(black_box(driver.insert(insert.clone(), rows.clone()).await?).len(), ROWS);
            Ok(())
        },
    )
}
