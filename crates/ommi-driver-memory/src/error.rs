//! What goes wrong in memory, in the words and kinds that every database uses.

use std::fmt;

use ommi_core::{Error, ErrorKind, Result};

/// The source of an error about a rule that a statement broke, where it broke several.
#[derive(Debug)]
pub struct BrokenRules(Vec<Error>);

impl BrokenRules {
    /// The rules that were broken beside the one that the error is about.
    pub fn others(&self) -> &[Error] {
        &self.0
    }
}

impl fmt::Display for BrokenRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} other rules were broken too", self.0.len())
    }
}

impl std::error::Error for BrokenRules {}

/// The first of the rules that were broken.
///
/// # Errors
/// It, where there is one.
pub(crate) fn first_of(mut broken: Vec<Error>) -> Result<()> {
    if broken.is_empty() {
        return Ok(());
    }
    let first = broken.remove(0);
    Err(if broken.is_empty() { first } else { first.with_source(BrokenRules(broken)) })
}

/// What comes back after the database was closed.
pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the database was closed")
}

/// What comes back from a transaction that is over.
pub(crate) fn over() -> Error {
    Error::new(ErrorKind::Transaction, "the transaction is over: it was committed or rolled back")
}

/// A write in a transaction that was begun for reading.
pub(crate) fn read_only() -> Error {
    Error::new(ErrorKind::Storage, "the transaction was begun as read-only; begin another one to write")
}

pub(crate) fn no_savepoint(name: &str) -> Error {
    Error::new(ErrorKind::Transaction, format!("there is no savepoint {name:?}"))
}

pub(crate) fn no_table(table: &str) -> Error {
    let message = format!("the table {table:?} does not exist; create it with use_models");
    Error::new(ErrorKind::ModelNotFound, message)
}

pub(crate) fn no_column(table: &str, column: &str) -> Error {
    Error::query(format!("the table {table:?} has no column {column:?}"))
}

pub(crate) fn not_null(column: &str) -> Error {
    Error::new(ErrorKind::NotNullViolation, format!("a value is required ({column})"))
        .with_constraint(None, vec![column.to_owned()])
}

pub(crate) fn too_long(constraint: String, column: &str, limit: u32) -> Error {
    let message = format!("a check refused the row: {column} has more than {limit} characters");
    Error::new(ErrorKind::CheckViolation, message).with_constraint(Some(constraint), vec![column.to_owned()])
}

pub(crate) fn taken(constraint: &str, columns: Vec<String>) -> Error {
    let message = format!("another row already has this value ({})", columns.join(", "));
    Error::new(ErrorKind::UniqueViolation, message).with_constraint(Some(constraint.to_owned()), columns)
}

pub(crate) fn dangling(constraint: &str, columns: Vec<String>) -> Error {
    let message = "a reference points at a row that does not exist, or rows still refer to one that is removed or \
                   changed";
    Error::new(ErrorKind::ForeignKeyViolation, message).with_constraint(Some(constraint.to_owned()), columns)
}

/// A table is to go that another one, which stays, refers to.
pub(crate) fn still_referred(table: &str, target: &str) -> Error {
    let message = format!(
        "something still refers to it: the table {table:?} refers to {target:?}; remove both, or that one first"
    );
    Error::new(ErrorKind::ForeignKeyViolation, message)
}

/// A promise between the engine and this driver that was not kept.
pub(crate) fn broken_plan(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Internal, what)
}
