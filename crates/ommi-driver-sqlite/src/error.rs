//! What SQLite's result codes mean in Ommi's words: the one table from a `Failure` to an `Error`.

use std::ffi::c_int;
use std::fmt;

use ommi_core::{Error, ErrorKind};
use rusqlite::ffi;

/// A failed call: SQLite's extended code and message.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) code: c_int,
    pub(crate) message: String,
}

impl Failure {
    /// The failure behind an error of rusqlite, which opens connections for us.
    pub(crate) fn of(error: &rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::SqliteFailure(code, message) => Self {
                code: code.extended_code,
                message: message.clone().unwrap_or_else(|| code.to_string()),
            },
            other => Self { code: ffi::SQLITE_ERROR, message: other.to_string() },
        }
    }

    /// True where another connection holds a lock.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self.primary(), ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED)
    }

    /// The code without its extension.
    pub(crate) fn primary(&self) -> c_int {
        self.code & 0xff
    }

    /// The error, in Ommi's words; SQLite's own are its source.
    pub(crate) fn into_error(self) -> Error {
        self.translated().with_source(self)
    }

    fn translated(&self) -> Error {
        let message = self.message.as_str();
        match self.primary() {
            ffi::SQLITE_CONSTRAINT => self.constraint(),
            ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => Error::new(
                ErrorKind::Conflict,
                format!(
                    "the database is busy: another connection or process kept it locked ({message}); try again, or raise busy_timeout"
                ),
            ),
            ffi::SQLITE_CANTOPEN => Error::new(
                ErrorKind::Connection,
                format!(
                    "the database file cannot be opened ({message}): check that it exists, is a file and may be read and written, with its directory"
                ),
            ),
            ffi::SQLITE_NOTADB => Error::new(
                ErrorKind::Connection,
                format!("the file is not a SQLite database, or it is encrypted ({message})"),
            ),
            ffi::SQLITE_CORRUPT => Error::new(
                ErrorKind::Connection,
                format!(
                    "the database file is damaged ({message}); restore it from a backup, or save what can be read with `sqlite3 FILE .recover`"
                ),
            ),
            ffi::SQLITE_READONLY if self.code == ffi::SQLITE_READONLY_DIRECTORY => Error::new(
                ErrorKind::Storage,
                format!(
                    "the database's directory is read-only ({message}): SQLite keeps a log or journal beside the file, in WAL mode even to read; let the directory be written, or copy the file to one that can be"
                ),
            ),
            ffi::SQLITE_READONLY | ffi::SQLITE_PERM => Error::new(
                ErrorKind::Storage,
                format!(
                    "the database is read-only ({message}): it was opened so, or its file or directory may not be written"
                ),
            ),
            ffi::SQLITE_FULL => Error::new(
                ErrorKind::Storage,
                format!(
                    "the disk is full, or the database has reached its size limit ({message}); nothing of this operation was stored"
                ),
            ),
            ffi::SQLITE_IOERR => Error::new(
                ErrorKind::Storage,
                format!(
                    "reading or writing the database file failed ({message}); nothing of this operation was stored"
                ),
            ),
            ffi::SQLITE_TOOBIG => Error::validation(format!(
                "a value or a row is too large ({message}): SQLite holds at most 1,000,000,000 bytes in one; nothing was stored"
            )),
            ffi::SQLITE_MISMATCH => Error::validation(format!(
                "a value of the wrong type for its column ({message}): an integer key takes integers only"
            )),
            ffi::SQLITE_INTERRUPT => cancelled(),
            ffi::SQLITE_NOMEM => Error::new(ErrorKind::Storage, "SQLite ran out of memory"),
            ffi::SQLITE_PROTOCOL => Error::new(
                ErrorKind::Conflict,
                format!("the database's locks are contended ({message}); try again"),
            ),
            _ => self.general(),
        }
    }

    /// Errors that SQLite tells apart by their message alone.
    fn general(&self) -> Error {
        let message = self.message.as_str();
        if let Some(table) = message.strip_prefix("no such table: ") {
            return Error::new(
                ErrorKind::ModelNotFound,
                format!("the table {table:?} does not exist; create it with use_models"),
            );
        }
        if message.contains("no such savepoint") {
            return Error::new(ErrorKind::Transaction, message);
        }
        Error::query(message)
    }

    fn constraint(&self) -> Error {
        let message = self.message.as_str();
        let detail = message.split_once("constraint failed: ").map_or("", |(_, detail)| detail);
        match self.code {
            ffi::SQLITE_CONSTRAINT_UNIQUE
            | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | ffi::SQLITE_CONSTRAINT_ROWID => {
                let (constraint, columns) = unique_parts(detail);
                let text = format!("another row already has this value ({detail})");
                Error::new(ErrorKind::UniqueViolation, text).with_constraint(constraint, columns)
            }
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Error::new(
                ErrorKind::ForeignKeyViolation,
                "a reference points at a row that does not exist, or rows still refer to one that is removed or changed",
            ),
            ffi::SQLITE_CONSTRAINT_NOTNULL => {
                Error::new(ErrorKind::NotNullViolation, format!("a value is required ({detail})"))
                    .with_constraint(None, vec![column_name(detail).to_owned()])
            }
            ffi::SQLITE_CONSTRAINT_CHECK => {
                Error::new(ErrorKind::CheckViolation, format!("a check refused the row ({detail})"))
                    .with_constraint(Some(detail.to_owned()), Vec::new())
            }
            _ => Error::new(ErrorKind::Constraint, format!("a constraint refused the row ({message})")),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SQLite error {}: {}", self.code, self.message)
    }
}

