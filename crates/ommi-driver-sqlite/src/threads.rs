//! The threads of one driver: started by name, counted, and waited for with a limit when it closes.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ommi_core::{Error, ErrorKind, Result};
use parking_lot::{Condvar, Mutex};

thread_local! {
    /// Set in the threads of drivers: one may come to drop its own driver, when a future that it woke is dropped.
    static IS_WORKER: Cell<bool> = const { Cell::new(false) };
}

/// Counts the threads that run.
#[derive(Default)]
pub(crate) struct Threads {
    running: Mutex<usize>,
    ended: Condvar,
}

impl Threads {
    /// Starts a thread called `name`.
    ///
    /// # Errors
    /// `Storage` when the operating system starts no further thread.
    pub(crate) fn start(self: &Arc<Self>, name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
        let present = Present::new(self.clone());
        let run = move || {
            let _present = present;
            IS_WORKER.set(true);
            work();
        };
        let started = std::thread::Builder::new().name(name.to_owned()).spawn(run);
        started.map(drop).map_err(|error| {
            let message = format!("the operating system would not start a thread for the database: {error}");
            Error::new(ErrorKind::Storage, message).with_source(error)
        })
    }

    /// Waits until no thread runs, or until `limit` has passed. True if all have ended.
    ///
    /// One of the threads itself does not wait: what it was asked for ends after it.
    pub(crate) fn wait(&self, limit: Duration) -> bool {
        if IS_WORKER.get() {
            return true;
        }
        let until = Instant::now() + limit;
        let mut running = self.running.lock();
        while *running > 0 {
            if self.ended.wait_until(&mut running, until).timed_out() {
                return *running == 0;
            }
        }
        true
    }
}

/// Stands for a running thread; dropped when it ends, by a panic too.
struct Present(Arc<Threads>);

impl Present {
    fn new(threads: Arc<Threads>) -> Self {
        *threads.running.lock() += 1;
        Self(threads)
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        *self.0.running.lock() -= 1;
        self.0.ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_ends_when_the_threads_do_or_at_the_limit() {
        let threads = Arc::new(Threads::default());
        let (sender, receiver) = std::sync::mpsc::channel::<()>();
        threads.start("ommi-test", move || _ = receiver.recv()).unwrap();
        assert!(!threads.wait(Duration::from_millis(5)));
        drop(sender);
        assert!(threads.wait(Duration::from_secs(10)));
    }
}
