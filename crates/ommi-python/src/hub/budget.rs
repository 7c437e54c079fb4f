//! How long operations that finish at once may keep an event loop from turning.
//!
//! An await that is ready at once never returns to the loop. So the time that such operations take is added up,
//! and past the budget the next one goes the long way, by a worker thread, which lets the loop turn.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// At most so long between two turns of the loop.
pub(crate) const HOLD_BUDGET: Duration = Duration::from_millis(1);

/// What a gap between two operations counts at most: the user's own code in a longer one holds the loop, not Ommi.
const LONGEST_GAP: Duration = Duration::from_micros(100);

thread_local! {
    static LAST: Cell<Option<Instant>> = const { Cell::new(None) };
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

/// Notes that the loop has turned.
pub(super) fn loop_has_turned() {
    SPENT.set(Duration::ZERO);
}
