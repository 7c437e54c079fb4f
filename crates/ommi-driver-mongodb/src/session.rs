//! Sessions: each operation has one of its own, so that it can be stopped on the server without any neighbour noticing.

use mongodb::ClientSession;
use mongodb::bson::Document;

use crate::pool::Hold;
use crate::registry::Entry;

/// A session, with its place among those at work until it is dropped.
pub(crate) struct Own {
    // The client's sessions are large, and this one is passed from hand to hand.
    session: Box<ClientSession>,
    _entry: Entry,
    hold: Hold,
}

impl Own {
    pub(crate) fn new(session: ClientSession, entry: Entry, hold: Hold) -> Self {
        Self { session: Box::new(session), _entry: entry, hold }
    }

    /// By what the server knows it.
    pub(crate) fn id(&self) -> &Document {
        self.session.id()
    }

    pub(crate) fn session(&mut self) -> &mut ClientSession {
        &mut self.session
    }

    /// Notes in the books of the pool what runs now.
    pub(crate) fn note(&self, text: &str) {
        self.hold.note(text);
    }
}
