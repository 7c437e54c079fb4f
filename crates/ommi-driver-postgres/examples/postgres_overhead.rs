//! What the driver costs beside tokio-postgres used by hand, on the server of `OMMI_TEST_POSTGRES`. Both sides take turns
//! in one run; the middle of many rounds is printed. An argument picks the comparisons whose name holds it.

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, future};
use ommi_core::driver::{Driver, Executor, FetchOptions, Param, Statement, TransactionOptions};
use ommi_core::plan::{Action, Column, ParamType, Plan, PlanExpr, Reach, Term};
use ommi_core::query::Operator;
use ommi_core::schema::{FieldDef, FieldType, ModelDef};
use ommi_core::value::{Cell, RowBatch, Value};
use ommi_driver_postgres::{PostgresConfig, PostgresDriver};
use tokio::sync::Semaphore;
use tokio_postgres::{Client, NoTls};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const ROWS: i64 = 10_000;
const ROUNDS: usize = 31;
const SCHEMA: &str = "ommi_overhead";

/// Built from each row on both sides.
#[expect(dead_code, reason = "built, not read")]
struct User {
    id: i64,
    name: String,
    email: Option<String>,
    age: i64,
    active: bool,
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

fn from_row(row: &tokio_postgres::Row) -> User {
    User { id: row.get(0), name: row.get(1), email: row.get(2), age: row.get(3), active: row.get(4) }
}

fn model() -> Outcome<Arc<ModelDef>> {
    Ok(ModelDef::builder("User")
        .table("users")
        .field(FieldDef::new("id", FieldType::Int).auto())
        .field(FieldDef::new("name", FieldType::Text))
        .field(FieldDef::new("email", FieldType::Text).nullable())
        .field(FieldDef::new("age", FieldType::Int))
        .field(FieldDef::new("active", FieldType::Bool))
        .build()?)
}

fn plan(model: &Arc<ModelDef>, action: Action, reach: Reach) -> Plan {
    Plan {
        action,
        tables: vec![model.clone()],
        enclosing: 0,
        joins: Vec::new(),
        semi_join: false,
        filter: None,
        grouping: None,
        order: Vec::new(),
        limit: None,
        offset: None,
        limit_by: None,
        lock: None,
        distinct: false,
        params: Vec::new(),
        reach,
    }
}

/// Both sides, ready.
struct Sides {
    driver: Arc<PostgresDriver>,
    hand: Vec<Arc<Client>>,
    model: Arc<ModelDef>,
}

impl Sides {
    fn fetch(&self, operator: Option<Operator>, limited: bool) -> Outcome<Arc<Statement>> {
        let tables = std::slice::from_ref(&self.model);
        let terms = (0..5).map(|field| Term::column(tables, Column { table: 0, field })).collect();
        let reach = match (operator, limited) {
            (Some(Operator::Eq), _) => Reach::Unique,
            (_, true) => Reach::Limited,
            (_, false) => Reach::Unlimited,
        };
        let mut plan = plan(&self.model, Action::Fetch(terms), reach);
        if let Some(operator) = operator {
            let operands = vec![PlanExpr::Column(Column { table: 0, field: 0 }), PlanExpr::Param(0)];
            plan.filter = Some(PlanExpr::Apply { operator, subject: FieldType::Int, operands });
            plan.params.push(ParamType::Scalar(FieldType::Int));
        }
        if limited {
            plan.limit = Some(plan.params.len());
            plan.params.push(ParamType::Scalar(FieldType::Int));
        }
        Ok(Arc::new(self.driver.compile(&plan)?))
    }
}

async fn read(driver: &PostgresDriver, statement: &Arc<Statement>, params: Vec<Param>) -> Outcome<Vec<User>> {
    let mut users = Vec::new();
    let mut stream = driver.fetch(statement.clone(), params, FetchOptions::default());
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        users.extend((0..batch.len()).filter_map(|row| user(batch.row(row))));
    }
    Ok(users)
}

fn int(value: i64) -> Param {
    Param::Scalar(Value::Int(value))
}

fn batch(rows: i64) -> RowBatch {
    let mut batch = RowBatch::with_capacity(4, rows as usize);
    for number in 0..rows {
        let (name, email) = (format!("user {number}"), format!("user{number}@example.org"));
        batch.push_row(&[Cell::Text(&name), Cell::Text(&email), Cell::Int(number % 90), Cell::Bool(true)]);
    }
    batch
}

