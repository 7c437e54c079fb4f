//! Running a transaction again that lost a race: how often, and how long to wait before. Both faces use it.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use ommi_core::ErrorKind;

/// How often work that lost a race is run again, and how soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryOptions {
    /// At most so many attempts after the first one.
    pub max_retries: u32,
    /// The wait before the second attempt; each further one is twice as long. All are up to half as long again, by
    /// chance, so that those who lost one race do not meet in the next.
    pub first_wait: Duration,
    /// No wait is longer than this.
    pub max_wait: Duration,
}

impl Default for RetryOptions {
    fn default() -> Self {
        Self { max_retries: 3, first_wait: Duration::from_millis(100), max_wait: Duration::from_secs(10) }
    }
}

/// The attempts at one piece of work.
///
/// ```
/// use ommi_core::ErrorKind;
/// use ommi_engine::{Attempts, RetryOptions};
///
/// let mut attempts = Attempts::new(RetryOptions { max_retries: 1, ..RetryOptions::default() });
/// assert!(attempts.again_after(ErrorKind::Validation).is_none()); // would fail again
/// let wait = attempts.again_after(ErrorKind::Conflict);
/// assert!(wait.is_some_and(|wait| wait.as_millis() >= 100));
/// assert!(attempts.again_after(ErrorKind::Conflict).is_none()); // that was the last one
/// ```
#[derive(Debug, Clone)]
pub struct Attempts {
    options: RetryOptions,
    failed: u32,
}

impl Attempts {
    /// No attempt was made yet.
    pub fn new(options: RetryOptions) -> Self {
        Self { options, failed: 0 }
    }

    /// How long to wait before the next attempt, after one that failed by an error of `kind`. Nothing where another
    /// one has no point, or was not asked for: the error is the outcome then.
    ///
    /// Lost races alone are worth another attempt: serialization failures, deadlocks, a busy database. A lock that
    /// could not be had in time (`Lock`) was waited for already.
    pub fn again_after(&mut self, kind: ErrorKind) -> Option<Duration> {
        if kind != ErrorKind::Conflict || self.failed >= self.options.max_retries {
            return None;
        }
        let doubled = 1_u32.checked_shl(self.failed).unwrap_or(u32::MAX);
        self.failed += 1;
        let wait = self.options.first_wait.saturating_mul(doubled);
        Some(with_jitter(wait).min(self.options.max_wait))
    }

    /// How many attempts failed and were worth another one.
    pub fn failed(&self) -> u32 {
        self.failed
    }
}

/// The wait, or up to half as long again.
fn with_jitter(wait: Duration) -> Duration {
    let random = RandomState::new().hash_one(wait) % 1024;
    let random = u32::try_from(random).unwrap_or(0);
    wait.saturating_add(wait.saturating_mul(random) / 2048)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(options: RetryOptions) -> Vec<Duration> {
        let mut attempts = Attempts::new(options);
        std::iter::from_fn(|| attempts.again_after(ErrorKind::Conflict)).take(100).collect()
    }

    #[test]
    fn waits_double_from_a_tenth_of_a_second() {
        let waits = waits(RetryOptions::default());
        assert_eq!(waits.len(), 3);
        for (wait, least) in waits.iter().zip([100, 200, 400]) {
            let least = Duration::from_millis(least);
            assert!((least..=least * 3 / 2).contains(wait), "{wait:?}");
        }
    }

    #[test]
    fn waits_differ_by_chance() {
        let all: std::collections::HashSet<_> = (0..50).map(|_| waits(RetryOptions::default())[0]).collect();
        assert!(all.len() > 1);
    }

    #[test]
    fn no_wait_is_longer_than_the_longest() {
        let options = RetryOptions { max_retries: 80, ..RetryOptions::default() };
        let waits = waits(options);
        assert_eq!(waits.len(), 80);
        assert!(waits.iter().all(|wait| *wait <= options.max_wait));
        assert_eq!(waits[79], options.max_wait);
    }

    #[test]
    fn lost_races_alone_are_tried_again() {
        for kind in [ErrorKind::Lock, ErrorKind::Timeout, ErrorKind::UniqueViolation, ErrorKind::Connection] {
            assert!(Attempts::new(RetryOptions::default()).again_after(kind).is_none());
        }
    }
}
