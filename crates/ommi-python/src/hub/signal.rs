//! How worker threads tell a loop that tasks can go on: a queue of slots and an eventfd.

use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use pyo3::PyResult;
use pyo3::exceptions::PyOSError;
use rustix::event::{EventfdFlags, eventfd};

/// A slot at one time of its life: a number that is used again has another generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) index: usize,
    pub(super) generation: u32,
}

/// The queue and the descriptor that the loop watches.
#[derive(Debug)]
pub(super) struct Signal {
    ready: Mutex<Vec<Key>>,
    woken: AtomicBool,
    descriptor: OwnedFd,
}

impl Signal {
    pub(super) fn new() -> PyResult<Self> {
        let descriptor = eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)
            .map_err(|error| PyOSError::new_err(format!("no eventfd for the event loop: {error}")))?;
        Ok(Self { ready: Mutex::default(), woken: AtomicBool::new(false), descriptor })
    }

    pub(super) fn descriptor(&self) -> i32 {
        self.descriptor.as_raw_fd()
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
            // It can only fail when the counter is full, and then the loop is awake anyway.
            let _ = rustix::io::write(&self.descriptor, &1_u64.to_ne_bytes());
        }
    }

    /// Makes the descriptor unreadable again. Pushes from now on wake the loop anew.
    pub(super) fn reset(&self) {
        let mut counter = [0_u8; 8];
        let _ = rustix::io::read(&self.descriptor, &mut counter);
        self.woken.store(false, Ordering::Release);
    }

    pub(super) fn take(&self) -> Vec<Key> {
        std::mem::take(&mut *self.ready.lock())
    }
}
