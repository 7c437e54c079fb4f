//! What the tests share: a table, statements written by hand, and short ways to run them.
#![allow(dead_code, unreachable_pub)]

use std::path::Path;
use std::sync::Arc;

use futures_executor::block_on;
use futures_util::StreamExt;
use ommi_core::Result;
use ommi_core::driver::{Bind, Driver, Executor, FetchOptions, Param, RowStream, Statement, Transform};
use ommi_core::plan::Reach;
use ommi_core::schema::FieldType;
use ommi_core::value::{Cell, RowBatch, Value};
use ommi_driver_sqlite::{SqliteConfig, SqliteDriver};

pub const TABLE: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE, age INTEGER CHECK (age < 200))";

/// A statement whose placeholders take the parameters in order.
pub fn statement(text: &str, reach: Reach, columns: &[FieldType]) -> Arc<Statement> {
    let mut statement = Statement::new(text, reach);
    statement.binds =
        (0..text.matches('?').count()).map(|param| Bind { param, transform: Transform::Plain }).collect();
    statement.columns = columns.to_vec();
    statement.labels = (0..columns.len()).map(|column| format!("User.column{column}")).collect();
    Arc::new(statement)
}

pub fn insert_statement(text: &str, inputs: &[FieldType]) -> Arc<Statement> {
    let mut statement = Statement::new(text, Reach::Unique);
    statement.inputs = inputs.to_vec();
    statement.returns_key = true;
    Arc::new(statement)
}

pub fn user_insert() -> Arc<Statement> {
    insert_statement("INSERT INTO users (name, email) VALUES (?, ?)", &[FieldType::Text, FieldType::Text])
}

pub fn users(names: impl IntoIterator<Item = String>) -> RowBatch {
    let mut rows = RowBatch::with_capacity(2, 0);
    for name in names {
        rows.push_row(&[Cell::Text(&name), Cell::Null]);
    }
    rows
}

pub fn named(count: usize) -> RowBatch {
    users((0..count).map(|number| format!("user {number}")))
}

pub fn select_all() -> Arc<Statement> {
    statement("SELECT id, name FROM users ORDER BY id", Reach::Unlimited, &[FieldType::Int, FieldType::Text])
}

pub fn by_key() -> Arc<Statement> {
    statement("SELECT id, name FROM users WHERE id = ?", Reach::Unique, &[FieldType::Int, FieldType::Text])
}

pub fn count() -> Arc<Statement> {
    statement("SELECT count(*) FROM users", Reach::Limited, &[FieldType::Int])
}

/// Rows of a number and a text, made as they are read.
pub fn numbers(count: i64) -> Arc<Statement> {
    let text = format!(
        "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT {count}) SELECT x, 'row ' || x FROM n"
    );
    statement(&text, Reach::Unlimited, &[FieldType::Int, FieldType::Text])
}

pub fn rename() -> Arc<Statement> {
    statement("UPDATE users SET name = ? WHERE id = ?", Reach::Unique, &[])
}

pub fn int(value: i64) -> Param {
    Param::Scalar(Value::Int(value))
}

pub fn text(value: &str) -> Param {
    Param::Scalar(Value::Text(value.into()))
}

/// A driver with the table, in memory.
pub fn memory() -> SqliteDriver {
    with_table(SqliteConfig::memory())
}

/// A driver with the table, in a file.
pub fn file(path: &Path) -> SqliteDriver {
    with_table(SqliteConfig::file(path))
}

pub fn with_table(config: SqliteConfig) -> SqliteDriver {
    let driver = SqliteDriver::new(config).unwrap();
    block_on(driver.run_script(vec![TABLE.to_owned()])).unwrap();
    driver
}

pub fn options(batch_rows: usize) -> FetchOptions {
    FetchOptions { batch_rows }
}

/// All rows of a stream, as values.
pub fn collect(stream: RowStream) -> Result<Vec<Vec<Value>>> {
    block_on(async {
        let mut rows = Vec::new();
        let mut stream = stream;
        while let Some(batch) = stream.next().await {
            rows.extend(values(&batch?));
        }
        Ok(rows)
    })
}

pub fn values(batch: &RowBatch) -> Vec<Vec<Value>> {
    (0..batch.len()).map(|row| batch.row(row).map(|cell| cell.to_value().unwrap()).collect()).collect()
}

pub fn read(
    executor: &dyn Executor,
    statement: &Arc<Statement>,
    params: Vec<Param>,
) -> Result<Vec<Vec<Value>>> {
    collect(executor.fetch(statement.clone(), params, FetchOptions::default()))
}

pub fn count_users(executor: &dyn Executor) -> i64 {
    match read(executor, &count(), vec![]).unwrap()[0][0] {
        Value::Int(count) => count,
        ref other => panic!("a count of {other:?}"),
    }
}

pub fn close(driver: &dyn Driver) {
    block_on(driver.close()).unwrap();
}
