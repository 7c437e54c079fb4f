//! The end of the interpreter. A thread that waits for the interpreter while it goes down is ended where it stands
//! (up to Python 3.13), and that may not happen inside of our frames: it would abort the process. So when the
//! interpreter begins to leave, other threads are let out of here and not in again.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::PyCFunction;

static LEAVING: AtomicBool = AtomicBool::new(false);
static INSIDE: AtomicUsize = AtomicUsize::new(0);

/// How long the leaving thread waits for others that run Python code from here.
const PATIENCE: Duration = Duration::from_secs(2);

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    static IS_LEAVING: Cell<bool> = const { Cell::new(false) };
}

/// Held by a thread while it is in code of ours that runs Python code or lets the interpreter go.
pub(crate) struct Inside(());

impl Inside {
    /// Enters, unless the interpreter is leaving: then the thread rests until the process has ended.
    #[inline]
    pub(crate) fn enter(py: Python<'_>) -> Inside {
        if DEPTH.get() == 0 {
            if LEAVING.load(Ordering::Relaxed) && !IS_LEAVING.get() {
                py.detach(|| {
                    loop {
                        std::thread::park();
                    }
                });
            }
            INSIDE.fetch_add(1, Ordering::Relaxed);
        }
        DEPTH.set(DEPTH.get() + 1);
        Inside(())
    }
}

impl Drop for Inside {
    #[inline]
    fn drop(&mut self) {
        let depth = DEPTH.get() - 1;
        DEPTH.set(depth);
        if depth == 0 {
            INSIDE.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Closes the doors at exit, and waits for those who are inside.
pub(crate) fn watch_exit(py: Python<'_>) -> PyResult<()> {
    let leave = PyCFunction::new_closure(py, None, None, |arguments, _| {
        let py = arguments.py();
        IS_LEAVING.set(true);
        LEAVING.store(true, Ordering::Relaxed);
        let own = usize::from(DEPTH.get() > 0);
        let began = Instant::now();
        // Threads that wake our loops end first: nobody is left to be woken.
        py.detach(ommi::net::runtime::shutdown);
        while INSIDE.load(Ordering::Relaxed) > own && began.elapsed() < PATIENCE {
            py.detach(|| std::thread::sleep(Duration::from_micros(200)));
        }
    })?;
    py.import("atexit")?.call_method1("register", (leave,)).map(drop)
}
