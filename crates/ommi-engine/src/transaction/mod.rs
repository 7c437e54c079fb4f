//! `Tx`: a transaction, or one nested in another as a savepoint. It knows whether it is still open and which
//! models were set up in it; the driver's transaction does the work.

mod end;
mod hooks;
mod level;
mod limit;
mod options;
mod root;
mod savepoint;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use futures_util::future::{Either, select};
use futures_util::lock::{Mutex as AsyncMutex, OwnedMutexGuard};
use ommi_core::driver::{BoxFuture, Executor, RowStream, Transaction, TransactionOptions};
use ommi_core::schema::{ModelDef, ModelId};
use ommi_core::{Error, ErrorKind, Result};

use crate::handle::Handle;
use crate::query_cache::Table;
use crate::session::Session;
use crate::timer;
use hooks::When;
use level::{Level, State, ended};
use root::Root;

pub use options::TxOptions;

/// A transaction. Clones are the same one; dropping the last one unfinished rolls back.
///
/// A transaction that the database gave up (a lost race, a lost connection), or whose time is over, was rolled back:
/// its later operations fail with the same kind of error, and so does its commit.
#[derive(Clone)]
pub struct Tx(Arc<Level>);

/// Begins a transaction whose options the database has.
pub(crate) async fn begin(
    handle: Handle,
    options: TransactionOptions,
    limit: Option<std::time::Duration>,
) -> Result<Tx> {
    let begun = handle.driver().begin(options);
    let deadline = limit.and_then(|limit| Some((Instant::now().checked_add(limit)?, limit)));
    let Some((deadline, limit)) = deadline else {
        return Ok(Tx::begun(handle, begun.await?, options, false));
    };
    let transaction = match select(begun, timer::sleep(limit)).await {
        Either::Left((begun, _)) => begun?,
        Either::Right(_) => return Err(root::timed_out(limit)),
    };
    let tx = Tx::begun(handle, transaction, options, true);
    tx.0.root.limit(deadline, limit)?;
    Ok(tx)
}

impl Tx {
    fn begun(
        handle: Handle,
        transaction: Arc<dyn Transaction>,
        options: TransactionOptions,
        has_timeout: bool,
    ) -> Self {
        let root = Arc::new(Root::new(handle, transaction, options, has_timeout));
        Self(Arc::new(Level::outermost(root)))
    }

    /// The handle that the transaction was begun on.
    pub fn handle(&self) -> &Handle {
        &self.0.root.handle
    }

    /// The options that it was begun with, as the database has them.
    pub fn options(&self) -> &TransactionOptions {
        &self.0.root.options
    }

    /// Runs operations in this transaction, one at a time.
    pub fn session(&self) -> Session {
        Session::within(self.clone())
    }

    /// Whether neither this transaction nor one around it has ended.
    pub fn is_open(&self) -> bool {
        self.check_open().is_ok()
    }

    /// Whether its user ended it by a commit or a rollback. One that was lost or whose outer one ended is not open and
    /// yet not ended: its commit is an error, and its rollback waits until it is undone.
    pub fn is_ended(&self) -> bool {
        self.0.state.load(Ordering::Acquire) != State::Open as u8
    }

    /// Whether it is nested in another.
    pub fn is_nested(&self) -> bool {
        self.0.parent.is_some()
    }

    /// Calls `hook` once after the work done so far was committed, that is after the outermost commit, when others can
    /// see it. It is forgotten where the work is rolled back, and where nobody knows what became of the commit (its
    /// answer was lost).
    ///
    /// Hooks are called in the order in which they were added, by whatever thread awaits the commit. One that panics
    /// undoes nothing and keeps no other from being called.
    ///
    /// # Errors
    /// `Transaction` when it has ended.
    pub fn on_commit(&self, hook: impl FnOnce() + Send + 'static) -> Result<()> {
        self.add_hook(When::Committed, Box::new(hook))
    }

    /// Calls `hook` once after the work done so far was rolled back: with this transaction, with one around it, with a
    /// savepoint set before, by a lost race or connection, by the timeout, or because the transaction was dropped.
    ///
    /// Otherwise as [`on_commit`](Self::on_commit). After a timeout it is the timer's thread that calls it: a hook that
    /// takes long holds up the timeouts of others.
    ///
    /// # Errors
    /// `Transaction` when it has ended.
    pub fn on_rollback(&self, hook: impl FnOnce() + Send + 'static) -> Result<()> {
        self.add_hook(When::RolledBack, Box::new(hook))
    }

    fn add_hook(&self, when: When, hook: Box<dyn FnOnce() + Send>) -> Result<()> {
        self.check_open()?;
        self.0.root.hooks.add(when, hook);
        Ok(())
    }

    /// Waits while an operation of several statements has the transaction to itself; what comes next runs
    /// before the guard is dropped.
    pub(crate) async fn turn(&self) -> Option<OwnedMutexGuard<()>> {
        let root = &self.0.root;
        let must_wait = root.group_is_open.load(Ordering::Acquire) && !self.is_in_group();
        if must_wait { Some(root.turn.clone().lock_owned().await) } else { None }
    }

