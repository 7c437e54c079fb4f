//! The savepoint that stands before each statement of a transaction that can fail, so that it undoes itself alone.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future;
use ommi_core::{Error, Result};

use crate::connection::Connection;

/// What is sent with the first statement. Where users have a savepoint of this name, theirs is hidden only until they
/// ask for one.
const SET: &str = "SAVEPOINT \"ommi guard\"";
const RELEASE: &str = "RELEASE \"ommi guard\"; ";
/// What is sent with every further one: what was done until then is kept.
const RENEW: &str = "RELEASE \"ommi guard\"; SAVEPOINT \"ommi guard\"";
const UNDO: &str = "ROLLBACK TO \"ommi guard\"; RELEASE \"ommi guard\"";

/// How work behind a savepoint ended.
pub(crate) enum Attempt<T> {
    /// Well.
    Kept(T),
    /// It failed: the transaction goes on when it has been undone.
    Failed(Error),
    /// There is no savepoint to go back to.
    Unguarded(Error),
}

/// The savepoint of one transaction. It stays behind the statement that it was set for until the next one needs it
/// elsewhere or the transaction ends: so it costs a statement no command of its own.
#[derive(Default)]
pub(crate) struct Guard {
    stands: AtomicBool,
}

impl Guard {
    /// Runs `work` behind the savepoint, both sent at once; tells when that `is_set`.
    pub(crate) async fn attempt<T>(
        &self,
        connection: &Connection,
        is_set: &AtomicBool,
        work: impl Future<Output = Result<T>>,
    ) -> Attempt<T> {
        let begin = async {
            let text = if self.stands.load(Ordering::Acquire) { RENEW } else { SET };
            let begun = connection.command(text).await;
            self.stands.store(begun.is_ok(), Ordering::Release);
            is_set.store(begun.is_ok(), Ordering::Release);
            begun
        };
        match future::join(begin, work).await {
            (Err(error), _) => Attempt::Unguarded(error),
            (Ok(()), Ok(value)) => Attempt::Kept(value),
            (Ok(()), Err(error)) => Attempt::Failed(error),
        }
    }

    /// Undoes what was done behind the savepoint.
    pub(crate) async fn undo(&self, connection: &Connection) -> Result<()> {
        self.stands.store(false, Ordering::Release);
        connection.command(UNDO).await
    }

    /// What has to stand before a command on the user's own savepoints: the guard must not be among them.
    pub(crate) fn give_up(&self) -> &'static str {
        if self.stands.swap(false, Ordering::AcqRel) { RELEASE } else { "" }
    }
}
