//! Which sessions are at work, so that a close can stop them all on the server.

use std::collections::HashMap;
use std::sync::Arc;

use mongodb::bson::Document;
use parking_lot::Mutex;

/// The sessions at work.
#[derive(Default)]
pub(crate) struct Registry {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    sessions: HashMap<u64, Document>,
}

/// The place of one session, given up when this is dropped.
pub(crate) struct Entry {
    registry: Arc<Registry>,
    number: u64,
}

impl Registry {
    /// Notes a session until the entry is dropped.
    pub(crate) fn enter(self: &Arc<Self>, session: Document) -> Entry {
        let mut state = self.state.lock();
        let number = state.next;
        state.next += 1;
        state.sessions.insert(number, session);
        Entry { registry: self.clone(), number }
    }

    /// The sessions that are at work now.
    pub(crate) fn sessions(&self) -> Vec<Document> {
        self.state.lock().sessions.values().cloned().collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.state.lock().sessions.is_empty()
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.registry.state.lock().sessions.remove(&self.number);
    }
}
