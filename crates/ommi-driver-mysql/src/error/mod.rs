//! What mysql_async's errors mean in Ommi's words: the one table from a server's number to an error's kind.

mod message;

use std::fmt;

use mysql_async::{DriverError, IoError, ServerError, TlsError};
use ommi_core::{Error, ErrorKind};

use message::{between, constraint_parts, quoted, redacted, unqualified};

/// What a server answered, with all values taken out: the source of an error.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    code: u16,
    state: String,
    message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "server error {} ({}): {}", self.code, self.state, self.message)
    }
}

impl std::error::Error for Refusal {}

/// The error, in Ommi's words.
pub(crate) fn translated(error: mysql_async::Error) -> Error {
    match error {
        mysql_async::Error::Server(error) => of_server(&error),
        mysql_async::Error::Io(error) => of_io(error),
        mysql_async::Error::Driver(error) => of_driver(error),
        mysql_async::Error::Other(error) => lost(&error.to_string()),
        mysql_async::Error::Url(_) => Error::validation("the connection's options are not valid"),
    }
}

/// Whether the connection is of no use after the error.
pub(crate) fn is_fatal(error: &mysql_async::Error) -> bool {
    match error {
        mysql_async::Error::Server(error) => {
            matches!(error.code, 1053 | 1077 | 1079 | 1152..=1161 | 1927 | 3169 | 4031)
        }
        mysql_async::Error::Io(_)
        | mysql_async::Error::Driver(_)
        | mysql_async::Error::Other(_)
        | mysql_async::Error::Url(_) => true,
    }
}

/// What went wrong with the encryption, if that is what it was.
pub(crate) fn tls(error: &mysql_async::Error) -> Option<&rustls::Error> {
    match error {
        mysql_async::Error::Io(IoError::Tls(TlsError::Tls(error))) => Some(error),
        mysql_async::Error::Io(IoError::Io(error)) => error.get_ref()?.downcast_ref(),
        _something_else => None,
    }
}

fn of_io(error: IoError) -> Error {
    match error {
        IoError::Io(error) => match error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>()) {
            Some(refusal) => not_encrypted(refusal),
            None => lost(&error.to_string()).with_source(error),
        },
        IoError::Tls(error) => not_encrypted(&error),
    }
}

fn not_encrypted(error: &dyn fmt::Display) -> Error {
    let message = format!(
        "the encrypted connection could not be made ({error}): check ssl-mode, ssl-ca and the server's certificate"
    );
    Error::new(ErrorKind::Connection, message)
}

fn of_driver(error: DriverError) -> Error {
    match error {
        DriverError::NoClientSslFlagFromServer => Error::new(
            ErrorKind::Connection,
            "the server offers no encryption and ssl-mode asks for it: turn it on there, or use ssl-mode=preferred",
        ),
        DriverError::UnknownAuthPlugin { name } => Error::new(
            ErrorKind::Connection,
            format!("the server asks for the authentication {name:?}, which is not supported"),
        ),
        DriverError::MysqlOldPasswordDisabled => Error::new(
            ErrorKind::Connection,
            "the user's password is stored in the old, insecure form: set it again on the server",
        ),
        DriverError::CleartextPluginDisabled => Error::new(
            ErrorKind::Connection,
            "the server asks for the password in clear text, which is refused",
        ),
        DriverError::NoKeyFound => Error::validation("the file of ssl-key holds no key"),
        DriverError::PacketTooLarge => packet_too_large(),
        // Some of the others hold what was sent or received: they are named, not shown.
        DriverError::ConnectionClosed | DriverError::PoolDisconnected => lost("the connection was closed"),
        DriverError::PacketOutOfOrder
        | DriverError::UnexpectedPacket { .. }
        | DriverError::BadCompressedPacketHeader
        | DriverError::CantParseServerVersion { .. }
        | DriverError::InvalidParsecSalt => lost("what the server sent makes no sense"),
        DriverError::FromValue { .. }
        | DriverError::FromRow { .. }
        | DriverError::Params(_)
        | DriverError::MixedParams
        | DriverError::NestedTransaction
        | DriverError::ReadOnlyTransNotSupported
        | DriverError::StmtParamsMismatch { .. }
        | DriverError::StmtParamsNumberExceedsLimit { .. }
        | DriverError::NamedPipesDisabled
        | DriverError::LocalInfile(_)
        | DriverError::BulkExecute(_) => {
            Error::new(ErrorKind::Internal, "a statement and its parameters do not fit: please report it")
        }
    }
}

