//! Running statements on a connection: updates, deletes, scripts, explanations. Nothing here knows about pools or
//! transactions.

use std::sync::Arc;

use mysql_async::{Row, Value};
use ommi_core::driver::{Param, Statement};
use ommi_core::schema::TableInfo;
use ommi_core::{Error, ErrorKind, Result};
use ommi_sql::Flavour;

use crate::bind::bind;
use crate::compiled::{counted, details, variant};
use crate::connection::{Connection, Key};
use crate::operation::Flight;

/// The key of the statement that looks the columns of an index up; plans' own begin with 1.
const LOOK_UP: Key = (0, 0);

/// Marks the EXPLAIN of a statement, which is kept beside it.
const EXPLAINED: usize = 1 << (usize::BITS - 1);

/// Runs an update or a delete, in a transaction or not; gives the number of rows that it found.
pub(crate) async fn write(
    connection: &mut Connection,
    statement: Arc<Statement>,
    params: &[Param],
    flight: &Flight,
) -> Result<u64> {
    let statement = variant(statement, connection.server().flavour);
    let Some(counted) = counted(&statement) else { return change(connection, &statement, params).await };
    if connection.is_in_transaction() {
        return count_and_change(connection, counted, &statement, params, flight).await;
    }
    connection.command("START TRANSACTION").await?;
    match count_and_change(connection, counted, &statement, params, flight).await {
        Ok(found) => {
            flight.must_finish();
            connection.command("COMMIT").await?;
            Ok(found)
        }
        Err(error) => {
            // Where this fails the connection is lost, and with it the transaction.
            let _ = connection.command("ROLLBACK").await;
            Err(error)
        }
    }
}

/// Runs a delete after what counts the rows that it finds.
async fn count_and_change(
    connection: &mut Connection,
    counted: &Statement,
    statement: &Statement,
    params: &[Param],
    flight: &Flight,
) -> Result<u64> {
    let bound = bind(counted, params).map_err(|error| error.with_statement(&counted.text))?;
    connection.start(bound.key, &bound.text, bound.values).await?;
    let rows = connection.rows().collect_and_drop::<Row>().await;
    let rows = connection.end_work(rows)?;
    let found = match rows.first().and_then(|row| row.as_ref(0)) {
        Some(Value::Int(found)) => found.unsigned_abs(),
        _no_number => {
            return Err(Error::new(ErrorKind::Internal, "the server counted rows and gave no number"));
        }
    };
    flight.check()?;
    let removed = change(connection, statement, params).await?;
    // Rows that others added in between are found too.
    Ok(found.max(removed))
}

async fn change(connection: &mut Connection, statement: &Statement, params: &[Param]) -> Result<u64> {
    let bound = bind(statement, params).map_err(|error| error.with_statement(&statement.text))?;
    match connection.execute(bound.key, &bound.text, bound.values).await {
        Ok(()) => Ok(connection.affected_rows()),
        Err(error) => Err(located(connection, error, statement).await),
    }
}

/// How the server would run a statement: one line for each table.
pub(crate) async fn explain(
    connection: &mut Connection,
    statement: Arc<Statement>,
    params: &[Param],
) -> Result<Vec<String>> {
    let statement = variant(statement, connection.server().flavour);
    let bound = bind(&statement, params)?;
    let text = format!("EXPLAIN {}", bound.text);
    connection.start((bound.key.0, bound.key.1 | EXPLAINED), &text, bound.values).await?;
    let outcome = connection.rows().collect_and_drop::<Row>().await;
    Ok(connection.end_work(outcome)?.iter().map(line).collect())
}

