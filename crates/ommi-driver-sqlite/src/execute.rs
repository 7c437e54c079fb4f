//! Running statements on a connection: reads on the caller's thread, writes, inserts, scripts, explanations.
//! Nothing here knows about threads or transactions; lanes and the inline connections call it.

use std::time::Duration;

use ommi_core::driver::{Param, Statement};
use ommi_core::schema::FieldType;
use ommi_core::value::{Cell, RowBatch, RowSink};
use ommi_core::{Error, ErrorKind, Result};
use rusqlite::ffi;
use smallvec::SmallVec;

use crate::connection::{Command, Connection};
use crate::dropped::Dropped;
use crate::error::Failure;
use crate::statement::{Binder, Prepared, Run, Step};
use crate::value::{Expected, Scratch, decode, encode, encode_param};
use crate::written;

/// Rows of up to so many columns reach a sink without an allocation.
const INLINE_COLUMNS: usize = 24;

/// Why a run stopped early.
pub(crate) enum Stop {
    /// SQLite gave this code.
    Code(i32),
    /// A value could not be bound or read, or the sink refused a row.
    Error(Error),
}

impl Stop {
    /// The error, with the statement's text.
    pub(crate) fn into_error(self, connection: &Connection, statement: &Statement) -> Error {
        match self {
            Stop::Code(code) => connection.step_error(code, statement),
            Stop::Error(error) => error.with_statement(&statement.text),
        }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Error(error)
    }
}

/// Reads at once, within the budget. `None`: it was too slow, or something is locked; the sink is empty then.
#[inline]
pub(crate) fn read_now(
    connection: &mut Connection,
    statement: &Statement,
    params: &[Param],
    sink: &mut dyn RowSink,
    budget: Duration,
) -> Option<Result<()>> {
    let (mut entry, guard) = match connection.prepared(statement) {
        Ok(prepared) => prepared,
        Err(failure) if failure.is_busy() => return None,
        Err(failure) => return Some(Err(failed(connection, failure, statement))),
    };
    if !entry.pace.may_run() {
        return None;
    }
    let begun = entry.pace.begin();
    guard.hurry(budget);
    let outcome = rows(&mut entry.prepared, statement, params, sink);
    match outcome {
        Ok(()) => {
            entry.pace.end(begun, budget);
            Some(Ok(()))
        }
        Err(Stop::Error(error)) => Some(Err(error.with_statement(&statement.text))),
        Err(Stop::Code(code)) => {
            sink.restart();
            let primary = code & 0xff;
            if primary == ffi::SQLITE_INTERRUPT {
                entry.pace.overrun();
            }
            if matches!(primary, ffi::SQLITE_INTERRUPT | ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED) {
                return None;
            }
            drop(entry);
            Some(Err(connection.step_error(code, statement)))
        }
    }
}

/// Reads to the end, however long it takes.
pub(crate) fn read(
    connection: &mut Connection,
    statement: &Statement,
    params: &[Param],
    sink: &mut dyn RowSink,
) -> Result<()> {
    let outcome = match connection.prepared(statement) {
        Ok((mut entry, _)) => rows(&mut entry.prepared, statement, params, sink),
        Err(failure) => return Err(failed(connection, failure, statement)),
    };
    finish(connection, statement, outcome)
}

#[inline]
fn rows(
    prepared: &mut Prepared,
    statement: &Statement,
    params: &[Param],
    sink: &mut dyn RowSink,
) -> std::result::Result<(), Stop> {
    let columns = prepared.columns();
    let mut run = prepared.start();
    bind_params(&mut run.bind(), statement, params)?;
    let expected = Expected { types: &statement.columns, labels: &statement.labels };
    while run.step().map_err(Stop::Code)? == Step::Row {
        let (row, scratch) = (run.row(), Scratch::default());
        let mut cells: SmallVec<[Cell<'_>; INLINE_COLUMNS]> = SmallVec::new();
        for column in 0..columns {
            cells.push(decode(row, column, &expected, &scratch)?);
        }
        sink.row(&cells)?;
    }
    Ok(())
}

/// Binds a statement's placeholders as its binds say.
#[inline]
pub(crate) fn bind_params<'v>(
    binder: &mut Binder<'_, 'v>,
    statement: &Statement,
    params: &'v [Param],
) -> Result<()> {
    for (position, bind) in statement.binds.iter().enumerate() {
        let param = params.get(bind.param).ok_or_else(|| {
            Error::new(ErrorKind::Internal, format!("a statement lacks its parameter {}", bind.param))
        })?;
        encode_param(binder, position + 1, param, bind.transform)?;
    }
    Ok(())
}

