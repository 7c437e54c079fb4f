//! What a transaction is made of: levels of nesting over one driver transaction, and how a level ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use futures_util::lock::{Mutex as AsyncMutex, OwnedMutexGuard};
use ommi_core::driver::{Transaction, TransactionOptions};
use ommi_core::schema::ModelId;
use ommi_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;

use super::Tx;
use crate::handle::Handle;

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
    pub(super) savepoints: Mutex<Vec<String>>,
    /// Models set up in this level, known to others only after the commit.
    pub(super) set_up: Mutex<Vec<ModelId>>,
    /// Held by a group from its beginning to its end.
    turn: Mutex<Option<OwnedMutexGuard<()>>>,
    /// Whether this level is one operation of several statements, which nothing may come between.
    pub(super) is_group: bool,
}

/// What all levels share.
pub(super) struct Root {
    pub(super) handle: Handle,
    pub(super) transaction: Arc<dyn Transaction>,
    pub(super) options: TransactionOptions,
    pub(super) setup_gate: AsyncMutex<()>,
    pub(super) levels: AtomicU64,
    /// Savepoints of levels that were dropped unfinished; their work is undone before anything else runs.
    pub(super) abandoned: Mutex<Vec<String>>,
    pub(super) has_abandoned: AtomicBool,
    clearing: AsyncMutex<()>,
    /// Who holds it has the transaction to itself.
    pub(super) turn: Arc<AsyncMutex<()>>,
    pub(super) group_is_open: AtomicBool,
}

/// Where a transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    Open,
    Committed,
    RolledBack,
}

impl State {
    pub(super) fn of(number: u8) -> Self {
        [State::Open, State::Committed, State::RolledBack][usize::from(number).min(2)]
    }
}

/// A level on its way to its end.
pub(super) struct Ending {
    tx: Option<Tx>,
}

impl Ending {
    pub(super) fn done(mut self) {
        if let Some(tx) = self.tx.take() {
            tx.0.leave();
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(tx) = self.tx.take() {
            tx.0.abandon();
        }
    }
}

impl Level {
    pub(super) fn new(root: Arc<Root>, parent: Option<Tx>, savepoint: Option<String>) -> Self {
        Self {
            root,
            parent,
            savepoint,
            state: AtomicU8::new(State::Open as u8),
            has_inner: AtomicBool::new(false),
            savepoints: Mutex::default(),
            set_up: Mutex::default(),
            turn: Mutex::new(None),
            is_group: false,
        }
    }

    /// A level that has the transaction to itself until it ends.
    pub(super) fn group(parent: Tx, savepoint: String, turn: OwnedMutexGuard<()>) -> Self {
        let root = parent.0.root.clone();
        root.group_is_open.store(true, Ordering::Release);
        let mut level = Self::new(root, Some(parent), Some(savepoint));
        level.turn = Mutex::new(Some(turn));
        level.is_group = true;
        level
    }

    /// Ends the level `tx`, once. What the returned guard covers must run to its end; dropped before, the level
    /// counts as abandoned.
    pub(super) fn end(tx: &Tx, state: State) -> Result<Ending> {
        tx.check_open()?;
        let open = State::Open as u8;
        match tx.0.state.compare_exchange(open, state as u8, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => Ok(Ending { tx: Some(tx.clone()) }),
            Err(now) => Err(ended(State::of(now))),
        }
    }

    /// Leaves an unfinished level to be undone before the next operation of the level around it.
    fn abandon(&self) {
        if let (Some(parent), Some(savepoint)) = (&self.parent, &self.savepoint)
            && parent.is_open()
        {
            self.root.abandoned.lock().push(savepoint.clone());
            self.root.has_abandoned.store(true, Ordering::Release);
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

impl Root {
    pub(super) fn new(
        handle: Handle,
        transaction: Arc<dyn Transaction>,
        options: TransactionOptions,
    ) -> Self {
        Self {
            handle,
            transaction,
            options,
            setup_gate: AsyncMutex::new(()),
            levels: AtomicU64::new(0),
            abandoned: Mutex::default(),
            has_abandoned: AtomicBool::new(false),
            clearing: AsyncMutex::new(()),
            turn: Arc::default(),
            group_is_open: AtomicBool::new(false),
        }
    }

    /// Undoes the work of levels that were dropped unfinished.
    pub(super) async fn clear_abandoned(&self) -> Result<()> {
        let _one_at_a_time = self.clearing.lock().await;
        loop {
            let Some(name) = self.abandoned.lock().first().cloned() else { break };
            match self.transaction.rollback_to(&name).await {
                Ok(()) => self.transaction.release(&name).await?,
                // It was gone already: dropped before it began, or after it ended.
                Err(error) if error.kind() == ErrorKind::Transaction => {}
                Err(error) => return Err(error),
            }
            self.abandoned.lock().retain(|abandoned| *abandoned != name);
        }
        self.has_abandoned.store(!self.abandoned.lock().is_empty(), Ordering::Release);
        Ok(())
    }

    /// Undoes and forgets the level that began with a savepoint. What was abandoned further in goes with it.
    pub(super) async fn roll_back_level(&self, savepoint: &str) -> Result<()> {
        let _one_at_a_time = self.clearing.lock().await;
        self.transaction.rollback_to(savepoint).await?;
        self.abandoned.lock().clear();
        self.has_abandoned.store(false, Ordering::Release);
        self.transaction.release(savepoint).await
    }

    /// A savepoint's name: no user's looks like it by accident.
    pub(super) fn next_name(&self) -> String {
        format!("ommi inner {}", self.levels.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// The refusal of whatever comes after the end.
#[cold]
pub(super) fn ended(state: State) -> Error {
    let how = match state {
        State::Open => "is ending",
        State::Committed => "was committed",
        State::RolledBack => "was rolled back",
    };
    Error::new(ErrorKind::Transaction, format!("the transaction {how} before; begin another one"))
}