/// A row as `name=value` pairs; what is NULL is left out.
fn line(row: &Row) -> String {
    let mut parts = Vec::new();
    for (position, column) in row.columns_ref().iter().enumerate() {
        let value = match row.as_ref(position) {
            Some(Value::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
            Some(Value::Int(value)) => value.to_string(),
            Some(Value::UInt(value)) => value.to_string(),
            Some(Value::Double(value)) => value.to_string(),
            Some(Value::Float(value)) => value.to_string(),
            Some(Value::NULL | Value::Date(..) | Value::Time(..)) | None => continue,
        };
        if !value.is_empty() {
            parts.push(format!("{}={value}", column.name_str()));
        }
    }
    parts.join(" ")
}

/// Runs statements that return nothing. Only one script runs at a time in a database, so that two processes that
/// create the same tables do not get in each other's way.
pub(crate) async fn script(connection: &mut Connection, statements: &[String]) -> Result<()> {
    const LOCK: &str = "SELECT GET_LOCK(CONCAT('ommi ', LEFT(MD5(COALESCE(DATABASE(), '')), 16)), 60)";
    const UNLOCK: &str = "DO RELEASE_LOCK(CONCAT('ommi ', LEFT(MD5(COALESCE(DATABASE(), '')), 16)))";
    let locked = connection.query(LOCK).await?;
    let granted = locked.first().and_then(|row| row.as_ref(0)) == Some(&Value::Bytes(b"1".to_vec()));
    if !granted {
        let message =
            "another process has been changing the schema of this database for a minute; try again later";
        return Err(Error::new(ErrorKind::Lock, message));
    }
    let outcome = run_all(connection, statements).await;
    let unlocked = connection.command(UNLOCK).await;
    outcome.and(unlocked)
}

/// Schema changes commit by themselves; everything else is done whole or not at all.
async fn run_all(connection: &mut Connection, statements: &[String]) -> Result<()> {
    connection.command("START TRANSACTION").await?;
    for statement in statements {
        if let Err(error) = connection.command(statement).await {
            let error = error.with_statement(statement);
            // Where this fails the connection is lost, and with it the transaction.
            let _ = connection.command("ROLLBACK").await;
            return Err(error);
        }
    }
    connection.command("COMMIT").await
}

/// The tables of these names that exist.
pub(crate) async fn introspect(connection: &mut Connection, tables: &[String]) -> Result<Vec<TableInfo>> {
    crate::schema::tables(connection, tables).await
}

/// An error with the statement, and with the columns of a constraint of which the server told only the name.
pub(crate) async fn located(connection: &mut Connection, error: Error, statement: &Statement) -> Error {
    let error = error.with_statement(&statement.text);
    let is_named = matches!(error.kind(), ErrorKind::UniqueViolation | ErrorKind::CheckViolation);
    let (true, true, Some(details)) = (is_named, error.columns().is_empty(), details(statement)) else {
        return error;
    };
    let Some(name) = error.constraint().map(|name| unqualified(connection, name, &details.table)) else {
        return error;
    };
    if let Some(known) = details.constraints.iter().find(|known| known.name.eq_ignore_ascii_case(&name)) {
        return error.with_constraint(Some(name), known.columns.clone());
    }
    let columns = match error.kind() {
        ErrorKind::UniqueViolation => index_columns(connection, &details.table, &name).await,
        _a_check => Vec::new(),
    };
    error.with_constraint(Some(name), columns)
}

/// A key's name alone: MySQL puts the table before it.
fn unqualified(connection: &Connection, name: &str, table: &str) -> String {
    let alone = match connection.server().flavour {
        Flavour::MariaDb { .. } => name,
        Flavour::MySql => name.strip_prefix(table).and_then(|rest| rest.strip_prefix('.')).unwrap_or(name),
    };
    alone.to_owned()
}

/// The columns of an index that somebody else created.
async fn index_columns(connection: &mut Connection, table: &str, name: &str) -> Vec<String> {
    const TEXT: &str = "SELECT COLUMN_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND \
                        TABLE_NAME = ? AND INDEX_NAME = ? ORDER BY SEQ_IN_INDEX";
    let text = |text: &str| Value::Bytes(text.as_bytes().to_vec());
    if connection.start(LOOK_UP, TEXT, vec![text(table), text(name)]).await.is_err() {
        return Vec::new();
    }
    let rows = connection.rows().collect_and_drop::<Row>().await;
    let rows = connection.end_work(rows).unwrap_or_default();
    let column = |row: &Row| match row.as_ref(0) {
        Some(Value::Bytes(bytes)) => String::from_utf8(bytes.clone()).ok(),
        _other => None,
    };
    rows.iter().filter_map(column).collect()
}
