//! What may stop a running statement: a deadline, a cancelled operation, a closing driver, a lock held too long.
//! One guard sits behind each connection; SQLite calls it back while a statement runs or waits.

use std::ffi::{c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rusqlite::ffi;

use crate::statement::Handle;

/// SQLite asks after so many of its instructions whether to go on: about every 10 microseconds.
const STEPS_BETWEEN_QUESTIONS: c_int = 500;

/// A flag that stops an operation when it is raised.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flag(Arc<AtomicBool>);

impl Flag {
    pub(crate) fn raise(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Decides, while a statement runs, whether it may go on. Its connection and SQLite's callbacks share it: they
/// run on one thread at a time, so nothing here is contended.
#[derive(Debug)]
pub(crate) struct Guard {
    closing: Flag,
    busy_timeout: Duration,
    cancel: Mutex<Option<Flag>>,
    /// Nanoseconds that a statement on the caller's thread may take, from the first question; 0 elsewhere.
    budget: AtomicU64,
    /// When the first question was asked, in nanoseconds from `epoch`; 0 before.
    since: AtomicU64,
    epoch: Instant,
    firm: AtomicBool,
}

impl Guard {
    pub(crate) fn new(closing: Flag, busy_timeout: Duration) -> Arc<Self> {
        Arc::new(Self {
            closing,
            busy_timeout,
            cancel: Mutex::new(None),
            budget: AtomicU64::new(0),
            since: AtomicU64::new(0),
            epoch: Instant::now(),
            firm: AtomicBool::new(false),
        })
    }

    /// Makes SQLite ask this guard, which must be dropped after the connection.
    pub(crate) fn install(self: &Arc<Self>, handle: Handle) {
        let context = Arc::as_ptr(self).cast_mut().cast();
        // SAFETY: the connection is open, and owns a share of the guard that it drops last (see `Connection`).
        unsafe {
            ffi::sqlite3_progress_handler(
                handle.as_ptr(),
                STEPS_BETWEEN_QUESTIONS,
                Some(on_progress),
                context,
            );
            ffi::sqlite3_busy_handler(handle.as_ptr(), Some(on_busy), context);
        }
    }

    /// From here on statements run on the caller's thread: briefly, and without waiting for locks.
    #[inline]
    pub(crate) fn hurry(&self, budget: Duration) {
        self.budget.store(nanoseconds(budget), Ordering::Relaxed);
        self.since.store(0, Ordering::Relaxed);
    }

    /// True while a statement runs on the caller's thread and can be handed to another one.
    pub(crate) fn is_brief(&self) -> bool {
        (1..u64::MAX).contains(&self.budget.load(Ordering::Relaxed))
    }

    /// From here on statements may take their time, until `cancel` is raised.
    pub(crate) fn patient(&self, cancel: Option<Flag>) {
        self.budget.store(0, Ordering::Relaxed);
        self.firm.store(false, Ordering::Relaxed);
        *self.cancel.lock() = cancel;
    }

    /// From here on nothing stops a statement: it must come through.
    pub(crate) fn unstoppable(&self) {
        self.patient(None);
        self.firm.store(true, Ordering::Relaxed);
    }

    /// True when the driver is closing.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.is_raised()
    }

    /// True when whoever wanted the operation does not any more.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.lock().as_ref().is_some_and(Flag::is_raised)
    }

    fn may_go_on(&self) -> bool {
        match self.budget.load(Ordering::Relaxed) {
            0 => self.firm.load(Ordering::Relaxed) || (!self.is_closing() && !self.is_cancelled()),
            budget => self.elapsed(false) < budget,
        }
    }

    /// The nanoseconds since the first question, which this is if `again`.
    fn elapsed(&self, again: bool) -> u64 {
        let now = nanoseconds(self.epoch.elapsed());
        match self.since.load(Ordering::Relaxed) {
            since if since > 0 && !again => now.saturating_sub(since),
            _ => {
                self.since.store(now, Ordering::Relaxed);
                0
            }
        }
    }

    /// Waits a little for a lock; false when the wait is over.
    fn wait(&self, attempt: c_int) -> bool {
        if self.budget.load(Ordering::Relaxed) > 0 || !self.may_go_on() {
            return false;
        }
        let left = nanoseconds(self.busy_timeout).saturating_sub(self.elapsed(attempt == 0));
        if left == 0 {
            return false;
        }
        let pause = Duration::from_micros(100 << attempt.clamp(0, 6));
        std::thread::sleep(pause.min(Duration::from_nanos(left)));
        // Whoever gave up meanwhile must not find the work done after all.
        self.may_go_on()
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).max(1)
}

/// SQLite's progress callback: anything but zero stops the statement.
unsafe extern "C" fn on_progress(guard: *mut c_void) -> c_int {
    // SAFETY: `install` gave this pointer, and the guard outlives the connection.
    let guard = unsafe { &*guard.cast_const().cast::<Guard>() };
    c_int::from(!guard.may_go_on())
}

/// SQLite's busy callback: zero gives up.
unsafe extern "C" fn on_busy(guard: *mut c_void, attempt: c_int) -> c_int {
    // SAFETY: as in `on_progress`.
    let guard = unsafe { &*guard.cast_const().cast::<Guard>() };
    c_int::from(guard.wait(attempt))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_ends_a_statement_and_never_waits_for_a_lock() {
        let guard = Guard::new(Flag::default(), Duration::from_secs(60));
        guard.hurry(Duration::ZERO);
        assert!(guard.may_go_on(), "the first question starts the clock");
        assert!(!guard.may_go_on());
        assert!(!guard.wait(0));
    }

    #[test]
    fn a_raised_flag_ends_a_patient_statement() {
        let (closing, cancel) = (Flag::default(), Flag::default());
        let guard = Guard::new(closing.clone(), Duration::from_secs(60));
        guard.patient(Some(cancel.clone()));
        assert!(guard.may_go_on());
        cancel.raise();
        assert!(!guard.may_go_on() && !guard.wait(0) && guard.is_cancelled());
        guard.patient(None);
        assert!(guard.may_go_on());
        closing.raise();
        assert!(!guard.may_go_on());
    }

    #[test]
    fn waiting_for_a_lock_ends_at_the_timeout() {
        let guard = Guard::new(Flag::default(), Duration::from_millis(2));
        let waits = (0..1000).take_while(|attempt| guard.wait(*attempt)).count();
        assert!((1..100).contains(&waits));
    }
}
