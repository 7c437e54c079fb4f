//! `Tx`: a transaction in hand.

use std::fmt;

use ommi_core::Result;
use ommi_engine::Session;

use super::Db;

/// A transaction. Clones are the same one; its operations run one at a time, in the order in which they were started.
///
/// [`Transactions::run`](super::Transactions::run) ends it by itself. One that was begun by
/// [`begin`](super::Transactions::begin) is ended by hand, and dropping it unfinished rolls it back.
///
/// ```
/// use ommi::{Model, prelude::*};
///
/// #[derive(Model)]
/// struct User {
///     id: i64,
///     name: String,
/// }
///
/// # #[tokio::main]
/// # async fn main() -> ommi::Result<()> {
/// let db = Ommi::connect("sqlite://:memory:").await?;
/// let tx = db.transaction().begin().await?;
/// tx.add(&mut User { name: "Ada".into(), ..User::new() }).await?;
/// tx.savepoint("one").await?;
/// tx.add(&mut User { name: "Grace".into(), ..User::new() }).await?;
/// tx.rollback_to("one").await?;
/// tx.commit().await?;
/// assert_eq!(db.find::<User>().count().await?, 1);
/// assert!(tx.find::<User>().count().await.is_err()); // it is over
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Tx {
    tx: ommi_engine::Tx,
    session: Session,
}

impl Tx {
    pub(crate) fn new(tx: ommi_engine::Tx) -> Self {
        Self { session: tx.session(), tx }
    }

    /// Runs `work` in a transaction nested in this one: kept when it gives `Ok`, undone when it gives an error.
    ///
    /// # Errors
    /// The error of `work`; `Transaction` when this one is over; what the database says.
    pub async fn nested<T>(&self, work: impl AsyncFnOnce(Tx) -> Result<T>) -> Result<T> {
        self.transaction().run(work).await
    }

    /// Marks a point to return to.
    ///
    /// # Errors
    /// `Transaction` when this one is over; `Unsupported` where the database has no savepoints.
    pub async fn savepoint(&self, name: &str) -> Result<()> {
        self.tx.savepoint(name).await
    }

    /// Undoes everything since the savepoint, which stays.
    ///
    /// # Errors
    /// `Transaction` when there is no savepoint of that name.
    pub async fn rollback_to(&self, name: &str) -> Result<()> {
        self.tx.rollback_to(name).await
    }

    /// Forgets the savepoint and keeps what was done since.
    ///
    /// # Errors
    /// `Transaction` when there is no savepoint of that name.
    pub async fn release(&self, name: &str) -> Result<()> {
        self.tx.release(name).await
    }

    /// Makes everything permanent; for a nested transaction: part of the one around it.
    ///
    /// # Errors
    /// `Transaction` when it is over; `Conflict`, `Connection` or `Timeout` when the database or the time ended it before;
    /// what the database says. `Connection` leaves open whether the commit was made.
    pub async fn commit(&self) -> Result<()> {
        self.tx.commit().await
    }

    /// Undoes everything. One that the database or the time ended before is undone already, and this waits for that.
    ///
    /// # Errors
    /// `Transaction` when it is over; what the database says.
    pub async fn rollback(&self) -> Result<()> {
        self.tx.rollback().await
    }

    /// Calls `hook` once after the work done so far was committed, that is after the outermost commit, when others can
    /// see it. It is forgotten where the work is rolled back, and where nobody knows what became of the commit.
    ///
    /// Hooks are called in the order in which they were added, before the commit's future is ready. One that panics
    /// undoes nothing and keeps no other from being called.
    ///
    /// # Errors
    /// `Transaction` when this one is over.
    ///
    /// ```
    /// # use ommi::prelude::*;
    /// # #[tokio::main]
    /// # async fn main() -> ommi::Result<()> {
    /// # let db = Ommi::connect("sqlite://:memory:").await?;
    /// let (sender, mails) = std::sync::mpsc::channel();
    /// db.transaction()
    ///     .run(async |tx| {
    ///         let sender = sender.clone();
    ///         tx.on_commit(move || drop(sender.send("welcome")))?;
    ///         assert!(mails.try_recv().is_err()); // not yet
    ///         Ok(())
    ///     })
    ///     .await?;
    /// assert_eq!(mails.try_recv(), Ok("welcome"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_commit(&self, hook: impl FnOnce() + Send + 'static) -> Result<()> {
        self.tx.on_commit(hook)
    }

    /// Calls `hook` once after the work done so far was rolled back: with this transaction, with one around it, with a
    /// savepoint set before, by a lost race or connection, by the timeout, or because the transaction was dropped.
    /// Otherwise as [`on_commit`](Self::on_commit).
    ///
    /// # Errors
    /// `Transaction` when this one is over.
    pub fn on_rollback(&self, hook: impl FnOnce() + Send + 'static) -> Result<()> {
        self.tx.on_rollback(hook)
    }

    /// Whether operations can still run in it.
    pub fn is_open(&self) -> bool {
        self.tx.is_open()
    }

    pub(crate) fn own_session(&self) -> &Session {
        &self.session
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tx.fmt(f)
    }
}
