//! How long operations that finish at once may keep an event loop from turning.
//!
//! An await that is ready at once never returns to the loop. So the time that such operations take is added up,
//! and past the budget the next one goes the long way, by a worker thread, which lets the loop turn. What has no
//! long way, as a row that is at hand, waits for a turn of the loop.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// At most so long between two turns of the loop.
pub(crate) const HOLD_BUDGET: Duration = Duration::from_millis(1);

/// What a gap between two operations counts at most: the user's own code in a longer one holds the loop, not Ommi.
const LONGEST_GAP: Duration = Duration::from_micros(100);

thread_local! {
    static LAST: Cell<Option<Instant>> = const { Cell::new(None) };
    static TURNING: Cell<u32> = const { Cell::new(0) };
    static SPENT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Whether an operation may run on this thread at once.
pub(crate) fn may_run_now() -> bool {
    let now = Instant::now();
    let gap = LAST.replace(Some(now)).map_or(Duration::ZERO, |last| now - last).min(LONGEST_GAP);
    let spent = SPENT.get() + gap;
    SPENT.set(spent);
    spent < HOLD_BUDGET
}

/// One await that lets the loop turn before it goes on, because the budget is spent and no worker can help.
pub(crate) struct Turn(());

impl Turn {
    /// Begins to wait for the loop's next turn.
    pub(crate) fn begin() -> Self {
        TURNING.set(TURNING.get() + 1);
        Self(())
    }

    /// Ends the wait: the loop has turned. All that wait for one turn share its budget.
    pub(crate) fn end(self) {
        SPENT.set(HOLD_BUDGET - HOLD_BUDGET / TURNING.get().max(1));
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        TURNING.set(TURNING.get().saturating_sub(1));
    }
}

/// Notes that the loop has turned.
pub(super) fn loop_has_turned() {
    SPENT.set(Duration::ZERO);
}