/// Runs an update or a delete; gives the number of rows that it found.
pub(crate) fn write(connection: &mut Connection, statement: &Statement, params: &[Param]) -> Result<u64> {
    written::write(connection, statement, params, |connection| change(connection, statement, params))
}

fn change(connection: &mut Connection, statement: &Statement, params: &[Param]) -> Result<u64> {
    let handle = connection.handle();
    let outcome = match connection.prepared(statement) {
        Ok((mut entry, _)) => write_rows(&mut entry.prepared, statement, params),
        Err(failure) => return Err(failed(connection, failure, statement)),
    };
    finish(connection, statement, outcome).map(|()| handle.changes())
}

/// As [`write`] of one row, on the caller's thread. `None`: something is locked, or it used to take long.
pub(crate) fn write_now(
    connection: &mut Connection,
    statement: &Statement,
    params: &[Param],
    budget: Duration,
) -> Option<Result<u64>> {
    let handle = connection.handle();
    let (mut entry, guard) = match connection.prepared(statement) {
        Ok(prepared) => prepared,
        Err(failure) => return Some(Err(failed(connection, failure, statement))),
    };
    if !entry.pace.may_run() {
        return None;
    }
    let begun = entry.pace.begin();
    // It does not wait for locks, but it is never stopped half-way for its time: SQLite would roll back the
    // whole transaction.
    guard.hurry(Duration::MAX);
    let outcome = write_rows(&mut entry.prepared, statement, params);
    entry.pace.end(begun, budget);
    drop(entry);
    Some(finish(connection, statement, outcome).map(|()| handle.changes()))
}

fn write_rows(
    prepared: &mut Prepared,
    statement: &Statement,
    params: &[Param],
) -> std::result::Result<(), Stop> {
    let mut run = prepared.start();
    bind_params(&mut run.bind(), statement, params)?;
    while run.step().map_err(Stop::Code)? == Step::Row {}
    Ok(())
}

/// Adds all rows or none; gives their keys if the statement returns keys.
pub(crate) fn insert_all(
    connection: &mut Connection,
    statement: &Statement,
    rows: &RowBatch,
) -> Result<Vec<i64>> {
    match rows.len() {
        0 => Ok(Vec::new()),
        1 => insert(connection, statement, rows),
        _ => all_or_none(connection, |connection| {
            // One statement adds one row; references are to be checked when all rows are there.
            run(connection, "PRAGMA defer_foreign_keys = ON")?;
            let outcome = insert(connection, statement, rows);
            let is_dangling = outcome.is_ok() && connection.handle().has_dangling_references();
            run(connection, "PRAGMA defer_foreign_keys = OFF")?;
            if is_dangling {
                let failure = Failure {
                    code: ffi::SQLITE_CONSTRAINT_FOREIGNKEY,
                    message: "FOREIGN KEY constraint failed".to_owned(),
                };
                return Err(failed(connection, failure, statement));
            }
            outcome
        }),
    }
}

/// Adds the rows one by one. The caller undoes a part of them.
fn insert(connection: &mut Connection, statement: &Statement, rows: &RowBatch) -> Result<Vec<i64>> {
    let handle = connection.handle();
    let mut keys = Vec::with_capacity(if statement.returns_key { rows.len() } else { 0 });
    let mut position = 0;
    let outcome = match connection.prepared(statement) {
        Ok((mut entry, _)) => {
            let returning = entry.prepared.columns() > 0;
            let mut run = entry.prepared.start();
            rows_into(&mut run, rows, &mut position, |run| {
                if !statement.returns_key {
                    return Ok(());
                }
                keys.push(if returning { returned_key(run)? } else { handle.last_key() });
                Ok(())
            })
        }
        Err(failure) => return Err(failed(connection, failure, statement)),
    };
    let outcome = finish(connection, statement, outcome);
    match outcome {
        Err(error) if rows.len() > 1 => Err(at_row(error, position, rows.len())),
        outcome => outcome.map(|()| keys),
    }
}

fn rows_into<'v>(
    run: &mut Run<'_, 'v>,
    rows: &'v RowBatch,
    position: &mut usize,
    mut stored: impl FnMut(&Run<'_, 'v>) -> Result<()>,
) -> std::result::Result<(), Stop> {
    while *position < rows.len() {
        let mut binder = run.bind();
        for (column, cell) in rows.row(*position).enumerate() {
            encode(&mut binder, column + 1, cell)?;
        }
        // A row that comes back is the generated key; the step after it completes the insert.
        match run.step().map_err(Stop::Code)? {
            Step::Done => stored(run)?,
            Step::Row => {
                stored(run)?;
                while run.step().map_err(Stop::Code)? == Step::Row {}
            }
        }
        run.again();
        *position += 1;
    }
    Ok(())
}

