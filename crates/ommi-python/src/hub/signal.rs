//! How a loop is told that tasks can go on: by other threads, with a queue of slots, and by the sockets that it
//! watches for connections.

use std::os::fd::RawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ommi::net::reactor::{Entered, Reactor};
use parking_lot::Mutex;
use pyo3::PyResult;
use pyo3::exceptions::PyOSError;

/// A slot at one time of its life: a number that is used again has another generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) index: usize,
    pub(super) generation: u32,
}

/// The queue and what the loop watches.
pub(super) struct Signal {
    ready: Mutex<Vec<Key>>,
    woken: AtomicBool,
    reactor: Arc<Reactor>,
}

impl Signal {
    pub(super) fn new() -> PyResult<Self> {
        let reactor = Reactor::new().map_err(|error| {
            PyOSError::new_err(format!("the event loop cannot be woken by other threads: {error}"))
        })?;
        Ok(Self { ready: Mutex::default(), woken: AtomicBool::new(false), reactor })
    }

    pub(super) fn descriptor(&self) -> RawFd {
        self.reactor.descriptor()
    }

    /// Lets connections that are used meanwhile be watched by the loop.
    pub(super) fn enter(&self) -> Entered {
        self.reactor.enter()
    }

    /// Queues a slot; wakes the loop unless that has been done since its last turn.
    pub(super) fn push(&self, key: Key) {
        self.ready.lock().push(key);
        self.wake();
    }

    /// Queues slots that a turn had no time for, ahead of later ones.
    pub(super) fn put_back(&self, mut keys: Vec<Key>) {
        if keys.is_empty() {
            return;
        }
        let mut ready = self.ready.lock();
        keys.append(&mut ready);
        *ready = keys;
        drop(ready);
        self.wake();
    }

    fn wake(&self) {
        if !self.woken.swap(true, Ordering::AcqRel) {
            // It can only fail when a counter is full, and then the loop is awake anyway.
            drop(self.reactor.wake());
        }
    }

    /// Takes what has come from the connections' sockets, whose slots need not wake the loop that is awake; pushes
    /// from now on wake it anew.
    pub(super) fn turn(&self) {
        self.woken.store(true, Ordering::Release);
        self.reactor.turn();
        self.woken.store(false, Ordering::Release);
    }

    pub(super) fn take(&self) -> Vec<Key> {
        std::mem::take(&mut *self.ready.lock())
    }
}