fn of_server(error: &ServerError) -> Error {
    let refusal = Refusal { code: error.code, state: error.state.clone(), message: redacted(error) };
    kind_of(error, &refusal.message).with_source(refusal)
}

fn kind_of(error: &ServerError, shown: &str) -> Error {
    match error.code {
        1062 | 1586 | 1169 | 1022 | 1557 | 1761 | 1762 => duplicate(error),
        1451 | 1217 | 1834 => foreign_key(error, "rows still refer to one that is removed or changed"),
        1452 | 1216 => foreign_key(error, "a reference points at a row that does not exist"),
        1048 | 1364 | 1263 => required(error),
        3819 | 4025 => check(error),
        1146 | 1051 => missing_table(error),
        1213 => Error::new(
            ErrorKind::Conflict,
            "the transaction and another one waited for each other (a deadlock), and this one was given up: nothing \
             of it is stored; try again",
        ),
        1020 => Error::new(
            ErrorKind::Conflict,
            "another transaction changed a row that this one read and wants to change; try again",
        ),
        1205 | 3572 => Error::new(
            ErrorKind::Lock,
            "another transaction holds a row that this statement needs and did not end in time: its own work so far \
             stands; try again, or raise lock_timeout",
        ),
        1969 | 3024 | 1907 => Error::new(
            ErrorKind::Timeout,
            "the statement took longer than statement_timeout allows; it was stopped and undone",
        ),
        1317 | 3034 => cancelled(),
        1792 | 1290 | 1836 | 3100 => {
            Error::new(ErrorKind::Storage, format!("the database or the transaction is read-only ({shown})"))
        }
        1114 | 1021 | 1026 | 1030 | 1034 | 1194 | 1195 | 3 | 28 => Error::new(
            ErrorKind::Storage,
            format!("the server's storage failed or is full ({shown}); nothing of this statement was stored"),
        ),
        1264 | 1265 | 1292 | 1366 | 1406 | 1411 | 1416 | 3140 => {
            let column = quoted_after(&error.message, "column ");
            let message = "a value does not fit its column: it is too long, out of range or of another type";
            located(Error::query(message), column)
        }
        1690 if error.message.starts_with("BIGINT") => {
            Error::query("integer overflow: the result does not fit in 64 bits")
        }
        1690 | 1426 | 1427 => Error::query("overflow: the result of a calculation is out of range"),
        1153 => packet_too_large(),
        1305 if error.message.starts_with("SAVEPOINT") => {
            Error::new(ErrorKind::Transaction, "the savepoint does not exist in this transaction")
        }
        1044 | 1045 | 1049 | 1129 | 1130 | 1698 | 1862 | 3118 | 4151 => access(error, shown),
        1040 | 1203 | 1226 => Error::new(
            ErrorKind::Connection,
            format!(
                "the server has no connection left ({shown}): lower max_connections here or raise it there"
            ),
        ),
        1053 | 1077 | 1079 | 1152 | 1154..=1161 | 1927 | 3169 | 4031 => lost(shown),
        _ => Error::query(format!("{shown} (server error {}, {})", error.code, error.state)),
    }
}

fn access(error: &ServerError, shown: &str) -> Error {
    let advice = match error.code {
        1049 => "create the database, or check its name",
        1129 | 1130 => "the server does not let this host in",
        _ => "check user, password and what the user may do",
    };
    Error::new(ErrorKind::Connection, format!("the server refused the connection ({shown}): {advice}"))
}

fn located(error: Error, column: Option<&str>) -> Error {
    match column {
        Some(column) => {
            let message = format!("{} ({})", error.message(), unqualified(column));
            error.with_message(message).with_constraint(None, vec![unqualified(column).to_owned()])
        }
        None => error,
    }
}