/// The middle time of `count` operations on each side, taking turns.
async fn compare(
    name: &str,
    count: u32,
    by_hand: impl AsyncFn() -> Outcome<()>,
    ours: impl AsyncFn() -> Outcome<()>,
) -> Outcome<()> {
    if std::env::args().nth(1).is_some_and(|wanted| !name.contains(&wanted)) {
        return Ok(());
    }
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        for side in if round % 2 == 0 { [0, 1] } else { [1, 0] } {
            let begun = Instant::now();
            if side == 0 {
                by_hand().await?
            } else {
                ours().await?
            }
            times[side].push(begun.elapsed() / count);
        }
    }
    let [hand, driver] = times.map(middle);
    let ratio = driver.as_secs_f64() / hand.as_secs_f64();
    println!("{name:<44} by hand {hand:>10.2?}   driver {driver:>10.2?}   ratio {ratio:.3}");
    Ok(())
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let url = std::env::var("OMMI_TEST_POSTGRES")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".into());
    let mut config = PostgresConfig::from_url(&url)?;
    config.search_path = Some(SCHEMA.into());
    config.ssl_mode = ommi_driver_postgres::SslMode::Disable;
    let mut hand = Vec::new();
    for _ in 0..8 {
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
        tokio::spawn(connection);
        client.batch_execute(&format!("SET search_path = {SCHEMA}")).await?;
        hand.push(Arc::new(client));
    }
    hand[0].batch_execute(&format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}")).await?;
    let sides = Sides { driver: Arc::new(PostgresDriver::new(config)?), hand, model: model()? };
    let outcome = all(&sides).await;
    sides.hand[0].batch_execute(&format!("DROP SCHEMA {SCHEMA} CASCADE")).await?;
    outcome
}

async fn all(sides: &Sides) -> Outcome<()> {
    let driver = &sides.driver;
    driver.run_script(driver.create_statements(std::slice::from_ref(&sides.model))?).await?;
    let action = Action::Insert { fields: vec![1, 2, 3, 4], returning: Some(0) };
    let insert = Arc::new(driver.compile(&plan(&sides.model, action, Reach::Unique))?);
    driver.insert(insert.clone(), batch(ROWS)).await?;
    driver.run_script(vec!["ANALYZE users".into()]).await?;
    by_key(sides).await?;
    some_rows(sides).await?;
    one_at_a_time(sides, &insert).await?;
    many_at_once(sides, &insert).await?;
    in_transaction(sides).await?;
    tasks(sides).await
}

async fn by_key(sides: &Sides) -> Outcome<()> {
    let (driver, hand) = (&sides.driver, &sides.hand[0]);
    let ours = sides.fetch(Some(Operator::Eq), false)?;
    let prepared = hand.prepare(&ours.text).await?;
    compare(
        "get by key",
        500,
        async || {
            for id in 1..=500_i64 {
                black_box(from_row(&hand.query_one(&prepared, &[&id]).await?));
            }
            Ok(())
        },
        async || {
            for id in 1..=500_i64 {
                assert_eq!(black_box(read(driver, &ours, vec![int(id)]).await?).len(), 1);
            }
            Ok(())
        },
    )
    .await
}

async fn some_rows(sides: &Sides) -> Outcome<()> {
    let (driver, hand) = (&sides.driver, &sides.hand[0]);
    let ours = sides.fetch(None, true)?;
    let prepared = hand.prepare(&ours.text).await?;
    for rows in [20_i64, 1000] {
        let count = 2000 / rows as u32;
        compare(
            &format!("{rows} rows"),
            count,
            async || {
                for _ in 0..count {
                    let found = hand.query(&prepared, &[&rows]).await?;
                    assert_eq!(black_box(found.iter().map(from_row).collect::<Vec<_>>()).len() as i64, rows);
                }
                Ok(())
            },
            async || {
                for _ in 0..count {
                    assert_eq!(black_box(read(driver, &ours, vec![int(rows)]).await?).len() as i64, rows);
                }
                Ok(())
            },
        )
        .await?;
    }
    let ours = sides.fetch(None, false)?;
    let prepared = hand.prepare(&ours.text).await?;
    compare(
        "10,000 rows",
        1,
        async || {
            let found = hand.query(&prepared, &[]).await?;
            assert!(black_box(found.iter().map(from_row).collect::<Vec<_>>()).len() as i64 >= ROWS);
            Ok(())
        },
        async || {
            assert!(black_box(read(driver, &ours, vec![]).await?).len() as i64 >= ROWS);
            Ok(())
        },
    )
    .await
}

async fn one_at_a_time(sides: &Sides, insert: &Arc<Statement>) -> Outcome<()> {
    let (driver, hand) = (&sides.driver, &sides.hand[0]);
    let prepared = hand.prepare(&insert.text).await?;
    let one = batch(1);
    compare(
        "insert one",
        50,
        async || {
            for _ in 0..50 {
                let row = hand
                    .query_one(&prepared, &[&"user 0", &Some("user0@example.org"), &0_i64, &true])
                    .await?;
                black_box(row.get::<_, i64>(0));
            }
            Ok(())
        },
        async || {
            for _ in 0..50 {
                assert_eq!(driver.insert(insert.clone(), one.clone()).await?.len(), 1);
            }
            Ok(())
        },
    )
    .await
}

