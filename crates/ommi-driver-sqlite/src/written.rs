//! What an update or a delete needs beside its text, where SQLite's own answer is not the common one.

use std::sync::Arc;

use ommi_core::driver::{Param, Statement};
use ommi_core::plan::{Action, Plan};
use ommi_core::value::{Cell, RowSink};
use ommi_core::{Error, ErrorKind, Result};
use ommi_sql::Dialect;
use rusqlite::ffi;

use crate::connection::Connection;
use crate::error::Failure;
use crate::execute::{all_or_none, read};

/// The payload of a statement.
#[derive(Debug)]
struct Details {
    /// Counts the rows that a delete finds: SQLite does not count one that went along with another one before.
    counted: Option<Statement>,
    /// The integer key that an update sets. To SQLite a NULL there is of the wrong type.
    key: Option<String>,
}

/// A plan's statement.
pub(crate) fn compile(plan: &Plan) -> Result<Statement> {
    let mut statement = ommi_sql::compile(plan, Dialect::Sqlite)?;
    let counted = ommi_sql::counted_before(plan, Dialect::Sqlite)?;
    let key = match &plan.action {
        Action::Update(assignments) => plan
            .model()
            .generated_key()
            .filter(|key| assignments.iter().any(|(field, _)| field == key))
            .map(|key| plan.model().fields()[key].column.clone()),
        Action::Fetch(_) | Action::Count(_) | Action::Exists | Action::Delete | Action::Insert { .. } => None,
    };
    if counted.is_some() || key.is_some() {
        statement.payload = Some(Arc::new(Details { counted, key }));
    }
    Ok(statement)
}

fn details(statement: &Statement) -> Option<&Details> {
    statement.payload.as_ref()?.downcast_ref()
}

/// The failure of a statement's step, as what it is about.
pub(crate) fn explained(failure: Failure, statement: &Statement) -> Failure {
    let key = details(statement).and_then(|details| details.key.as_deref());
    match key {
        // Values were checked before: only what the statement computes can be none.
        Some(key) if failure.primary() == ffi::SQLITE_MISMATCH => Failure {
            code: ffi::SQLITE_CONSTRAINT_NOTNULL,
            message: format!("NOT NULL constraint failed: {key}"),
        },
        Some(_) | None => failure,
    }
}

/// Runs an update or a delete by `change`, which gives SQLite's own count; gives the number of rows that it found.
pub(crate) fn write(
    connection: &mut Connection,
    statement: &Statement,
    params: &[Param],
    change: impl FnOnce(&mut Connection) -> Result<u64>,
) -> Result<u64> {
    let counted = details(statement).and_then(|details| details.counted.as_ref());
    let Some(counted) = counted else { return change(connection) };
    all_or_none(connection, |connection| {
        let mut found = Number(None);
        read(connection, counted, params, &mut found)?;
        change(connection)?;
        found.0.ok_or_else(|| Error::new(ErrorKind::Internal, "the database counted rows and gave no number"))
    })
}

/// The one number of a result.
struct Number(Option<u64>);

impl RowSink for Number {
    fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        if let [Cell::Int(number)] = cells {
            self.0 = Some(number.unsigned_abs());
        }
        Ok(())
    }

    fn restart(&mut self) {
        self.0 = None;
    }
}
