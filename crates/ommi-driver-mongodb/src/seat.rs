//! The session of a transaction. One operation at a time has its turn in it, in the order in which they were first
//! polled; a stream that rests leaves its cursor here.

use std::sync::Arc;

use mongodb::error::UNKNOWN_TRANSACTION_COMMIT_RESULT;
use ommi_core::{ErrorKind, Result};
use ommi_net::Feed;

use crate::command::{Commands, Place};
use crate::error::{commit_unknown, ended_by, over};
use crate::hub::Hub;
use crate::read::Reading;
use crate::session::Own;
use crate::task::{Flight, Turn};

/// A seat, shared by a transaction and the operations under way in it.
pub(crate) type SharedSeat = tokio::sync::Mutex<Seat>;

/// The session of a transaction, and where the transaction stands.
pub(crate) struct Seat {
    own: Option<Own>,
    /// The kind of the error that ended the transaction on the server.
    lost: Option<ErrorKind>,
    unread: Vec<Unread>,
}

/// The rest of a stream: its cursor is open in the transaction.
struct Unread {
    reading: Reading,
    feed: Arc<Feed>,
}

/// What an operation does to the rows that resting streams have yet to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing: it reads.
    None,
    /// It changes rows, or ends the transaction.
    Changes,
}

impl Seat {
    /// The seat of a transaction that has begun.
    pub(crate) fn new(own: Own) -> Self {
        Self { own: Some(own), lost: None, unread: Vec::new() }
    }

    /// One operation's turn: nothing else runs in the transaction, which is open.
    ///
    /// # Errors
    /// `Closed` after a close, `Transaction` after the transaction's end.
    pub(crate) async fn turn(
        hub: &Hub,
        seat: Arc<SharedSeat>,
        flight: &Flight,
        effect: Effect,
    ) -> Result<Turn> {
        let mut turn = seat.lock_owned().await;
        hub.check_open()?;
        let id = turn.own()?.id().clone();
        flight.begin(&id);
        turn.forget_unheard();
        if effect == Effect::Changes {
            turn.read_rest(hub, flight).await;
        }
        Ok(turn)
    }

    /// The session.
    ///
    /// # Errors
    /// `Transaction` when the transaction is over; as the error that ended it, where it was a lost race.
    fn own(&mut self) -> Result<&mut Own> {
        match (&mut self.own, self.lost) {
            (None, _) => Err(over()),
            (Some(_), Some(cause)) => Err(ended_by(cause)),
            (Some(own), None) => Ok(own),
        }
    }

    /// What sends commands in the transaction.
    ///
    /// # Errors
    /// `Transaction` when it is over.
    pub(crate) fn commands<'a>(&'a mut self, hub: &'a Hub, flight: &'a Flight) -> Result<Commands<'a>> {
        Ok(Commands::new(hub, self.own()?, flight, Place::InTransaction))
    }

    /// Notes that the transaction was ended on the server.
    pub(crate) fn lose(&mut self, cause: ErrorKind) {
        self.lost.get_or_insert(cause);
    }

    /// Draws the consequences of an operation's outcome: whatever the server refuses, it ends the whole transaction for.
    pub(crate) fn concluded<T>(&mut self, outcome: &Result<T>, has_failed: bool) {
        if let (Err(error), true) = (outcome, has_failed) {
            self.lose(error.kind());
        }
    }

    /// Whether the server ended the transaction.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    /// Takes the session away at the transaction's end.
    pub(crate) fn take(&mut self) -> Option<Own> {
        self.unread.clear();
        self.own.take()
    }

    /// Rolls the transaction back, if it is open, without telling anybody.
    pub(crate) async fn abandon(&mut self) {
        if let Some(mut own) = self.take() {
            // What the server does not hear of, it rolls back by itself in time.
            let _ = own.session().abort_transaction().await;
        }
    }

    /// Leaves the rest of a stream here.
    pub(crate) fn leave(&mut self, reading: Reading, feed: Arc<Feed>) {
        self.unread.push(Unread { reading, feed });
    }

    /// Takes a stream's rest back, unless something else has read it into memory meanwhile.
    pub(crate) fn take_back(&mut self, feed: &Arc<Feed>) -> Option<Reading> {
        let position = self.unread.iter().position(|unread| Arc::ptr_eq(&unread.feed, feed))?;
        Some(self.unread.swap_remove(position).reading)
    }

    /// Closes the cursors of streams that nobody reads any more.
    fn forget_unheard(&mut self) {
        // The other one is held by the stream.
        self.unread.retain(|unread| Arc::strong_count(&unread.feed) > 1);
    }

    /// Reads the rest of the streams that rest, so that they do not see what is changed now.
    async fn read_rest(&mut self, hub: &Hub, flight: &Flight) {
        for Unread { reading, feed } in std::mem::take(&mut self.unread) {
            let mut next = Some(reading);
            while let Some(reading) = next.take() {
                let batch = match self.commands(hub, flight) {
                    Ok(mut commands) => reading.next(&mut commands).await,
                    Err(error) => Err(error),
                };
                let rows = batch.map(|batch| {
                    next = batch.reading;
                    batch.rows
                });
                if let Err(error) = &rows {
                    self.lose(error.kind());
                }
                feed.push(rows);
            }
            feed.finish();
        }
    }
}

/// Commits what was done in the session's transaction. A commit whose outcome is not known is asked for once more.
///
/// # Errors
/// `Conflict` for a lost race, `Connection` where the outcome stays unknown.
pub(crate) async fn commit(hub: &Hub, own: &mut Own) -> Result<()> {
    // The crate labels what it knows of; an answer that makes no sense leaves the outcome open too.
    let is_unknown = |error: &mongodb::error::Error| {
        error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT)
            || hub.translated(error).kind() == ErrorKind::Connection
    };
    let outcome = match own.session().commit_transaction().await {
        Err(error) if is_unknown(&error) => own.session().commit_transaction().await,
        outcome => outcome,
    };
    outcome.map_err(|error| match is_unknown(&error) {
        true => commit_unknown(hub.translated(&error)),
        false => hub.translated(&error),
    })
}
