//! `Tx`: a transaction, or one nested in another as a savepoint. It knows whether it is still open and which
//! models were set up in it; the driver's transaction does the work.

mod level;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::lock::{Mutex as AsyncMutex, OwnedMutexGuard};
use ommi_core::driver::{BoxFuture, Executor, Transaction, TransactionOptions};
use ommi_core::schema::{ModelDef, ModelId};
use ommi_core::{Error, ErrorKind, Result};

use crate::handle::Handle;
use crate::session::Session;
use level::{Level, Root, State, ended};

/// A transaction. Clones are the same one; dropping the last one unfinished rolls back.
#[derive(Clone)]
pub struct Tx(Arc<Level>);

impl Tx {
    pub(crate) fn begun(
        handle: Handle,
        transaction: Arc<dyn Transaction>,
        options: TransactionOptions,
    ) -> Self {
        let root = Arc::new(Root::new(handle, transaction, options));
        Self(Arc::new(Level::new(root, None, None)))
    }

    /// The handle that the transaction was begun on.
    pub fn handle(&self) -> &Handle {
        &self.0.root.handle
    }

    /// The options that it was begun with.
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

    /// Begins a transaction in this one. One at a time can be open on each level; while it is, work done by
    /// the outer one belongs to the inner one and shares its fate.
    ///
    /// # Errors
    /// `Transaction` when this one has ended or has an inner one already; `Unsupported` without savepoints.
    pub fn nested(&self) -> BoxFuture<Result<Tx>> {
        let outer = self.clone();
        Box::pin(async move {
            let _turn = outer.ready_for_savepoints().await?;
            if outer.0.has_inner.swap(true, Ordering::AcqRel) {
                return Err(inner_is_open());
            }
            let root = outer.0.root.clone();
            let name = root.next_name();
            // Made before it is begun: dropped half-way, it is undone like any unfinished one.
            let inner = Tx(Arc::new(Level::new(root, Some(outer.clone()), Some(name.clone()))));
            outer.0.root.transaction.savepoint(&name).await?;
            Ok(inner)
        })
    }

