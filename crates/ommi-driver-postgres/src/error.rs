//! What PostgreSQL's SQLSTATEs mean in Ommi's words: the one table from the server's errors to ours. Its DETAIL and
//! CONTEXT hold values of rows and never leave this file.

use std::fmt;

use ommi_core::{Error, ErrorKind};
use tokio_postgres::error::DbError;

/// What the server said, without any value of a row: the source of our errors.
#[derive(Debug)]
pub(crate) struct ServerError {
    code: String,
    message: String,
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgreSQL error {}: {}", self.code, self.message)
    }
}

impl std::error::Error for ServerError {}

/// The error in Ommi's words.
pub(crate) fn of(error: tokio_postgres::Error) -> Error {
    if let Some(server) = error.as_db_error() {
        return of_server(server);
    }
    if error.is_closed() {
        return lost();
    }
    let message = error.to_string();
    match error.into_source() {
        // A value that could not be written: the words are ours.
        Some(source) => match source.downcast::<Error>() {
            Ok(ours) => *ours,
            Err(source) => lost_because(&message, &source.to_string()),
        },
        None => lost_because(&message, "the server's answer could not be understood"),
    }
}

/// Whether a prepared statement has become stale: it was dropped, or the tables that it reads changed.
pub(crate) fn is_stale(error: &tokio_postgres::Error) -> bool {
    let Some(server) = error.as_db_error() else { return false };
    match server.code().code() {
        "26000" => true,
        // "cached plan must not change result type", whatever the server's language.
        "0A000" => matches!(server.routine(), Some("RevalidateCachedQuery")),
        _ => false,
    }
}

fn of_server(server: &DbError) -> Error {
    let code = server.code().code();
    let message = readable(code, server.message());
    let error = translated(code, &message, server);
    error.with_source(ServerError { code: code.to_owned(), message })
}

fn translated(code: &str, message: &str, server: &DbError) -> Error {
    match code {
        "23505" => {
            let columns = columns_of(server);
            Error::new(
                ErrorKind::UniqueViolation,
                format!("another row already has this value ({})", place(server, &columns)),
            )
            .with_constraint(server.constraint().map(str::to_owned), columns)
        }
        "23503" | "23001" => {
            let sentence = "a reference points at a row that does not exist, or rows still refer to one that is \
                            removed or changed";
            Error::new(ErrorKind::ForeignKeyViolation, sentence)
                .with_constraint(server.constraint().map(str::to_owned), columns_of(server))
        }
        "23502" => {
            let columns: Vec<String> = server.column().map(str::to_owned).into_iter().collect();
            Error::new(
                ErrorKind::NotNullViolation,
                format!("a value is required ({})", place(server, &columns)),
            )
            .with_constraint(None, columns)
        }
        "23514" => {
            let name = server.constraint().map(str::to_owned);
            let sentence = format!("a check refused the row ({})", name.as_deref().unwrap_or(message));
            Error::new(ErrorKind::CheckViolation, sentence).with_constraint(name, Vec::new())
        }
        // What still refers to a table that is dropped.
        "2BP01" => {
            Error::new(ErrorKind::ForeignKeyViolation, format!("something still refers to it ({message})"))
        }
        "22003" => Error::query(format!("a number overflows its type ({message})")),
        "42P01" => Error::new(
            ErrorKind::ModelNotFound,
            format!(
                "{message}: create the table with use_models, or see whether search_path names its schema"
            ),
        ),
        "40001" | "40P01" => Error::new(
            ErrorKind::Conflict,
            format!(
                "the transaction lost a race with another one ({message}); run it again from its beginning"
            ),
        ),
        "55P03" => Error::new(ErrorKind::Lock, format!("a lock could not be had in time ({message})")),
        "57014" => stopped(message),
        "25006" => Error::new(
            ErrorKind::Storage,
            format!("the database or the transaction is read-only ({message})"),
        ),
        "3B001" => Error::new(ErrorKind::Transaction, message),
        "34000" => stream_gone(),
        "25P02" => {
            Error::new(ErrorKind::Transaction, "the transaction failed before: roll it back and begin again")
        }
        "53300" => Error::new(
            ErrorKind::Connection,
            format!(
                "the server has no connection left ({message}): lower max_connections here, or raise it there"
            ),
        ),
        "22P05" | "22021" => Error::validation(format!(
            "text that the database's encoding cannot hold ({message}); nothing was stored"
        )),
        _ => by_class(code, message, server),
    }
}

