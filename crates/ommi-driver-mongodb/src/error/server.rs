//! What a server refused: the one table from a server's number to an error's kind.

use mongodb::bson::{Bson, Document};
use ommi_core::{Error, ErrorKind};

use super::message::{index_name, redacted};
use super::{Refusal, cancelled, lost, no_transactions, too_large, validation};
use crate::compile;
use crate::value::column_name;

/// What a server says of an error, in its answer to a command or to one of a command's writes.
pub(crate) struct Failure<'a> {
    pub(crate) code: i32,
    pub(crate) message: &'a str,
    /// The part of the answer that is about the error.
    pub(crate) details: &'a Document,
    pub(crate) labels: &'a [&'a str],
}

impl Failure<'_> {
    /// The first error inside of an answer that says `ok`, if there is one.
    pub(crate) fn within(answer: &Document) -> Option<Error> {
        let labels: Vec<&str> = match answer.get_array("errorLabels") {
            Ok(labels) => labels.iter().filter_map(Bson::as_str).collect(),
            Err(_) => Vec::new(),
        };
        let read = |details| {
            let number = |name| Document::get_i32(details, name).unwrap_or_default();
            Failure {
                code: number("code"),
                message: details.get_str("errmsg").unwrap_or_default(),
                details,
                labels: &labels,
            }
        };
        if let Some(refused) =
            answer.get_array("writeErrors").ok().and_then(|errors| errors.first()?.as_document())
        {
            return Some(read(refused).error());
        }
        answer.get_document("writeConcernError").ok().map(|refused| read(refused).not_confirmed())
    }

    /// The error.
    pub(crate) fn error(&self) -> Error {
        let refusal = Refusal { code: self.code, message: redacted(self.message) };
        self.kind(&refusal.message).with_source(refusal)
    }

    /// The write was done and not confirmed by as many servers as were asked for.
    pub(crate) fn not_confirmed(&self) -> Error {
        let shown = redacted(self.message);
        let message = format!(
            "the write was done, and was not confirmed as the write concern (w, journal, wTimeoutMS) asks ({shown}): it \
             may be lost with the primary"
        );
        let kind = if self.code == 64 { ErrorKind::Timeout } else { ErrorKind::Query };
        Error::new(kind, message).with_source(Refusal { code: self.code, message: shown })
    }

    fn kind(&self, shown: &str) -> Error {
        if self.gave_up() {
            return conflict(
                "the server gave the transaction up for now (another became the primary, or a lock was not to be had); \
                 nothing of it is stored: try again",
            );
        }
        match self.code {
            11000 | 11001 | 12582 => self.duplicate(),
            112 | 225 | 239 | 244 | 246 => conflict(
                "another transaction changed a row that this one changes, or ended it; nothing of this one is stored: \
                 try again",
            ),
            365 => conflict(
                "the server's memory was too full for the transaction; nothing of it is stored: try again, with less in \
                 one transaction",
            ),
            251 if self.labels.contains(&"TransientTransactionError") => conflict(
                "the server ended the transaction, or does not know it any more; nothing of it is stored: try again",
            ),
            251 | 256 | 267 => {
                Error::new(ErrorKind::Transaction, format!("the server knows no such transaction ({shown})"))
            }
            290 => Error::new(
                ErrorKind::Timeout,
                "the transaction was open for longer than the server allows (transactionLifetimeLimitSeconds); nothing \
                 of it is stored",
            ),
            24 | 46 | 107 => Error::new(
                ErrorKind::Lock,
                "a lock that the operation needs could not be had in time; try again",
            ),
            50 | 262 => Error::new(
                ErrorKind::Timeout,
                "the statement took longer than statement_timeout or the server allows; it was stopped",
            ),
            11601 | 237 => cancelled(),
            43 => {
                lost("the server does not know the cursor any more: it rested for too long, or was stopped")
            }
            121 => validation::error(self.details),
            26 | 361 => Error::new(
                ErrorKind::ModelNotFound,
                "the collection does not exist, or was dropped and made anew by somebody else; create it with use_models",
            ),
            51_091 | 51_111 => {
                Error::query(format!("MongoDB does not take the pattern ({shown}): use a shorter one"))
            }
            51_156 => Error::query(
                "MongoDB gave the search for the pattern up: it goes too deep or tries too often in a row's text; write it \
                 without repeats of groups and with fewer choices, or use `contains`, `starts_with` or `ends_with`",
            ),
            241 | 31034 | 40066 => compile::fault(self.message).unwrap_or_else(|| self.other(shown)),
            10334 | 17280 | 17419 | 17420 | 17421 => too_large(),
            73 => Error::new(
                ErrorKind::Schema,
                format!("MongoDB does not take the name ({shown}): shorten it, or name the table otherwise"),
            ),
            13 | 31 => Error::new(
                ErrorKind::Query,
                format!("the user may not do this ({shown}): check the user's roles"),
            ),
            11 | 18 | 33 | 8000 => Error::new(
                ErrorKind::Connection,
                format!(
                    "the server refused the user or the password ({shown}): check both, authSource and authMechanism"
                ),
            ),
            20 if self.message.contains("Transaction numbers") => no_transactions("this"),
            115 | 263 => Error::unsupported(format!("the server cannot do this ({shown})")),
            14031 | 39 => Error::new(
                ErrorKind::Storage,
                format!(
                    "the server's storage failed or is full ({shown}); nothing of this statement was stored"
                ),
            ),
            6 | 7 | 89 | 91 | 133 | 134 | 189 | 9001 | 10058 | 10107 | 11600 | 11602 | 13435 | 13436 => {
                lost(shown)
            }
            _other => self.other(shown),
        }
    }

    /// Whether the server said that a transaction may be run again as a whole, where the same number means something else
    /// outside of one: a lock, or a primary that is none any more.
    fn gave_up(&self) -> bool {
        const LOCKS: [i32; 3] = [24, 46, 107];
        const NO_PRIMARY: [i32; 6] = [189, 10058, 10107, 11602, 13435, 13436];
        self.labels.contains(&"TransientTransactionError")
            && (LOCKS.contains(&self.code) || NO_PRIMARY.contains(&self.code))
    }

    fn other(&self, shown: &str) -> Error {
        if self.labels.contains(&"TransientTransactionError") {
            return conflict(
                "the server gave the transaction up for now; nothing of it is stored: try again",
            );
        }
        let shown = if shown.is_empty() { "no reason given" } else { shown };
        Error::query(format!("{shown} (server error {})", self.code))
    }

    /// The index and its columns are told; the values are not looked at.
    fn duplicate(&self) -> Error {
        let name = index_name(self.message).map(str::to_owned);
        let columns: Vec<String> = match self.details.get_document("keyPattern") {
            Ok(pattern) => pattern.keys().map(|stored| column_name(stored).into_owned()).collect(),
            Err(_) if name.as_deref() == Some("_id_") => vec!["_id".to_owned()],
            Err(_) => Vec::new(),
        };
        let what = if columns.is_empty() { name.clone().unwrap_or_default() } else { columns.join(", ") };
        let message = format!("another row already has this value ({what})");
        Error::new(ErrorKind::UniqueViolation, message).with_constraint(name, columns)
    }
}

fn conflict(message: &str) -> Error {
    Error::new(ErrorKind::Conflict, message)
}
