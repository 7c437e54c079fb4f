//! Running statements on a connection that one caller owns. Nothing here knows about pools or callers; autocommit
//! operations and transactions call it.

use std::pin::pin;
use std::sync::Arc;

use futures_util::{StreamExt, future};
use ommi_core::driver::{Param, Params, Statement};
use ommi_core::{ErrorKind, Result};

use crate::connection::Connection;
use crate::error;
use crate::rows::{Rows, bound};
use crate::statement::{Part, Prepared};

/// Where a statement runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Within {
    /// By itself.
    Autocommit,
    /// In a transaction that was begun before.
    Transaction,
}

impl Within {
    pub(crate) fn is_transaction(self) -> bool {
        self == Within::Transaction
    }
}

/// Schema changes of one schema take turns: the word "ommi" as a number, beside the schema's own.
const SCHEMA_LOCK: &str =
    "SELECT pg_advisory_xact_lock(1869442409, hashtext(coalesce(current_schema()::text, '')))";

/// The statement, prepared.
pub(crate) async fn prepared(
    connection: &Connection,
    statement: &Statement,
    within: Within,
) -> Result<Arc<Prepared>> {
    connection
        .prepared(statement.id(), Part::Whole, &statement.text, &statement.columns, within.is_transaction())
        .await
}

/// Begins a read. Where the statement has become stale since it was prepared, it is prepared again, unless it runs
/// in a transaction, which such an error has spoilt.
pub(crate) async fn read(
    connection: &Connection,
    statement: &Statement,
    params: &[Param],
    within: Within,
) -> Result<Rows> {
    let values = bound(statement, params)?;
    for is_last in [false, true] {
        connection.check_wanted()?;
        let prepared = prepared(connection, statement, within).await?;
        match connection.run(&prepared, &statement.text, values.iter().copied()).await {
            Ok(stream) => return Ok(Rows::new(stream, prepared)),
            Err(failure) => renew(connection, statement, failure, is_last || within.is_transaction())?,
        }
    }
    Err(error::lost())
}

/// Runs an update or a delete; gives the number of rows that it found.
pub(crate) async fn write(
    connection: &Connection,
    statement: &Statement,
    params: &[Param],
    within: Within,
) -> Result<u64> {
    let values = bound(statement, params)?;
    for is_last in [false, true] {
        connection.check_wanted()?;
        let prepared = prepared(connection, statement, within).await?;
        match connection.execute(&prepared, &statement.text, values.iter().copied()).await {
            Ok(count) => return Ok(count),
            Err(failure) => renew(connection, statement, failure, is_last || within.is_transaction())?,
        }
    }
    Err(error::lost())
}

/// Forgets a statement that has become stale, so that it can be tried again; passes every other error on.
fn renew(
    connection: &Connection,
    statement: &Statement,
    failure: tokio_postgres::Error,
    is_last: bool,
) -> Result<()> {
    let is_stale = error::is_stale(&failure);
    if is_stale {
        connection.forget(statement.id(), Part::Whole);
    }
    if is_stale && !is_last { Ok(()) } else { Err(error::of(failure).with_statement(&statement.text)) }
}

/// Runs statements without parameters, all or none; who does the same elsewhere waits.
pub(crate) async fn script(connection: &Connection, statements: &[String], within: Within) -> Result<()> {
    match within {
        Within::Transaction => lines(connection, statements).await,
        Within::Autocommit => all_or_none(connection, lines(connection, statements)).await,
    }
}

async fn lines(connection: &Connection, statements: &[String]) -> Result<()> {
    let locked = connection.command(SCHEMA_LOCK);
    let ran = future::join_all(statements.iter().map(|text| async move {
        connection.command(text).await.map_err(|error| error.with_statement(text))
    }));
    // Sent together; the first failure is the reason of those behind it.
    let (locked, ran) = future::join(locked, ran).await;
    locked?;
    ran.into_iter().collect()
}

/// Runs `work` in a transaction of its own.
pub(crate) async fn all_or_none<T>(
    connection: &Connection,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let (begun, outcome) = future::join(connection.command("BEGIN"), work).await;
    let outcome = begun.and(outcome).and_then(|value| connection.check_wanted().map(|()| value));
    match outcome {
        Ok(value) => match connection.command("COMMIT").await {
            Ok(()) => Ok(value),
            Err(error) if error.kind() == ErrorKind::Connection => Err(error::outcome_unknown(&error)),
            Err(error) => Err(error),
        },
        Err(error) => {
            // Where this fails, the connection is lost, and the transaction with it.
            drop(connection.command("ROLLBACK").await);
            Err(error)
        }
    }
}

/// How the database would run a statement: one line each.
pub(crate) async fn explain(
    connection: &Connection,
    statement: &Statement,
    params: &Params,
    within: Within,
) -> Result<Vec<String>> {
    match within {
        // Behind a pooler only a transaction stays with one session, as what is prepared needs.
        Within::Autocommit if !connection.keeps_statements() => {
            all_or_none(connection, explain_once(connection, statement, params)).await
        }
        Within::Autocommit | Within::Transaction => explain_once(connection, statement, params).await,
    }
}

async fn explain_once(
    connection: &Connection,
    statement: &Statement,
    params: &Params,
) -> Result<Vec<String>> {
    let text = format!("EXPLAIN {}", statement.text);
    let values = bound(statement, params)?;
    let run = async {
        let prepared = connection.client.prepare(&text).await?;
        connection.client.query_raw(&prepared, values).await
    };
    let stream = run.await.map_err(|failure| error::of(failure).with_statement(&text))?;
    let mut lines = Vec::new();
    let mut stream = pin!(stream);
    while let Some(row) = stream.next().await {
        let row = row.map_err(error::of)?;
        lines.push(row.try_get::<_, String>(0).map_err(error::of)?);
    }
    Ok(lines)
}