fn by_class(code: &str, message: &str, server: &DbError) -> Error {
    match code.get(..2) {
        Some("23") => Error::new(ErrorKind::Constraint, format!("a constraint refused the row ({message})"))
            .with_constraint(server.constraint().map(str::to_owned), Vec::new()),
        Some("08") => Error::new(ErrorKind::Connection, message),
        Some("28") => Error::new(ErrorKind::Connection, format!("the server refused the user ({message})")),
        Some("3D") => Error::new(ErrorKind::Connection, format!("there is no such database ({message})")),
        Some("57") => Error::new(
            ErrorKind::Connection,
            format!("the server ended the connection ({message}); the next operation opens another one"),
        ),
        Some("53" | "58") => Error::new(
            ErrorKind::Storage,
            format!(
                "the server has run out of something or cannot use its disk ({message}); nothing was stored"
            ),
        ),
        // The server ends sessions that were idle within a transaction for too long.
        Some("25") if code == "25P03" => Error::new(ErrorKind::Connection, message),
        _ => Error::query(message),
    }
}

/// A statement that was stopped: for its time, or because somebody asked.
fn stopped(message: &str) -> Error {
    // The server has one code for both and tells them apart by words; ours, when nobody waits, are never seen.
    if message.contains("timeout") {
        return Error::new(
            ErrorKind::Timeout,
            format!("the statement took longer than allowed ({message}); raise statement_timeout"),
        );
    }
    Error::new(ErrorKind::Cancelled, format!("the operation was cancelled ({message})"))
}

/// The server's sentence without values: those of data errors stand in quotes or behind a colon.
fn readable(code: &str, message: &str) -> String {
    if !code.starts_with("22") {
        return message.to_owned();
    }
    let message = message.split(": ").next().unwrap_or(message);
    match (message.find('"'), message.rfind('"')) {
        (Some(start), Some(end)) if start < end => format!("{}...{}", &message[..start], &message[end + 1..]),
        _ => message.to_owned(),
    }
}

fn place(server: &DbError, columns: &[String]) -> String {
    let table = server.table().unwrap_or("a table");
    let named: Vec<String> = columns.iter().map(|column| format!("{table}.{column}")).collect();
    match (named.is_empty(), server.constraint()) {
        (true, Some(constraint)) => format!("{table}, {constraint}"),
        (true, None) => table.to_owned(),
        (false, _) => named.join(", "),
    }
}

/// The columns of a key, from the detail `Key (a, b)=(...)`, in whatever language the rest is.
fn columns_of(server: &DbError) -> Vec<String> {
    let detail = server.detail().unwrap_or_default();
    let Some((_, rest)) = detail.split_once('(') else { return Vec::new() };
    let Some((list, _)) = rest.split_once(")=(") else { return Vec::new() };
    split_names(list)
}

/// Names with commas between, quoted where they are no plain words.
fn split_names(list: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut quoted = false;
    let mut characters = list.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(name) = names.last_mut() else { break };
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                name.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => {
                while characters.peek() == Some(&' ') {
                    characters.next();
                }
                names.push(String::new());
            }
            other => name.push(other),
        }
    }
    names
}

/// A connection that ended under an operation.
pub(crate) fn lost() -> Error {
    Error::new(
        ErrorKind::Connection,
        "the connection to the server was lost; whether a write was done is not known, the next operation opens \
         another connection",
    )
}

fn lost_because(what: &str, why: &str) -> Error {
    Error::new(ErrorKind::Connection, format!("the connection to the server failed ({what}: {why})"))
}

/// A commit whose answer never came.
pub(crate) fn outcome_unknown(error: &Error) -> Error {
    let message = format!(
        "the connection was lost while the transaction was committed: whether it was is unknown, look before doing \
         it again ({})",
        error.message()
    );
    Error::new(ErrorKind::Connection, message)
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

/// What comes back from a transaction that the database gave up after an earlier error.
pub(crate) fn given_up(reason: &str) -> Error {
    let message = format!(
        "the transaction failed before ({reason}): nothing of it is stored, roll back and begin again"
    );
    Error::new(ErrorKind::Transaction, message)
}

/// What comes back from a stream whose rows were undone under it.
pub(crate) fn stream_gone() -> Error {
    Error::new(
        ErrorKind::Transaction,
        "the rest of this stream is gone: the savepoint before it was rolled back to",
    )
}

/// A broken promise of the driver, or of who called it.
pub(crate) fn internal(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Internal, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_data_errors_are_left_out() {
        let read = |message| readable("22P02", message);
        assert_eq!(
            read("invalid input syntax for type integer: \"secret\""),
            "invalid input syntax for type integer"
        );
        assert_eq!(
            read("value \"99\" is out of range for type integer"),
            "value ... is out of range for type integer"
        );
        assert_eq!(
            readable("42P01", "relation \"users\" does not exist"),
            "relation \"users\" does not exist"
        );
    }

    #[test]
    fn names_are_split_and_unquoted() {
        assert_eq!(split_names(r#"a, "group by", "q""x""#), ["a", "group by", "q\"x"]);
    }

    #[test]
    fn timeouts_are_told_from_cancels() {
        assert_eq!(stopped("canceling statement due to statement timeout").kind(), ErrorKind::Timeout);
        assert_eq!(stopped("canceling statement due to user request").kind(), ErrorKind::Cancelled);
    }
}