fn returned_key(run: &Run<'_, '_>) -> Result<i64> {
    let types = [FieldType::Int];
    let expected = Expected { types: &types, labels: &[] };
    if let Cell::Int(key) = decode(run.row(), 0, &expected, &Scratch::default())? {
        return Ok(key);
    }
    Err(Error::new(ErrorKind::Internal, "the database generated no integer key"))
}

fn at_row(error: Error, position: usize, rows: usize) -> Error {
    let message = format!("{} (row {} of {rows})", error.message(), position + 1);
    error.with_message(message)
}

/// Runs statements without parameters, all or none. Inside of a transaction that is a savepoint.
pub(crate) fn script(connection: &mut Connection, statements: &[String]) -> Result<()> {
    all_or_none(connection, |connection| {
        // Tables that refer to each other can be dropped in any order: what is left is checked at the end.
        run(connection, "PRAGMA defer_foreign_keys = ON")?;
        let mut dropped = Dropped::watch(connection, statements)?;
        for text in statements {
            run(connection, text).map_err(|error| error.with_statement(text))?;
            dropped.note(connection, text)?;
        }
        dropped.check(connection)
    })
}

/// Runs `work` in a transaction, or in a savepoint of the one that is open: all of it counts, or nothing.
pub(crate) fn all_or_none<T>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<T>,
) -> Result<T> {
    let nested = !connection.handle().is_autocommit();
    if nested {
        run(connection, "SAVEPOINT ommi_all_or_none")?;
    } else {
        command(connection, Command::BeginImmediate)?;
    }
    let outcome = work(connection);
    let outcome = match (outcome, nested) {
        (Ok(value), true) => run(connection, "RELEASE ommi_all_or_none").map(|()| value),
        (Ok(value), false) => command(connection, Command::Commit).map(|()| value),
        (Err(error), true) if !connection.handle().is_autocommit() => {
            connection.guard.unstoppable();
            // Where this fails, SQLite has ended the transaction, which the next statement will notice.
            let _ = run(connection, "ROLLBACK TO ommi_all_or_none; RELEASE ommi_all_or_none");
            Err(error)
        }
        (Err(error), true | false) => Err(error),
    };
    if outcome.is_err() && !nested {
        connection.roll_back();
    }
    outcome
}

/// How SQLite would run a read: one line each, indented by depth.
pub(crate) fn explain(
    connection: &mut Connection,
    statement: &Statement,
    params: &[Param],
) -> Result<Vec<String>> {
    let text = format!("EXPLAIN QUERY PLAN {}", statement.text);
    let handle = connection.handle();
    let mut prepared =
        Prepared::new(handle, &text).map_err(|failure| connection.error(failure).with_statement(&text))?;
    let mut run = prepared.start();
    bind_params(&mut run.bind(), statement, params)?;
    let mut depths = vec![(0, 0)];
    let mut lines = Vec::new();
    while run.step().map_err(|code| connection.step_error(code, statement))? == Step::Row {
        let (id, parent) = (run.row().get(0).integer(), run.row().get(1).integer());
        let depth = depths.iter().find(|(node, _)| *node == parent).map_or(0, |(_, depth)| *depth);
        depths.push((id, depth + 1));
        lines.push(format!("{}{}", "  ".repeat(depth), String::from_utf8_lossy(run.row().get(3).text())));
    }
    Ok(lines)
}

/// Runs a standing command, its failure as an error.
pub(crate) fn command(connection: &mut Connection, command: Command) -> Result<()> {
    connection.command(command).map_err(|failure| connection.error(failure))
}

/// Runs text without parameters, its failure as an error.
pub(crate) fn run(connection: &Connection, text: &str) -> Result<()> {
    connection.handle().run(text).map_err(|failure| connection.error(failure))
}

fn finish(
    connection: &Connection,
    statement: &Statement,
    outcome: std::result::Result<(), Stop>,
) -> Result<()> {
    outcome.map_err(|stop| stop.into_error(connection, statement))
}

pub(crate) fn failed(connection: &Connection, failure: Failure, statement: &Statement) -> Error {
    connection.error(failure).with_statement(&statement.text)
}
