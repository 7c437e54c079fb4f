//! How long a statement used to take on the caller's thread, and whether it may run there again.

use std::time::{Duration, Instant};

/// Every so many runs are timed: reading the clock costs a noticeable part of a short read.
const SAMPLE_EVERY: u32 = 16;

/// The longest time, in runs, for which a slow statement is kept away.
const LONGEST_BREAK: u32 = 1024;

/// A moving average with a memory for overruns.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pace {
    runs: u32,
    average: Duration,
    skip: u32,
    penalty: u32,
}

impl Pace {
    /// Whether the statement may run on the caller's thread now. A slow one may once in a while, to show that
    /// it has become fast.
    #[inline]
    pub(crate) fn may_run(&mut self) -> bool {
        if self.skip == 0 {
            return true;
        }
        self.skip -= 1;
        false
    }

    /// Starts a run: the time, if this run is one of those that are timed.
    #[inline]
    pub(crate) fn begin(&mut self) -> Option<Instant> {
        self.runs = self.runs.wrapping_add(1);
        (self.runs % SAMPLE_EVERY == 1).then(Instant::now)
    }

    /// Ends a run that came through.
    #[inline]
    pub(crate) fn end(&mut self, begun: Option<Instant>, budget: Duration) {
        if let Some(begun) = begun {
            // A single outlier, as when the system runs something else in between, is no reason for a break.
            let taken = begun.elapsed().min(budget * 2);
            self.average = (self.average * 3 + taken) / 4;
            if self.average > budget {
                self.overrun();
            } else if taken > budget {
                self.runs = 0;
            } else {
                self.penalty = 0;
            }
        }
    }

    /// Ends a run that took too long: twice the break of the last time.
    pub(crate) fn overrun(&mut self) {
        self.penalty = (self.penalty * 2).clamp(SAMPLE_EVERY, LONGEST_BREAK);
        self.skip = self.penalty;
        // The next run is timed.
        self.runs = 0;
        self.average = Duration::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_statement_rests_for_longer_each_time() {
        let mut pace = Pace::default();
        let mut breaks = Vec::new();
        for _ in 0..8 {
            assert!(pace.may_run());
            pace.begin();
            pace.overrun();
            breaks.push(std::iter::repeat_with(|| pace.may_run()).take_while(|may| !may).count());
            pace.skip = 0;
        }
        assert_eq!(breaks, [16, 32, 64, 128, 256, 512, 1024, 1024]);
    }

    #[test]
    fn it_takes_several_slow_runs_in_a_row_to_rest() {
        let mut pace = Pace::default();
        let mut slow_run = || {
            let begun = pace.begin().and_then(|now| now.checked_sub(Duration::from_secs(1)));
            assert!(begun.is_some(), "after a slow run the next one is timed");
            pace.end(begun, Duration::from_micros(200));
            pace.skip > 0
        };
        assert_eq!([slow_run(), slow_run(), slow_run()], [false, false, true]);
    }

    #[test]
    fn a_fast_statement_always_runs() {
        let mut pace = Pace::default();
        for _ in 0..1000 {
            assert!(pace.may_run());
            let begun = pace.begin();
            pace.end(begun, Duration::from_secs(1));
        }
    }
}
