//! Hooks: what is called once after a transaction was committed or rolled back.

use std::panic::{AssertUnwindSafe, catch_unwind};

use parking_lot::Mutex;

/// When a hook is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Committed,
    RolledBack,
}

struct Hook {
    when: When,
    call: Box<dyn FnOnce() + Send>,
}

/// The hooks of a transaction and of all that are nested in it, oldest first. Levels are nested like their hooks, so the
/// number of hooks at a savepoint tells which ones go with it.
#[derive(Default)]
pub(super) struct Hooks(Mutex<Vec<Hook>>);

impl Hooks {
    pub(super) fn add(&self, when: When, call: Box<dyn FnOnce() + Send>) {
        self.0.lock().push(Hook { when, call });
    }

    /// Where a savepoint begins.
    pub(super) fn mark(&self) -> usize {
        self.0.lock().len()
    }

    /// Everything was committed.
    pub(super) fn committed(&self) {
        self.settle(0, When::Committed);
    }

    /// What came after `mark` was rolled back.
    pub(super) fn rolled_back(&self, mark: usize) {
        self.settle(mark, When::RolledBack);
    }

    /// Nobody knows what became of the work: neither kind is called.
    pub(super) fn unknown(&self) {
        let hooks = std::mem::take(&mut *self.0.lock());
        drop(hooks);
    }

    fn settle(&self, mark: usize, what: When) {
        let settled = {
            let mut hooks = self.0.lock();
            let mark = mark.min(hooks.len());
            hooks.split_off(mark)
        };
        for hook in settled.into_iter().filter(|hook| hook.when == what) {
            // What was done is done: a hook that panics was reported by the panic's own message.
            drop(catch_unwind(AssertUnwindSafe(hook.call)));
        }
    }
}

impl Drop for Hooks {
    /// A transaction that was dropped unfinished is rolled back.
    fn drop(&mut self) {
        self.rolled_back(0);
    }
}
