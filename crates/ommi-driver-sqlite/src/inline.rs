//! Reads on the caller's thread: a few connections that whoever asks may use for the length of a short read.

use std::array;
use std::sync::Arc;
use std::time::Duration;

use ommi_core::Result;
use ommi_core::driver::{Param, Statement};
use ommi_core::plan::Reach;
use ommi_core::value::RowSink;
use parking_lot::Mutex;

use crate::connection::{Connection, Role};
use crate::execute::read_now;
use crate::source::Source;

/// How many threads may read at once in this way; a further one goes to the reading threads.
const CONNECTIONS: usize = 4;

/// The connections, opened when first needed.
pub(crate) struct Inline {
    source: Arc<Source>,
    budget: Duration,
    connections: [Mutex<Option<Connection>>; CONNECTIONS],
}

impl Inline {
    pub(crate) fn new(source: Arc<Source>) -> Self {
        let budget = source.config().inline_budget;
        Self { source, budget, connections: array::from_fn(|_| Mutex::new(None)) }
    }

    /// Opens the first connection, so that the first read need not.
    pub(crate) fn prepare(&self) {
        let [first, ..] = &self.connections;
        if let Some(mut slot) = first.try_lock()
            && slot.is_none()
            && !self.budget.is_zero()
            && !self.source.readers_closing.is_raised()
        {
            // Where it fails, the first read meets the reason.
            *slot = self.source.open(Role::Reader).ok();
        }
    }

    /// See [`Executor::fetch_now`](ommi_core::driver::Executor::fetch_now).
    #[inline]
    pub(crate) fn read(
        &self,
        statement: &Statement,
        params: &[Param],
        sink: &mut dyn RowSink,
    ) -> Option<Result<()>> {
        if statement.reach == Reach::Unlimited || self.budget.is_zero() || !self.source.is_ready() {
            return None;
        }
        let mut slot = self.connections.iter().find_map(Mutex::try_lock)?;
        if self.source.readers_closing.is_raised() {
            return None;
        }
        if let Some(connection) = slot.as_mut() {
            return read_now(connection, statement, params, sink, self.budget);
        }
        match self.source.open(Role::Reader) {
            Ok(connection) => read_now(slot.insert(connection), statement, params, sink, self.budget),
            // Whatever it is, the reading threads meet it too, and can wait for a lock.
            Err(_) => None,
        }
    }

    /// Closes the connections, each when the read on it has ended. The closing flag is raised already.
    pub(crate) fn close(&self) {
        for slot in &self.connections {
            *slot.lock() = None;
        }
    }
}
