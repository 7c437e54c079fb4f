//! How long operations that finish at once may keep an event loop from turning.
//!
//! An await that is ready at once never returns to the loop. So the time that such operations take is added up,
//! and past the budget the next one lets the loop turn: it waits for that where few do, which costs least, and goes
//! the long way, by a worker thread, where many do. What has no long way, as a row that is at hand, always waits.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// At most so long between two turns of the loop.
pub(crate) const HOLD_BUDGET: Duration = Duration::from_millis(1);

/// What a gap between two operations counts at most: the user's own code in a longer one holds the loop, not Ommi.
const LONGEST_GAP: Duration = Duration::from_micros(100);

/// So many operations may wait for one turn of the loop and each be sure to run then: together they take less than
/// the budget again.
const FEW: u32 = 100;

thread_local! {
    static GRANTED: Cell<bool> = const { Cell::new(false) };
    static AT_ONCE: Cell<bool> = const { Cell::new(false) };
    static LAST: Cell<Option<Instant>> = const { Cell::new(None) };
    static TURNING: Cell<u32> = const { Cell::new(0) };
    static ROUND: Cell<u64> = const { Cell::new(0) };
    static SHARE: Cell<Duration> = const { Cell::new(HOLD_BUDGET) };
    static SPENT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Whether an operation may run on this thread at once.
pub(crate) fn may_run_now() -> bool {
    let spent = spend();
    GRANTED.take() || spent < HOLD_BUDGET
}

/// What is spent by now.
fn spend() -> Duration {
    let now = Instant::now();
    let gap = LAST.replace(Some(now)).map_or(Duration::ZERO, |last| now - last).min(LONGEST_GAP);
    let spent = SPENT.get() + gap;
    SPENT.set(spent);
    spent
}

/// Notes whether a read was answered on this thread at once, as databases without a server do.
pub(crate) fn note_at_once(answered: bool) {
    AT_ONCE.set(answered);
}

/// Whether a read that may well run here at once has to wait for the loop's next turn first.
pub(crate) fn has_to_turn() -> bool {
    if !AT_ONCE.get() || TURNING.get() >= FEW || GRANTED.get() {
        return false;
    }
    let may_run = spend() < HOLD_BUDGET;
    // What is let through here is not sent to a worker a moment later.
    GRANTED.set(may_run);
    !may_run
}

/// One await that lets the loop turn before it goes on, because the budget is spent and no worker can help.
pub(crate) struct Turn {
    round: u64,
}

impl Turn {
    /// Begins to wait for the loop's next turn.
    pub(crate) fn begin() -> Self {
        TURNING.set(TURNING.get() + 1);
        Self { round: ROUND.get() }
    }

    /// Ends the wait: the loop has turned. All that wait for one turn share its budget, by their number when the first
    /// of them goes on: those who do not come back must not leave more to the last ones. Where they are few, each runs
    /// one operation whatever is left.
    pub(crate) fn end(self) {
        let turning = TURNING.get().max(1);
        if self.round == ROUND.get() {
            ROUND.set(self.round.wrapping_add(1));
            SHARE.set(HOLD_BUDGET / turning);
        }
        SPENT.set(HOLD_BUDGET - SHARE.get());
        GRANTED.set(turning <= FEW);
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
