//! Transactions in a transaction, and savepoints by name.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::lock::OwnedMutexGuard;
use ommi_core::driver::BoxFuture;
use ommi_core::{Error, ErrorKind, Result};

use super::level::{Level, Savepoint};
use super::{Tx, TxOptions};

impl Tx {
    /// Begins a transaction in this one. One at a time can be open on each level; while it is, work done by
    /// the outer one belongs to the inner one and shares its fate.
    ///
    /// # Errors
    /// `Transaction` when this one has ended or has an inner one already; `Unsupported` without savepoints.
    pub fn nested(&self) -> BoxFuture<Result<Tx>> {
        self.nested_with(TxOptions::default())
    }

    /// As [`nested`](Self::nested). It may be read-only where this one is not.
    ///
    /// # Errors
    /// Also `Transaction` for a stronger isolation than this one has, and for a timeout: both are the outermost
    /// transaction's.
    pub fn nested_with(&self, options: TxOptions) -> BoxFuture<Result<Tx>> {
        let outer = self.clone();
        self.limited(Box::pin(async move {
            outer.check_nested(options)?;
            let _turn = outer.ready_for_savepoints().await?;
            if outer.0.has_inner.swap(true, Ordering::AcqRel) {
                return Err(inner_is_open());
            }
            let name = outer.0.root.next_name();
            // Made before it is begun: dropped half-way, it is undone like any unfinished one.
            let inner = Tx(Arc::new(Level::inner(outer.clone(), name.clone(), options.read_only)));
            outer.judged(outer.0.root.transaction.savepoint(&name).await).await?;
            Ok(inner)
        }))
    }

    fn check_nested(&self, options: TxOptions) -> Result<()> {
        if options.timeout.is_some() {
            let message = "a nested transaction has no timeout of its own; give it to the outermost one";
            return Err(Error::new(ErrorKind::Transaction, message));
        }
        let here = self.options().isolation;
        match options.isolation {
            Some(wanted) if wanted > here => {
                let message = format!(
                    "a nested transaction has the isolation of the outermost one, {here:?}, and cannot be \
                     {wanted:?}; ask the outermost one for it"
                );
                Err(Error::new(ErrorKind::Transaction, message))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Begins an inner transaction that has this one to itself: whatever else is done with it meanwhile waits
    /// for its end. For one operation of several statements.
    pub(crate) fn group(&self) -> BoxFuture<Result<Tx>> {
        if self.is_in_group() {
            return self.nested();
        }
        let outer = self.clone();
        self.limited(Box::pin(async move {
            outer.check_savepoints()?;
            let turn = outer.0.root.turn.clone().lock_owned().await;
            let name = outer.0.root.next_name();
            let group = Tx(Arc::new(Level::group(outer.clone(), name.clone(), turn)));
            outer.check_open()?;
            group.cleared().await?;
            outer.judged(outer.0.root.transaction.savepoint(&name).await).await?;
            Ok(group)
        }))
    }

    /// Marks a point to return to.
    ///
    /// # Errors
    /// `Transaction` when this one has ended or an inner one is open; `Unsupported` without savepoints.
    pub fn savepoint(&self, name: &str) -> BoxFuture<Result<()>> {
        let (tx, name) = (self.clone(), name.to_owned());
        self.limited(Box::pin(async move {
            if name.is_empty() || name.contains('\0') {
                return Err(Error::validation("a savepoint needs a name without NUL characters"));
            }
            let _turn = tx.ready_for_savepoints().await?;
            tx.judged(tx.0.root.transaction.savepoint(&name).await).await?;
            let mark = tx.0.root.hooks.mark();
            tx.0.savepoints.lock().push(Savepoint { name, mark });
            Ok(())
        }))
    }

    /// Undoes everything since the savepoint, which stays.
    ///
    /// # Errors
    /// `Transaction` when there is no savepoint of the name in this transaction, or an inner one is open.
    pub fn rollback_to(&self, name: &str) -> BoxFuture<Result<()>> {
        let (tx, name) = (self.clone(), name.to_owned());
        self.limited(Box::pin(async move {
            let _turn = tx.ready_for_savepoints().await?;
            let (position, mark) = tx.savepoint_at(&name)?;
            tx.judged(tx.0.root.transaction.rollback_to(&name).await).await?;
            tx.0.savepoints.lock().truncate(position + 1);
            tx.0.set_up.lock().clear();
            tx.0.root.hooks.rolled_back(mark);
            Ok(())
        }))
    }

    /// Forgets the savepoint and keeps what was done since.
    ///
    /// # Errors
    /// As for [`rollback_to`](Self::rollback_to).
    pub fn release(&self, name: &str) -> BoxFuture<Result<()>> {
        let (tx, name) = (self.clone(), name.to_owned());
        self.limited(Box::pin(async move {
            let _turn = tx.ready_for_savepoints().await?;
            let (position, _) = tx.savepoint_at(&name)?;
            tx.judged(tx.0.root.transaction.release(&name).await).await?;
            tx.0.savepoints.lock().truncate(position);
            Ok(())
        }))
    }

    /// Waits until a savepoint can be set or left. What is done with it runs before the guard is dropped.
    async fn ready_for_savepoints(&self) -> Result<Option<OwnedMutexGuard<()>>> {
        self.check_savepoints()?;
        let turn = self.turn().await;
        self.check_open()?;
        self.cleared().await?;
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

    /// The position of the latest savepoint of a name, and how many hooks there were before it.
    fn savepoint_at(&self, name: &str) -> Result<(usize, usize)> {
        let savepoints = self.0.savepoints.lock();
        let found = savepoints.iter().enumerate().rev().find(|(_, known)| known.name == name);
        found.map(|(position, known)| (position, known.mark)).ok_or_else(|| {
            let names: Vec<&str> = savepoints.iter().map(|known| known.name.as_str()).collect();
            let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            let message =
                format!("there is no savepoint {name:?} in this transaction; the savepoints are: {known}");
            Error::new(ErrorKind::Transaction, message)
        })
    }
}

fn inner_is_open() -> Error {
    let message = "an inner transaction is open; commit it or roll it back first";
    Error::new(ErrorKind::Transaction, message)
}
