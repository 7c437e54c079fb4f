//! The connection of a transaction. One operation at a time has its turn on it, in the order in which they were first
//! polled; a stream that rests leaves its unread rows here.

use std::sync::Arc;

use ommi_core::{Error, ErrorKind, Result};
use ommi_net::Feed;

use crate::connection::Connection;
use crate::core::Core;
use crate::error::{ended_by_server, over};
use crate::held::Turn;
use crate::manager::Loan;
use crate::operation::Flight;
use crate::read::Reading;

/// A seat, shared by a transaction and the operations under way in it.
pub(crate) type SharedSeat = tokio::sync::Mutex<Seat>;

/// The connection of a transaction, and where the transaction stands.
pub(crate) struct Seat {
    loan: Option<Loan>,
    /// The kind of the error with which the server ended the transaction.
    lost: Option<ErrorKind>,
    /// Savepoints, oldest first, each with the number that makes its name on the server.
    savepoints: Vec<(String, u64)>,
    next_savepoint: u64,
    unread: Option<Unread>,
}

/// The rest of a stream: its rows are on the connection.
struct Unread {
    reading: Reading,
    feed: Arc<Feed>,
}

impl Seat {
    /// The seat of a transaction that has begun.
    pub(crate) fn new(loan: Loan) -> Self {
        Self { loan: Some(loan), lost: None, savepoints: Vec::new(), next_savepoint: 1, unread: None }
    }

    /// One operation's turn: the connection is idle, the transaction open.
    ///
    /// # Errors
    /// `Closed` after a close, `Transaction` after the transaction's end.
    pub(crate) async fn turn(core: &Core, seat: Arc<SharedSeat>, flight: &Flight) -> Result<Turn> {
        let mut turn = seat.lock_owned().await;
        core.check_open()?;
        flight.begin(turn.connection()?.id());
        turn.read_rest().await;
        Ok(turn)
    }

    /// The connection.
    ///
    /// # Errors
    /// `Transaction` when the transaction is over.
    pub(crate) fn connection(&mut self) -> Result<&mut Connection> {
        match &mut self.loan {
            None => Err(over()),
            Some(loan) => {
                if !loan.is_usable() && self.unread.is_none() {
                    self.lost.get_or_insert(ErrorKind::Connection);
                }
                match self.lost {
                    Some(cause) => Err(ended_by_server(cause)),
                    None => Ok(loan),
                }
            }
        }
    }

    /// The connection, unless the transaction is over.
    pub(crate) fn connection_if_open(&mut self) -> Option<&mut Connection> {
        self.loan.as_mut().map(|loan| &mut ***loan)
    }

    /// Notes in the books of the pool what runs now.
    pub(crate) fn note(&self, statement: &str) {
        if let Some(loan) = &self.loan {
            loan.note(statement);
        }
    }

    /// Draws the consequences of an operation's outcome: some errors end the whole transaction.
    pub(crate) fn concluded<T>(&mut self, outcome: Result<T>) -> Result<T> {
        if let (Err(error), Some(loan)) = (&outcome, &mut self.loan) {
            let is_over = match error.kind() {
                ErrorKind::Conflict | ErrorKind::Connection => true,
                ErrorKind::Lock => loan.server().lock_timeout_ends,
                _about_one_statement => false,
            };
            if is_over && self.lost.is_none() {
                self.lost = Some(error.kind());
                if loan.is_usable() {
                    loan.set_in_transaction(false);
                }
            }
        }
        outcome
    }

    /// Whether the server ended the transaction.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    /// The connection, taken away at the transaction's end.
    pub(crate) fn take(&mut self) -> Option<Loan> {
        self.unread = None;
        self.loan.take()
    }

    /// Ends the transaction by closing its connection.
    pub(crate) fn abandon(&mut self) {
        if let Some(loan) = self.take() {
            loan.discard();
        }
    }

    /// Leaves the rest of a stream on the connection.
    pub(crate) fn leave(&mut self, reading: Reading, feed: Arc<Feed>) {
        self.unread = Some(Unread { reading, feed });
    }

    /// Takes the stream's rest back, unless something else has read it into memory meanwhile.
    pub(crate) fn take_back(&mut self, feed: &Arc<Feed>) -> Option<Reading> {
        match &self.unread {
            Some(unread) if Arc::ptr_eq(&unread.feed, feed) => {
                self.unread.take().map(|unread| unread.reading)
            }
            Some(_) | None => None,
        }
    }

    /// Reads the rest of a stream that rests, so that the connection is free; forgets it where nobody listens.
    async fn read_rest(&mut self) {
        let (Some(Unread { reading, feed }), Some(loan)) = (self.unread.take(), &mut self.loan) else {
            return;
        };
        let mut next = Some(reading);
        while let Some(reading) = next.take() {
            match reading.next(loan).await {
                Ok(batch) => {
                    next = batch.reading;
                    // The other one is held by the stream.
                    if Arc::strong_count(&feed) > 1 {
                        feed.push(Ok(batch.rows));
                    }
                }
                Err(error) => {
                    loan.drain().await;
                    feed.push(Err(error));
                }
            }
        }
        feed.finish();
    }

    /// A new savepoint's name on the server. Names of ours, because the server's are few and not case-sensitive.
    pub(crate) fn new_savepoint(&mut self) -> u64 {
        let number = self.next_savepoint;
        self.next_savepoint += 1;
        number
    }

    /// Remembers a savepoint that was set.
    pub(crate) fn set_savepoint(&mut self, name: String, number: u64) {
        self.savepoints.push((name, number));
    }

    /// The latest savepoint of that name: its position and number.
    pub(crate) fn savepoint(&self, name: &str) -> Result<(usize, u64)> {
        let position = self.savepoints.iter().rposition(|(known, _)| known == name).ok_or_else(|| {
            Error::new(ErrorKind::Transaction, format!("there is no savepoint {name:?} in this transaction"))
        })?;
        Ok((position, self.savepoints[position].1))
    }

    /// Forgets the savepoints from a position on.
    pub(crate) fn forget_savepoints(&mut self, position: usize) {
        self.savepoints.truncate(position);
    }
}
