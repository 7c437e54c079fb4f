//! Levels of nesting over one driver transaction, and how a level ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use futures_util::lock::OwnedMutexGuard;
use ommi_core::schema::ModelId;
use ommi_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;

use super::Tx;
use super::root::Root;

/// One level of nesting.
pub(super) struct Level {
    pub(super) root: Arc<Root>,
    pub(super) parent: Option<Tx>,
    /// The savepoint that this level began with; none for the outermost one.
    pub(super) savepoint: Option<String>,
    pub(super) state: AtomicU8,
    /// Whether a level further in is open.
    pub(super) has_inner: AtomicBool,
    /// The user's savepoints, oldest first.
    pub(super) savepoints: Mutex<Vec<Savepoint>>,
    /// Models set up in this level, known to others only after the commit.
    pub(super) set_up: Mutex<Vec<ModelId>>,
    /// Whether writes are refused in this level.
    pub(super) read_only: bool,
    /// How many hooks there were when it began.
    mark: usize,
    /// Held by a group from its beginning to its end.
    turn: Mutex<Option<OwnedMutexGuard<()>>>,
    /// Whether this level is one operation of several statements, which nothing may come between.
    pub(super) is_group: bool,
}

/// A user's savepoint.
pub(super) struct Savepoint {
    pub(super) name: String,
    /// How many hooks there were when it was set.
    pub(super) mark: usize,
}

/// Where a level stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    Open,
    Committed,
    RolledBack,
    /// Its commit failed.
    Failed,
}

impl State {
    pub(super) fn of(number: u8) -> Self {
        let states = [State::Open, State::Committed, State::RolledBack, State::Failed];
        states[usize::from(number).min(states.len() - 1)]
    }
}

/// A level on its way to its end. Dropped before it got there, an inner level counts as abandoned.
pub(super) struct Ending {
    tx: Option<Tx>,
    wanted: State,
}

impl Ending {
    /// The level ended as wanted; its hooks are called.
    pub(super) fn done(mut self) {
        let Some(tx) = self.tx.take() else { return };
        let level = &tx.0;
        level.leave();
        match (self.wanted, &level.parent) {
            (State::Committed, None) => level.root.hooks.committed(),
            // Kept as long as the level around it is.
            (State::Committed, Some(_)) => {}
            (State::Open | State::RolledBack | State::Failed, _) => level.root.hooks.rolled_back(level.mark),
        }
    }

    /// The outermost commit failed. Only some errors tell that nothing of it was kept.
    pub(super) fn failed(mut self, error: &Error) {
        let Some(tx) = self.tx.take() else { return };
        tx.0.state.store(State::Failed as u8, Ordering::Release);
        tx.0.leave();
        let is_unknown = matches!(
            error.kind(),
            ErrorKind::Connection | ErrorKind::Closed | ErrorKind::Timeout | ErrorKind::Cancelled
        );
        if is_unknown { tx.0.root.hooks.unknown() } else { tx.0.root.hooks.rolled_back(0) }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        let Some(tx) = self.tx.take() else { return };
        match (&tx.0.parent, self.wanted) {
            (Some(_), _) => tx.0.abandon(),
            // Sent and never heard of.
            (None, State::Committed) => tx.0.root.hooks.unknown(),
            (None, State::Open | State::RolledBack | State::Failed) => tx.0.root.hooks.rolled_back(0),
        }
    }
}

impl Level {
    /// The outermost level.
    pub(super) fn outermost(root: Arc<Root>) -> Self {
        let read_only = root.options.read_only;
        Self::new(root, None, None, read_only)
    }

    /// A level within `parent`.
    pub(super) fn inner(parent: Tx, savepoint: String, read_only: bool) -> Self {
        let read_only = read_only || parent.0.read_only;
        Self::new(parent.0.root.clone(), Some(parent), Some(savepoint), read_only)
    }

    /// A level that has the transaction to itself until it ends.
    pub(super) fn group(parent: Tx, savepoint: String, turn: OwnedMutexGuard<()>) -> Self {
        parent.0.root.group_is_open.store(true, Ordering::Release);
        let mut level = Self::inner(parent, savepoint, false);
        level.turn = Mutex::new(Some(turn));
        level.is_group = true;
        // No hook is of a group; what is added meanwhile belongs to the level around it.
        level.mark = usize::MAX;
        level
    }

    fn new(root: Arc<Root>, parent: Option<Tx>, savepoint: Option<String>, read_only: bool) -> Self {
        let mark = root.hooks.mark();
        Self {
            root,
            parent,
            savepoint,
            state: AtomicU8::new(State::Open as u8),
            has_inner: AtomicBool::new(false),
            savepoints: Mutex::default(),
            set_up: Mutex::default(),
            read_only,
            mark,
            turn: Mutex::new(None),
            is_group: false,
        }
    }

    /// Ends the level `tx`, once. What the returned guard covers must run to its end.
    pub(super) fn end(tx: &Tx, wanted: State) -> Result<Ending> {
        tx.check_open()?;
        if tx.0.parent.is_none() && !tx.0.root.begin_end() {
            return Err(tx.0.root.over());
        }
        tx.0.close(wanted)?;
        Ok(Ending { tx: Some(tx.clone()), wanted })
    }

    /// Moves an open level on, once.
    pub(super) fn close(&self, wanted: State) -> Result<()> {
        let open = State::Open as u8;
        match self.state.compare_exchange(open, wanted as u8, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => Ok(()),
            Err(now) => Err(ended(State::of(now))),
        }
    }

    /// Leaves an unfinished level to be undone before the next operation of the level around it.
    fn abandon(&self) {
        if let (Some(parent), Some(savepoint)) = (&self.parent, &self.savepoint)
            && parent.is_open()
        {
            self.root.abandon(savepoint.clone());
            self.root.hooks.rolled_back(self.mark);
        }
        self.leave();
    }

    /// Lets others go on.
    fn leave(&self) {
        if self.is_group {
            self.root.group_is_open.store(false, Ordering::Release);
            self.turn.lock().take();
        } else if let Some(parent) = &self.parent {
            parent.0.has_inner.store(false, Ordering::Release);
        }
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        if State::of(self.state.load(Ordering::Acquire)) == State::Open {
            self.abandon();
        }
    }
}

/// The refusal of whatever comes after the end.
#[cold]
pub(super) fn ended(state: State) -> Error {
    let how = match state {
        State::Open => "is ending",
        State::Committed => "was committed",
        State::RolledBack => "was rolled back",
        State::Failed => "ended when its commit failed",
    };
    Error::new(ErrorKind::Transaction, format!("the transaction {how} before; begin another one"))
}
