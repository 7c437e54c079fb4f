//! What all levels of a transaction share: the driver's transaction, and whether it was lost before its end.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures_util::lock::Mutex as AsyncMutex;
use ommi_core::driver::{Transaction, TransactionOptions};
use ommi_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;

use super::hooks::Hooks;
use super::limit::Running;
use crate::handle::Handle;
use crate::query_cache::{Table, Written};
use crate::timer::{self, Alarm};

/// What all levels share.
pub(super) struct Root {
    pub(super) handle: Handle,
    /// Dropped before the hooks are: they come after the rollback.
    pub(super) transaction: Arc<dyn Transaction>,
    pub(super) hooks: Hooks,
    pub(super) options: TransactionOptions,
    pub(super) setup_gate: AsyncMutex<()>,
    levels: AtomicU64,
    /// Savepoints of levels that were dropped unfinished; their work is undone before anything else runs.
    abandoned: Mutex<Vec<String>>,
    pub(super) has_abandoned: AtomicBool,
    clearing: AsyncMutex<()>,
    /// Who holds it has the transaction to itself.
    pub(super) turn: Arc<AsyncMutex<()>>,
    pub(super) group_is_open: AtomicBool,
    fate: AtomicU8,
    loss: OnceLock<Loss>,
    /// Whether a lost transaction was rolled back.
    undone: AsyncMutex<bool>,
    /// Operations that end with the time that the transaction has, where it has one.
    pub(super) running: Running,
    pub(super) has_timeout: bool,
    alarm: Mutex<Option<Alarm>>,
    /// The tables that were written while there was a query cache.
    written: Mutex<Vec<Arc<Table>>>,
    /// Whether there was one from the beginning.
    has_query_cache: bool,
}

/// Who decides about the end.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Fate {
    Undecided,
    /// The user's commit or rollback.
    Ending,
    /// The database, or the time.
    Lost,
}

/// Why a transaction was over before its commit or rollback.
struct Loss {
    kind: ErrorKind,
    message: String,
}

impl Root {
    pub(super) fn new(
        handle: Handle,
        transaction: Arc<dyn Transaction>,
        options: TransactionOptions,
        has_timeout: bool,
    ) -> Self {
        let has_query_cache = handle.query_cache().is_some();
        Self {
            handle,
            transaction,
            hooks: Hooks::default(),
            options,
            setup_gate: AsyncMutex::new(()),
            levels: AtomicU64::new(0),
            abandoned: Mutex::default(),
            has_abandoned: AtomicBool::new(false),
            clearing: AsyncMutex::new(()),
            turn: Arc::default(),
            group_is_open: AtomicBool::new(false),
            fate: AtomicU8::new(Fate::Undecided as u8),
            loss: OnceLock::new(),
            undone: AsyncMutex::new(false),
            running: Running::default(),
            has_timeout,
            alarm: Mutex::new(None),
            written: Mutex::default(),
            has_query_cache,
        }
    }

    /// Notes that a table was written, for the query cache.
    pub(super) fn note_written(&self, table: Arc<Table>) {
        let mut written = self.written.lock();
        if !written.iter().any(|known| Arc::ptr_eq(known, &table)) {
            written.push(table);
        }
    }

    /// What is about to be committed, where anything is cached.
    pub(super) fn committing(&self) -> Option<Written> {
        let cache = self.handle.query_cache()?;
        let mut written = std::mem::take(&mut *self.written.lock());
        if !self.has_query_cache {
            // What was written before there was one is not known.
            written.push(cache.anything());
        }
        Some(Written::new(self.handle.clone(), written))
    }

    /// Ends the transaction at `deadline`, `timeout` after its beginning.
    ///
    /// # Errors
    /// `Internal` where no thread can be started to watch the time.
    pub(super) fn limit(self: &Arc<Self>, deadline: Instant, timeout: Duration) -> Result<()> {
        let root = Arc::downgrade(self);
        let alarm = timer::alarm(deadline, move || {
            if let Some(root) = root.upgrade() {
                root.expire(timeout);
            }
        });
        let alarm = alarm.map_err(|error| {
            let message = format!("no thread could be started for the timeout of a transaction: {error}");
            Error::new(ErrorKind::Internal, message).with_source(error)
        })?;
        *self.alarm.lock() = Some(alarm);
        Ok(())
    }

    /// The time is over: all work is dropped, and what was done is undone.
    fn expire(self: &Arc<Self>, timeout: Duration) {
        let error = timed_out(timeout);
        if self.lose(&error) {
            self.running.stop();
            self.undo_soon();
        }
    }

    /// Leaves the end to the user's commit or rollback; not after a loss.
    pub(super) fn begin_end(&self) -> bool {
        let begun = self.decide(Fate::Ending);
        if begun {
            let alarm = self.alarm.lock().take();
            drop(alarm);
        }
        begun
    }

    /// Notes why the transaction is over; once, and not when its end has begun.
    pub(super) fn lose(&self, error: &Error) -> bool {
        let loss = Loss { kind: error.kind(), message: error.message().to_owned() };
        self.loss.set(loss).is_ok() && self.decide(Fate::Lost)
    }

    fn decide(&self, fate: Fate) -> bool {
        let undecided = Fate::Undecided as u8;
        self.fate.compare_exchange(undecided, fate as u8, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    #[inline]
    pub(super) fn is_lost(&self) -> bool {
        self.fate.load(Ordering::Acquire) == Fate::Lost as u8
    }

    /// The refusal of whatever comes after a loss: it is of the loss's kind.
    #[cold]
    pub(super) fn over(&self) -> Error {
        let Some(loss) = self.loss.get() else { return super::level::ended(super::level::State::RolledBack) };
        let message = match loss.kind {
            ErrorKind::Timeout => loss.message.clone(),
            ErrorKind::Conflict => {
                format!(
                    "the database ended the transaction before; run it again from its start: {}",
                    loss.message
                )
            }
            _lost => format!("the transaction was lost before; begin another one: {}", loss.message),
        };
        Error::new(loss.kind, message)
    }

    /// Rolls a lost transaction back, once; waits for that.
    pub(super) async fn undo(&self) {
        let mut undone = self.undone.lock().await;
        if !*undone {
            // The loss says more than a failure to roll back could; the driver cleans up in any case.
            let _outcome: Result<()> = self.transaction.rollback().await;
            *undone = true;
            self.hooks.rolled_back(0);
        }
    }

    /// Rolls a lost transaction back without anybody waiting for it.
    pub(super) fn undo_soon(self: &Arc<Self>) {
        let root = self.clone();
        timer::spawn(Box::pin(async move { root.undo().await }));
    }

    /// Leaves a level to be undone.
    pub(super) fn abandon(&self, savepoint: String) {
        self.abandoned.lock().push(savepoint);
        self.has_abandoned.store(true, Ordering::Release);
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

/// The error of a transaction that took too long.
pub(super) fn timed_out(timeout: Duration) -> Error {
    let message = format!(
        "the transaction took longer than its timeout of {timeout:?} and was rolled back; make it shorter, or give it \
         more time"
    );
    Error::new(ErrorKind::Timeout, message)
}