    /// Begins an inner transaction that has this one to itself: whatever else is done with it meanwhile waits
    /// for its end. For one operation of several statements.
    pub(crate) fn group(&self) -> BoxFuture<Result<Tx>> {
        if self.is_in_group() {
            return self.nested();
        }
        let outer = self.clone();
        Box::pin(async move {
            outer.check_savepoints()?;
            let turn = outer.0.root.turn.clone().lock_owned().await;
            let name = outer.0.root.next_name();
            let group = Tx(Arc::new(Level::group(outer.clone(), name.clone(), turn)));
            outer.check_open()?;
            group.clear_abandoned().await?;
            outer.0.root.transaction.savepoint(&name).await?;
            Ok(group)
        })
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

    /// Marks a point to return to.
    ///
    /// # Errors
    /// `Transaction` when this one has ended or an inner one is open; `Unsupported` without savepoints.
    pub fn savepoint(&self, name: &str) -> BoxFuture<Result<()>> {
        let (tx, name) = (self.clone(), name.to_owned());
        Box::pin(async move {
            if name.is_empty() || name.contains('\0') {
                return Err(Error::validation("a savepoint needs a name without NUL characters"));
            }
            let _turn = tx.ready_for_savepoints().await?;
            tx.0.root.transaction.savepoint(&name).await?;
            tx.0.savepoints.lock().push(name);
            Ok(())
        })
    }

    /// Undoes everything since the savepoint, which stays.
    ///
    /// # Errors
    /// `Transaction` when there is no savepoint of the name in this transaction, or an inner one is open.
    pub fn rollback_to(&self, name: &str) -> BoxFuture<Result<()>> {
        let (tx, name) = (self.clone(), name.to_owned());
        Box::pin(async move {
            let _turn = tx.ready_for_savepoints().await?;
            let position = tx.savepoint_position(&name)?;
            tx.0.root.transaction.rollback_to(&name).await?;
            tx.0.savepoints.lock().truncate(position + 1);
            tx.0.set_up.lock().clear();
            Ok(())
        })
    }

    /// Forgets the savepoint and keeps what was done since.
    ///
    /// # Errors
    /// As for [`rollback_to`](Self::rollback_to).
    pub fn release(&self, name: &str) -> BoxFuture<Result<()>> {
        let (tx, name) = (self.clone(), name.to_owned());
        Box::pin(async move {
            let _turn = tx.ready_for_savepoints().await?;
            let position = tx.savepoint_position(&name)?;
            tx.0.root.transaction.release(&name).await?;
            tx.0.savepoints.lock().truncate(position);
            Ok(())
        })
    }

    /// Makes everything permanent; of an inner transaction: as permanent as the outer one. It is over whether
    /// this succeeds or not.
    ///
    /// # Errors
    /// `Transaction` when it has ended before; what the database says.
    pub fn commit(&self) -> BoxFuture<Result<()>> {
        let tx = self.clone();
        Box::pin(async move {
            let _turn = tx.turn().await;
            tx.check_open()?;
            tx.clear_abandoned().await?;
            let ending = Level::end(&tx, State::Committed)?;
            let root = &tx.0.root;
            match &tx.0.savepoint {
                Some(name) => root.transaction.release(name).await?,
                None => root.transaction.commit().await?,
            }
            ending.done();
            let set_up = std::mem::take(&mut *tx.0.set_up.lock());
            match &tx.0.parent {
                Some(parent) => parent.0.set_up.lock().extend(set_up),
                None => root.handle.readiness().add(set_up),
            }
            Ok(())
        })
    }

    /// Undoes everything. It is over whether this succeeds or not.
    ///
    /// # Errors
    /// `Transaction` when it has ended before; what the database says.
    pub fn rollback(&self) -> BoxFuture<Result<()>> {
        let tx = self.clone();
        Box::pin(async move {
            let ending = Level::end(&tx, State::RolledBack)?;
            let root = &tx.0.root;
            match &tx.0.savepoint {
                Some(name) => {
                    root.roll_back_level(name).await?;
                }
                None => root.transaction.rollback().await?,
            }
            ending.done();
            Ok(())
        })
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

    /// Whether the next operation has nothing to wait for.
    #[inline]
    pub(crate) fn is_clear(&self) -> bool {
        let root = &self.0.root;
        !root.has_abandoned.load(Ordering::Acquire)
            && (!root.group_is_open.load(Ordering::Acquire) || self.is_in_group())
    }

    /// Undoes the work of inner transactions that were dropped unfinished.
    pub(crate) async fn clear_abandoned(&self) -> Result<()> {
        let root = &self.0.root;
        if root.has_abandoned.load(Ordering::Acquire) { root.clear_abandoned().await } else { Ok(()) }
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

    /// Waits until a savepoint can be set or left. What is done with it runs before the guard is dropped.
    async fn ready_for_savepoints(&self) -> Result<Option<OwnedMutexGuard<()>>> {
        self.check_savepoints()?;
        let turn = self.turn().await;
        self.check_open()?;
        self.clear_abandoned().await?;
        if self.0.has_inner.load(Ordering::Acquire) { Err(inner_is_open()) } else { Ok(turn) }
    }

    fn check_savepoints(&self) -> Result<()> {
        self.check_open()?;
        let driver = self.handle().driver();
        if driver.capabilities().savepoints {
            return Ok(());
        }
        Err(Error::unsupported(format!("{} has no savepoints", driver.name())))
    }

    fn savepoint_position(&self, name: &str) -> Result<usize> {
        let savepoints = self.0.savepoints.lock();
        savepoints.iter().rposition(|known| known == name).ok_or_else(|| {
            let known = if savepoints.is_empty() { "none".to_owned() } else { savepoints.join(", ") };
            let message =
                format!("there is no savepoint {name:?} in this transaction; the savepoints are: {known}");
            Error::new(ErrorKind::Transaction, message)
        })
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

fn inner_is_open() -> Error {
    let message = "an inner transaction is open; commit it or roll it back first";
    Error::new(ErrorKind::Transaction, message)
}