    fn is_in_group(&self) -> bool {
        self.0.is_group || self.0.parent.as_ref().is_some_and(Tx::is_in_group)
    }

    /// Notes that a table was written, for the query cache.
    pub(crate) fn note_written(&self, table: Arc<Table>) {
        self.0.root.note_written(table);
    }

    #[inline]
    pub(crate) fn executor(&self) -> &dyn Executor {
        self.0.root.transaction.as_ref()
    }

    pub(crate) fn setup_gate(&self) -> &AsyncMutex<()> {
        &self.0.root.setup_gate
    }

    /// Whether this one and all around it are open.
    #[inline]
    pub(crate) fn check_open(&self) -> Result<()> {
        if self.0.root.is_lost() {
            return Err(self.0.root.over());
        }
        let mut level = Some(self);
        while let Some(tx) = level {
            let state = tx.0.state.load(Ordering::Acquire);
            if state != State::Open as u8 {
                return Err(ended(State::of(state)));
            }
            level = tx.0.parent.as_ref();
        }
        Ok(())
    }

    /// Whether writes are not refused.
    #[inline]
    pub(crate) fn check_writable(&self) -> Result<()> {
        if self.0.read_only { Err(is_read_only()) } else { Ok(()) }
    }

    /// Whether the next operation has nothing to wait for.
    #[inline]
    pub(crate) fn is_clear(&self) -> bool {
        let root = &self.0.root;
        !root.has_abandoned.load(Ordering::Acquire)
            && (!root.group_is_open.load(Ordering::Acquire) || self.is_in_group())
    }

    /// Undoes the work of inner transactions that were dropped unfinished.
    async fn clear_abandoned(&self) -> Result<()> {
        let root = &self.0.root;
        if root.has_abandoned.load(Ordering::Acquire) { root.clear_abandoned().await } else { Ok(()) }
    }

    /// As [`clear_abandoned`](Self::clear_abandoned), judged.
    pub(crate) async fn cleared(&self) -> Result<()> {
        self.judged(self.clear_abandoned().await).await
    }

    /// Ends the work with the transaction's time, where it has one.
    pub(crate) fn limited<T: Send + 'static>(&self, work: BoxFuture<Result<T>>) -> BoxFuture<Result<T>> {
        if self.0.root.has_timeout { limit::future(&self.0.root, work) } else { work }
    }

    /// As [`limited`](Self::limited), for a read.
    pub(crate) fn limited_stream(&self, rows: RowStream) -> RowStream {
        if self.0.root.has_timeout { limit::stream(&self.0.root, rows) } else { rows }
    }

    /// Looks at what the database said: after a lost race or a lost connection there is no transaction any more, so
    /// that nothing more is sent, and what is left is rolled back before anybody hears of it.
    pub(crate) async fn judge(&self, error: &Error) {
        if is_loss(error) && self.0.root.lose(error) {
            self.0.root.undo().await;
        }
    }

    /// As [`judge`](Self::judge), where nobody can wait for the rollback.
    pub(crate) fn judge_now(&self, error: &Error) {
        if is_loss(error) && self.0.root.lose(error) {
            self.0.root.undo_soon();
        }
    }

    /// The outcome of something that the driver did, judged.
    async fn judged<T>(&self, outcome: Result<T>) -> Result<T> {
        if let Err(error) = &outcome {
            self.judge(error).await;
        }
        outcome
    }

    /// Whether all these models are set up for whoever works in this transaction.
    pub(crate) fn has_set_up(&self, models: &[Arc<ModelDef>]) -> bool {
        models.iter().all(|model| self.handle().is_ready(model) || self.has_set_up_one(model.id()))
    }

    fn has_set_up_one(&self, model: ModelId) -> bool {
        self.0.set_up.lock().contains(&model)
            || self.0.parent.as_ref().is_some_and(|parent| parent.has_set_up_one(model))
    }

    pub(crate) fn note_set_up(&self, models: &[Arc<ModelDef>]) {
        self.0.set_up.lock().extend(models.iter().map(|model| model.id()));
    }

    pub(crate) fn forget_set_up(&self, models: &[Arc<ModelDef>]) {
        self.0.set_up.lock().retain(|ready| models.iter().all(|model| model.id() != *ready));
        if let Some(parent) = &self.0.parent {
            parent.forget_set_up(models);
        }
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx")
            .field("state", &State::of(self.0.state.load(Ordering::Acquire)))
            .field("savepoint", &self.0.savepoint)
            .finish_non_exhaustive()
    }
}

/// Errors after which the database has no transaction any more.
fn is_loss(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Conflict | ErrorKind::Connection)
}

#[cold]
fn is_read_only() -> Error {
    let message = "the transaction is read-only; begin one that is not in order to write";
    Error::new(ErrorKind::Transaction, message)
}
