//! What the `mongodb` crate's errors mean in Ommi's words.

mod message;
mod server;
mod validation;

use std::fmt;

use mongodb::bson::Document;
use mongodb::error::{Error as Found, ErrorKind as FoundKind, WriteFailure};
use ommi_core::schema::{FieldType, ModelDef};
use ommi_core::{Error, ErrorKind};

pub(crate) use server::Failure;

/// The largest document that a server takes, in bytes.
pub(crate) const LARGEST_DOCUMENT: usize = 16 * 1024 * 1024;

/// What a server answered, with all values taken out: the source of an error.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    code: i32,
    message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "server error {}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}

/// The server's number of the error, where it was a server's.
pub(crate) fn server_code(error: &Error) -> Option<i32> {
    let refusal = std::error::Error::source(error)?.downcast_ref::<Refusal>()?;
    Some(refusal.code)
}

/// The error, in Ommi's words, without values.
pub(crate) fn translated(error: &Found) -> Error {
    let labels = || error.labels().iter().map(String::as_str).collect::<Vec<_>>();
    match error.kind.as_ref() {
        FoundKind::Command(refused) => {
            let response = error.server_response().map(|response| Document::try_from(response.as_ref()));
            let details = response.and_then(Result::ok).unwrap_or_default();
            Failure { code: refused.code, message: &refused.message, details: &details, labels: &labels() }
                .error()
        }
        FoundKind::Write(WriteFailure::WriteError(refused)) => Failure {
            code: refused.code,
            message: &refused.message,
            details: &Default::default(),
            labels: &[],
        }
        .error(),
        FoundKind::Write(WriteFailure::WriteConcernError(refused)) => Failure {
            code: refused.code,
            message: &refused.message,
            details: &Default::default(),
            labels: &[],
        }
        .not_confirmed(),
        FoundKind::Authentication { message, .. } => Error::new(
            ErrorKind::Connection,
            format!(
                "the server refused the user or the password ({message}): check both, authSource and authMechanism"
            ),
        ),
        FoundKind::Io(error) => of_io(error),
        FoundKind::ConnectionPoolCleared { .. } => lost("another operation found the server gone"),
        FoundKind::ServerSelection { .. } => unreachable("no server answered in time"),
        FoundKind::DnsResolve { message, .. } => Error::new(
            ErrorKind::Connection,
            format!("DNS does not know the servers ({message}): check the name"),
        ),
        FoundKind::InvalidTlsConfig { message, .. } => Error::validation(format!(
            "TLS cannot be set up: {message}; check tlsCAFile and tlsCertificateKeyFile"
        )),
        FoundKind::Shutdown => closed(),
        FoundKind::SessionsNotSupported => no_transactions("the server"),
        FoundKind::IncompatibleServer { message, .. } => {
            Error::unsupported(format!("the server is too old: {message}"))
        }
        FoundKind::InvalidResponse { .. } | FoundKind::Bson(_) => lost("what the server sent makes no sense"),
        FoundKind::Transaction { .. } => over(),
        // What the crate says of a message whose length is none.
        FoundKind::InvalidArgument { message, .. } if message.contains("integral type conversion") => {
            lost("what the server sent makes no sense")
        }
        FoundKind::InvalidArgument { message, .. } => Error::new(
            ErrorKind::Validation,
            format!("the operation's options do not fit together: {message}"),
        ),
        // The others are of parts of the crate that are not used.
        _not_used => {
            Error::new(ErrorKind::Internal, "an unexpected error of the mongodb crate: please report it")
        }
    }
}

fn of_io(error: &std::io::Error) -> Error {
    if let Some(refusal) = tls(error) {
        return not_encrypted(&refusal);
    }
    match error.kind() {
        std::io::ErrorKind::TimedOut => unreachable("it did not answer in time"),
        _other => lost(&error.to_string()),
    }
}

/// What went wrong with the encryption, if that is what it was.
fn tls(error: &std::io::Error) -> Option<String> {
    let inner = error.get_ref()?;
    inner.downcast_ref::<rustls::Error>().map(ToString::to_string)
}

/// What an error says of a server that could not be reached, in a few words and without any secret.
pub(crate) fn reason(error: &Found) -> String {
    match error.kind.as_ref() {
        FoundKind::Io(error) => tls(error).map_or_else(
            || error.to_string(),
            |refusal| format!("{refusal}: check tls, tlsCAFile and the server's certificate"),
        ),
        FoundKind::Command(refused) => message::redacted(&refused.message),
        FoundKind::Authentication { message, .. } | FoundKind::InvalidTlsConfig { message, .. } => {
            message.clone()
        }
        _other => translated(error).message().to_owned(),
    }
}