impl std::error::Error for Failure {}

/// `table.a, table.b`, or `index 'name'` where the index is over expressions.
fn unique_parts(detail: &str) -> (Option<String>, Vec<String>) {
    if let Some(name) = detail.strip_prefix("index '").and_then(|rest| rest.strip_suffix('\'')) {
        return (Some(name.to_owned()), Vec::new());
    }
    (None, detail.split(", ").map(|column| column_name(column).to_owned()).collect())
}

fn column_name(qualified: &str) -> &str {
    qualified.rsplit_once('.').map_or(qualified, |(_, column)| column)
}

/// What comes back from an operation that nobody waits for any more.
pub(crate) fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "the operation was cancelled")
}

/// What comes back when the database is closed while work waits or runs.
pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the database was closed")
}

/// What comes back from a transaction that is over.
pub(crate) fn over() -> Error {
    Error::new(ErrorKind::Transaction, "the transaction is over: it was committed or rolled back")
}

/// What comes back from a transaction that SQLite ended by itself.
pub(crate) fn lost() -> Error {
    let message = "the database rolled the whole transaction back after an earlier error (disk full, I/O error or \
                   a cancelled write): nothing of it is stored; roll back and begin again";
    Error::new(ErrorKind::Transaction, message)
}

/// What comes back from work that panicked: a mistake of ours.
pub(crate) fn stopped() -> Error {
    Error::new(
        ErrorKind::Internal,
        "the operation stopped unexpectedly inside the SQLite driver: please report it",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: c_int, message: &str) -> Error {
        Failure { code, message: message.into() }.into_error()
    }

    #[test]
    fn a_unique_violation_names_its_columns() {
        let error =
            failure(ffi::SQLITE_CONSTRAINT_UNIQUE, "UNIQUE constraint failed: users.email, users.name");
        assert_eq!(error.kind(), ErrorKind::UniqueViolation);
        assert_eq!(error.columns(), ["email", "name"]);
        let error = failure(ffi::SQLITE_CONSTRAINT_UNIQUE, "UNIQUE constraint failed: index 'uq_low'");
        assert_eq!(error.constraint(), Some("uq_low"));
    }

    #[test]
    fn a_required_column_is_named() {
        let error = failure(ffi::SQLITE_CONSTRAINT_NOTNULL, "NOT NULL constraint failed: users.name");
        assert_eq!((error.kind(), error.columns()), (ErrorKind::NotNullViolation, &["name".to_owned()][..]));
    }

    #[test]
    fn codes_have_the_kinds_that_programs_decide_by() {
        for (code, kind) in [
            (ffi::SQLITE_BUSY_SNAPSHOT, ErrorKind::Conflict),
            (ffi::SQLITE_CANTOPEN, ErrorKind::Connection),
            (ffi::SQLITE_NOTADB, ErrorKind::Connection),
            (ffi::SQLITE_CORRUPT, ErrorKind::Connection),
            (ffi::SQLITE_READONLY_DIRECTORY, ErrorKind::Storage),
            (ffi::SQLITE_FULL, ErrorKind::Storage),
            (ffi::SQLITE_IOERR_WRITE, ErrorKind::Storage),
            (ffi::SQLITE_TOOBIG, ErrorKind::Validation),
            (ffi::SQLITE_INTERRUPT, ErrorKind::Cancelled),
            (ffi::SQLITE_ERROR, ErrorKind::Query),
        ] {
            assert_eq!(failure(code, "why").kind(), kind, "code {code}");
        }
        assert_eq!(failure(ffi::SQLITE_ERROR, "no such table: users").kind(), ErrorKind::ModelNotFound);
    }
}
