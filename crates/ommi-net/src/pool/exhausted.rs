//! The errors of those who waited in vain.

use std::fmt::Write;
use std::time::Duration;

use ommi_core::driver::{Holder, PoolOptions};
use ommi_core::{Error, ErrorKind};

/// So many holders are named; a longer list would help nobody.
const NAMED: usize = 5;

/// So many characters of a statement are shown.
const SHOWN: usize = 200;

/// The error where all connections are at work and none came back in time: it names `holders`, the longest first.
/// For drivers whose connections another pool keeps, too.
pub fn exhausted(location: &str, options: &PoolOptions, holders: &[Holder]) -> Error {
    let mut message = format!(
        "no connection to {location} became free within {}: all {} are in use",
        seconds(options.connection_timeout),
        options.max_connections
    );
    for (position, holder) in holders.iter().take(NAMED).enumerate() {
        let (before, held) = (if position == 0 { " (" } else { "; " }, seconds(holder.held));
        // Writing to a string does not fail.
        let _ = write!(message, "{before}{} for {held}", holder.purpose);
        if !holder.statement.is_empty() {
            let _ = write!(message, ": {}", shortened(&holder.statement));
        }
    }
    if holders.len() > NAMED {
        let _ = write!(message, "; and {} more", holders.len() - NAMED);
    }
    message.push_str(if holders.is_empty() { ". " } else { "). " });
    message.push_str("End transactions and streams earlier, or raise max_connections or connection_timeout");
    Error::new(ErrorKind::PoolExhausted, message)
}

/// The server let nobody in.
pub(super) fn unanswered(location: &str, timeout: Duration) -> Error {
    let message = format!(
        "{location} did not accept a connection within {}: check host, port and network, or raise \
         connection_timeout",
        seconds(timeout)
    );
    Error::new(ErrorKind::Connection, message)
}

/// The pool was closed.
pub(super) fn closed(location: &str) -> Error {
    Error::new(ErrorKind::Closed, format!("the connections to {location} are closed"))
}

/// The runtime that the pool's tasks ran on is gone.
pub(super) fn abandoned(location: &str) -> Error {
    let message = format!(
        "the connection to {location} was given up while it was opened: the runtime that it was opened on has ended"
    );
    Error::new(ErrorKind::Connection, message)
}

fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds.fract() == 0.0 { format!("{seconds} s") } else { format!("{seconds:.1} s") }
}

/// The beginning of a statement as it is shown of a holder. It never ends inside a character.
pub fn shortened(statement: &str) -> String {
    match statement.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &statement[..end]),
        None => statement.to_owned(),
    }
}
