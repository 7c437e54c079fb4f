//! What an operation holds while it runs: a connection of the pool, or its turn in a transaction.

use tokio::sync::OwnedMutexGuard;

use crate::connection::Connection;
use crate::manager::Loan;
use crate::seat::Seat;

/// One operation's turn in a transaction.
pub(crate) type Turn = OwnedMutexGuard<Seat>;

/// What gives the connection back when it is dropped.
pub(crate) enum Held {
    /// A connection for this operation alone.
    Loan(Loan),
    /// The connection of a transaction.
    Turn(Turn),
}

impl Held {
    /// The connection, unless its transaction is over.
    pub(crate) fn connection(&mut self) -> Option<&mut Connection> {
        match self {
            Held::Loan(loan) => Some(loan),
            Held::Turn(turn) => turn.connection_if_open(),
        }
    }
}
