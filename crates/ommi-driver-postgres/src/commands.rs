//! How a transaction is told what to do.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::drive::Drive;
use crate::session::Command;

/// The way to a transaction's task. When nobody has it any more, the transaction rolls back.
#[derive(Clone)]
pub(crate) struct Commands {
    sender: mpsc::UnboundedSender<Command>,
    drive: Arc<Drive>,
}

impl Commands {
    /// The way to whoever serves what is received, on the connection of `drive`.
    pub(crate) fn new(drive: Arc<Drive>) -> (Self, mpsc::UnboundedReceiver<Command>) {
        let (sender, received) = mpsc::unbounded_channel();
        (Self { sender, drive }, received)
    }

    /// Tells it something, which is sent to the server at once where nothing else is under way; false where the
    /// transaction is over.
    pub(crate) fn send(&self, command: Command) -> bool {
        self.drive.during(true, || self.sender.send(command).is_ok())
    }
}
