//! Whose turn it is to work, and what is known of the connections.
//!
//! The `mongodb` crate keeps the connections itself, one pool for each server, and knows neither a time limit for those
//! who wait nor who works. So the turns are given here: as many as connections are allowed, in the order in which they
//! were asked for. The connections are counted from the events of the crate's pools.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use mongodb::event::cmap::CmapEvent;
use ommi_core::Result;
use ommi_core::driver::{Holder, PoolOptions, PoolStats};
use ommi_net::pool::{exhausted, shortened};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::closed;

/// Gives turns and counts connections.
#[derive(Debug)]
pub(crate) struct Watch {
    options: PoolOptions,
    location: String,
    turns: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    holders: HashMap<u64, Entry>,
    next: u64,
    waiting: usize,
    timeouts: u64,
    created: u64,
    closed: u64,
}

#[derive(Debug)]
struct Entry {
    purpose: &'static str,
    since: Instant,
    statement: Arc<str>,
}

impl Watch {
    pub(crate) fn new(options: PoolOptions, location: String) -> Arc<Self> {
        let turns = Arc::new(Semaphore::new(options.max_connections.min(Semaphore::MAX_PERMITS)));
        Arc::new(Self { options, location, turns, state: Mutex::default() })
    }

    /// Waits for a turn; it lasts until the [`Hold`] is dropped. Whoever gives up waiting loses nothing but its place.
    ///
    /// # Errors
    /// `PoolExhausted` where none came in time, naming who works; `Closed`.
    pub(crate) async fn hold(self: &Arc<Self>, purpose: &'static str) -> Result<Hold> {
        let permit = match self.turns.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => self.wait().await?,
        };
        let mut state = self.state.lock();
        let id = state.next;
        state.next += 1;
        state.holders.insert(id, Entry { purpose, since: Instant::now(), statement: Arc::from("") });
        drop(state);
        Ok(Hold { watch: self.clone(), id, _permit: permit })
    }

    async fn wait(self: &Arc<Self>) -> Result<OwnedSemaphorePermit> {
        let _waiting = Waiting::new(self);
        match timeout(self.options.connection_timeout, self.turns.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) => Err(closed()),
            Err(_) => {
                self.state.lock().timeouts += 1;
                let holders = self.state.lock().holders();
                Err(exhausted(&self.location, &self.options, &holders))
            }
        }
    }

    /// Whoever waits or comes later is told that the database was closed.
    pub(crate) fn close(&self) {
        self.turns.close();
    }

    /// What is known at this moment.
    pub(crate) fn stats(&self) -> PoolStats {
        let state = self.state.lock();
        let open = usize::try_from(state.created.saturating_sub(state.closed)).unwrap_or(usize::MAX);
        // A transaction has its turn between its statements too, when it needs no connection.
        let used = state.holders.len().min(open);
        PoolStats {
            open,
            idle: open - used,
            used,
            waiting: state.waiting,
            max: self.options.max_connections,
            created: state.created,
            closed: state.closed,
            timeouts: state.timeouts,
            holders: state.holders(),
        }
    }

    /// Counts what a pool of the crate tells of.
    pub(crate) fn count(&self, event: &CmapEvent) {
        let mut state = self.state.lock();
        match event {
            CmapEvent::ConnectionCreated(_) => state.created += 1,
            CmapEvent::ConnectionClosed(_) => state.closed += 1,
            _another => {}
        }
    }
}

impl State {
    /// Who works, longest first.
    fn holders(&self) -> Vec<Holder> {
        let mut entries: Vec<_> = self.holders.values().collect();
        entries.sort_by_key(|entry| entry.since);
        let holder = |entry: &Entry| Holder {
            purpose: entry.purpose,
            held: entry.since.elapsed(),
            statement: shortened(&entry.statement),
        };
        entries.into_iter().map(holder).collect()
    }
}

/// Somebody who waits for a turn.
struct Waiting<'a>(&'a Watch);

impl<'a> Waiting<'a> {
    fn new(watch: &'a Watch) -> Self {
        watch.state.lock().waiting += 1;
        Self(watch)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.state.lock().waiting -= 1;
    }
}

/// Somebody at work, shown among the pool's holders.
#[derive(Debug)]
pub(crate) struct Hold {
    watch: Arc<Watch>,
    id: u64,
    _permit: OwnedSemaphorePermit,
}

impl Hold {
    /// Notes the latest statement's text, without values.
    pub(crate) fn note(&self, text: &str) {
        if let Some(entry) = self.watch.state.lock().holders.get_mut(&self.id) {
            entry.statement = Arc::from(text);
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.watch.state.lock().holders.remove(&self.id);
    }
}

#[cfg(test)]
mod tests;