/// `Duplicate entry '...' for key 'email'`. MySQL puts the table before the name, which whoever knows it takes away.
fn duplicate(error: &ServerError) -> Error {
    let name =
        error.message.rsplit_once("for key '").map(|(_, name)| name.strip_suffix('\'').unwrap_or(name));
    let constraint = name.map(str::to_owned);
    let message = match &constraint {
        Some(name) => format!("another row already has this value (unique key {name})"),
        None => "another row already has this value".to_owned(),
    };
    Error::new(ErrorKind::UniqueViolation, message).with_constraint(constraint, Vec::new())
}

fn foreign_key(error: &ServerError, what: &str) -> Error {
    let (constraint, columns) = constraint_parts(&error.message);
    let message = match &constraint {
        Some(name) => format!("{what} (foreign key {name})"),
        None => what.to_owned(),
    };
    Error::new(ErrorKind::ForeignKeyViolation, message).with_constraint(constraint, columns)
}

/// `Column 'name' cannot be null`, `Field 'name' doesn't have a default value`.
fn required(error: &ServerError) -> Error {
    let column = quoted(&error.message).unwrap_or_default();
    Error::new(ErrorKind::NotNullViolation, format!("a value is required ({column})"))
        .with_constraint(None, vec![column.to_owned()])
}

/// ``CONSTRAINT `positive` failed for `shop`.`items` `` in MariaDB, `Check constraint 'positive' is violated.` in MySQL.
fn check(error: &ServerError) -> Error {
    let name = between(&error.message, "`", "`").or_else(|| quoted(&error.message)).map(unqualified);
    let message = format!("a check refused the row ({})", name.unwrap_or("unnamed"));
    Error::new(ErrorKind::CheckViolation, message).with_constraint(name.map(str::to_owned), Vec::new())
}

/// `Table 'shop.users' doesn't exist`.
fn missing_table(error: &ServerError) -> Error {
    let table =
        quoted(&error.message).map_or("", |name| name.split_once('.').map_or(name, |(_, table)| table));
    Error::new(
        ErrorKind::ModelNotFound,
        format!("the table {table:?} does not exist; create it with use_models"),
    )
}

fn quoted_after<'a>(message: &'a str, word: &str) -> Option<&'a str> {
    let (_, rest) = message.rsplit_once(word)?;
    let rest = rest.strip_prefix('\'').or_else(|| rest.strip_prefix('`'))?;
    // MariaDB qualifies it: `db`.`table`.`column`.
    let end = rest.find("' at row").or_else(|| rest.find("` at row"))?;
    Some(rest[..end].rsplit('`').next().unwrap_or_default())
}

/// What comes back where a statement with its values is larger than the server takes.
pub(crate) fn too_large(limit: usize) -> Error {
    Error::validation(format!(
        "the statement with its values is larger than the {limit} bytes that the server takes at once; nothing was \
         stored. Raise max_allowed_packet on the server, or send less"
    ))
}

fn packet_too_large() -> Error {
    Error::validation(
        "the statement with its values is larger than the server takes at once; nothing was stored. Raise \
         max_allowed_packet on the server, or send less",
    )
}

/// What comes back where the connection is gone.
pub(crate) fn lost(reason: &str) -> Error {
    Error::new(ErrorKind::Connection, format!("the connection to the server was lost ({reason})"))
}

/// What comes back from an operation that was stopped.
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

/// What comes back from a transaction that the server ended by itself, after an error of kind `cause`.
pub(crate) fn ended_by_server(cause: ErrorKind) -> Error {
    let (kind, reason) = match cause {
        ErrorKind::Conflict => (ErrorKind::Conflict, "a deadlock or another lost race"),
        ErrorKind::Lock => (ErrorKind::Transaction, "a lock that could not be had"),
        _lost => (ErrorKind::Transaction, "a lost connection"),
    };
    let message = format!(
        "the database rolled the whole transaction back after an earlier error ({reason}): nothing of it is stored; \
         roll back and begin again"
    );
    Error::new(kind, message)
}

/// What comes back from a commit whose answer did not come.
pub(crate) fn commit_unknown(cause: Error) -> Error {
    let message = format!(
        "the connection was lost while the transaction was being committed ({}): whether it is stored is not known; \
         look before it is done again",
        cause.message()
    );
    Error::new(ErrorKind::Connection, message).with_source(cause)
}

#[cfg(test)]
mod tests;