fn not_encrypted(reason: &dyn fmt::Display) -> Error {
    let message = format!(
        "the encrypted connection could not be made ({reason}): check tls, tlsCAFile and the server's certificate"
    );
    Error::new(ErrorKind::Connection, message)
}

/// Whether the server's answer to a write holds text that is cut within a character. MongoDB shows a part of a value in one
/// message only: that of a duplicate.
pub(crate) fn is_cut(error: &Found) -> bool {
    let says_so = |reason: String| reason.to_ascii_lowercase().contains("utf-8");
    match error.kind.as_ref() {
        FoundKind::InvalidResponse { message, .. } => says_so(message.clone()),
        FoundKind::Bson(error) => says_so(error.to_string()),
        _another => false,
    }
}

/// What comes back where the message about a duplicate is cut: the columns are not known; see [`in_model`].
pub(crate) fn cut_duplicate() -> Error {
    Error::new(ErrorKind::UniqueViolation, "another row already has this value")
}

/// Names columns as the model does, where an error says `_id`, or says nothing because its message was cut.
pub(crate) fn in_model(error: Error, model: &ModelDef) -> Error {
    let named = |fields: &[usize]| -> Vec<_> {
        fields.iter().map(|field| model.fields()[*field].column.clone()).collect()
    };
    let columns = match error.columns() {
        [only] if only == "_id" => named(model.key()),
        [] if error.kind() == ErrorKind::UniqueViolation => match only_unique_text(model) {
            Some(fields) => named(&fields),
            None => return error,
        },
        _known => return error,
    };
    let message = format!("another row already has this value ({})", columns.join(", "));
    let constraint = error.constraint().map(str::to_owned);
    error.with_message(message).with_constraint(constraint, columns)
}

/// The fields that tell rows apart and hold text, where there is one such group: only text is cut.
fn only_unique_text(model: &ModelDef) -> Option<Vec<usize>> {
    let own =
        model.fields().iter().enumerate().filter(|(_, field)| field.unique).map(|(field, _)| vec![field]);
    let indexes = model.indexes().iter().filter(|index| index.unique).map(|index| index.fields.clone());
    let holds_text =
        |fields: &Vec<usize>| fields.iter().any(|field| model.fields()[*field].ty == FieldType::Text);
    let mut groups: Vec<_> = own.chain(indexes).chain([model.key().to_vec()]).filter(holds_text).collect();
    groups.dedup();
    if groups.len() == 1 { groups.pop() } else { None }
}

/// What comes back where the connection is gone.
pub(crate) fn lost(reason: &str) -> Error {
    Error::new(ErrorKind::Connection, format!("the connection to the server was lost ({reason})"))
}

/// What comes back where no server could be reached.
pub(crate) fn unreachable(reason: &str) -> Error {
    let message = format!(
        "the server could not be reached ({reason}): check host, port, replicaSet and network, or raise \
         connection_timeout"
    );
    Error::new(ErrorKind::Connection, message)
}

/// What comes back where a transaction is needed and the server has none.
pub(crate) fn no_transactions(place: &str) -> Error {
    Error::unsupported(format!(
        "{place} is a standalone MongoDB server, which has no transactions: start it with --replSet and initiate the \
         replica set; one member is enough"
    ))
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

/// What comes back from a transaction that an error of kind `cause` ended on the server.
pub(crate) fn ended_by(cause: ErrorKind) -> Error {
    let kind = match cause {
        ErrorKind::Conflict | ErrorKind::Connection | ErrorKind::Closed => cause,
        _refused => ErrorKind::Transaction,
    };
    let message = "MongoDB ended the whole transaction when an earlier statement of it failed: nothing of it is \
                   stored; roll back and begin again";
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

/// What comes back where a collection does not exist.
pub(crate) fn no_collection(name: &str) -> Error {
    Error::new(
        ErrorKind::ModelNotFound,
        format!("the collection {name:?} does not exist; create it with use_models"),
    )
}

/// What comes back where a document is larger than a server takes.
pub(crate) fn too_large() -> Error {
    Error::validation(format!(
        "the row is larger than the {LARGEST_DOCUMENT} bytes that a MongoDB document may have; nothing was stored. \
         Store large values elsewhere, or in several rows"
    ))
}

/// A promise between the parts of Ommi that was not kept.
pub(crate) fn broken(what: &str) -> Error {
    Error::new(ErrorKind::Internal, format!("{what}: please report it"))
}

#[cfg(test)]
mod tests;