async fn many_at_once(sides: &Sides, insert: &Arc<Statement>) -> Outcome<()> {
    let (driver, hand) = (&sides.driver, &sides.hand[0]);
    let text = "INSERT INTO users (name, email, age, active) SELECT * FROM unnest($1::text[], $2::text[], \
                $3::bigint[], $4::bool[]) RETURNING id";
    let prepared = hand.prepare(text).await?;
    for rows in [10_i64, 100, 300, 1000, 10_000] {
        let given = batch(rows);
        compare(
            &format!("insert {rows} (by hand: unnest)"),
            1,
            async || {
                let names: Vec<String> = (0..rows).map(|number| format!("user {number}")).collect();
                let emails: Vec<String> =
                    (0..rows).map(|number| format!("user{number}@example.org")).collect();
                let ages: Vec<i64> = (0..rows).map(|number| number % 90).collect();
                let active = vec![true; rows as usize];
                let keys = hand.query(&prepared, &[&names, &emails, &ages, &active]).await?;
                assert_eq!(
                    black_box(keys.iter().map(|row| row.get(0)).collect::<Vec<i64>>()).len() as i64,
                    rows
                );
                Ok(())
            },
            async || {
                assert_eq!(driver.insert(insert.clone(), given.clone()).await?.len() as i64, rows);
                Ok(())
            },
        )
        .await?;
    }
    Ok(hand.batch_execute("DELETE FROM users WHERE id > 10000").await?)
}

async fn in_transaction(sides: &Sides) -> Outcome<()> {
    let (driver, hand) = (&sides.driver, &sides.hand[0]);
    let mut update = plan(&sides.model, Action::Update(vec![(3, PlanExpr::Param(1))]), Reach::Unique);
    let operands = vec![PlanExpr::Column(Column { table: 0, field: 0 }), PlanExpr::Param(0)];
    update.filter = Some(PlanExpr::Apply { operator: Operator::Eq, subject: FieldType::Int, operands });
    update.params = vec![ParamType::Scalar(FieldType::Int); 2];
    let update = Arc::new(driver.compile(&update)?);
    let prepared = hand.prepare("UPDATE users SET age = $2 WHERE id = $1").await?;
    compare(
        "100 updates in a transaction (ours: guarded)",
        100,
        async || {
            hand.batch_execute("BEGIN").await?;
            for id in 1..=100_i64 {
                hand.execute(&prepared, &[&id, &7_i64]).await?;
            }
            Ok(hand.batch_execute("COMMIT").await?)
        },
        async || {
            let transaction = driver.begin(TransactionOptions::default()).await?;
            for id in 1..=100_i64 {
                transaction.write(update.clone(), vec![int(id), int(7)]).await?;
            }
            Ok(transaction.commit().await?)
        },
    )
    .await
}

/// 64 tasks, by hand over eight connections of which each has one at a time.
async fn tasks(sides: &Sides) -> Outcome<()> {
    let ours = sides.fetch(Some(Operator::Eq), false)?;
    let mut prepared = Vec::new();
    for client in &sides.hand {
        prepared.push(Arc::new(client.prepare(&ours.text).await?));
    }
    let pool =
        Arc::new(parking_lot::Mutex::new(sides.hand.iter().cloned().zip(prepared).collect::<Vec<_>>()));
    let free = Arc::new(Semaphore::new(sides.hand.len()));
    compare(
        "64 tasks by key (by hand: a pool of 8)",
        64 * 50,
        async || {
            let task = |number: i64| {
                let (pool, free) = (pool.clone(), free.clone());
                tokio::spawn(async move {
                    for id in 1..=50 {
                        let _turn = free.acquire().await?;
                        let (client, prepared) = pool.lock().pop().ok_or("no connection")?;
                        black_box(from_row(&client.query_one(&*prepared, &[&(number * 50 + id)]).await?));
                        pool.lock().push((client, prepared));
                    }
                    Outcome::Ok(())
                })
            };
            future::join_all((0..64).map(task)).await.into_iter().try_for_each(|task| task?)
        },
        async || {
            let task = |number: i64| {
                let (driver, statement) = (sides.driver.clone(), ours.clone());
                tokio::spawn(async move {
                    for id in 1..=50 {
                        assert_eq!(read(&driver, &statement, vec![int(number * 50 + id)]).await?.len(), 1);
                    }
                    Outcome::Ok(())
                })
            };
            future::join_all((0..64).map(task)).await.into_iter().try_for_each(|task| task?)
        },
    )
    .await
}
