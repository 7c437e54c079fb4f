//! `Transactions`: the options of a transaction, and running work in one.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ommi_core::driver::IsolationLevel;
use ommi_core::{Error, Result};
use ommi_engine::{Attempts, RetryOptions, Session, TxOptions, sleep};

use super::Tx;

/// A transaction that is not begun yet.
///
/// ```
/// use std::time::Duration;
///
/// use ommi::{Model, prelude::*};
///
/// #[derive(Model)]
/// struct Account {
///     id: i64,
///     balance: i64,
/// }
///
/// # #[tokio::main]
/// # async fn main() -> ommi::Result<()> {
/// let db = Ommi::connect("sqlite://:memory:").await?;
/// db.add_all(&mut [Account { id: 1, balance: 10 }, Account { id: 2, balance: 0 }]).await?;
///
/// let moved = db
///     .transaction()
///     .isolation(Serializable)
///     .timeout(Duration::from_secs(5))
///     .retry(5) // lost races are run again
///     .run(async |tx| {
///         tx.find::<Account>().filter(Account::ID.eq(1)).update(Account::BALANCE.set(Account::BALANCE - 4)).await?;
///         tx.find::<Account>().filter(Account::ID.eq(2)).update(Account::BALANCE.set(Account::BALANCE + 4)).await?;
///         tx.on_commit(|| println!("moved"))?; // not before everybody can see it
///         Ok(4)
///     })
///     .await?;
/// assert_eq!(moved, 4);
/// assert_eq!(db.get::<Account>(1).await?.balance, 6);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a transaction does nothing until `run` or `begin`"]
pub struct Transactions<'a> {
    session: &'a Session,
    options: TxOptions,
    hooks: Hooks,
}

/// What is called at the end of each transaction that is begun.
#[derive(Clone, Default)]
struct Hooks {
    committed: Vec<Hook>,
    rolled_back: Vec<Hook>,
}

type Hook = Arc<dyn Fn() + Send + Sync>;

impl<'a> Transactions<'a> {
    pub(crate) fn new(session: &'a Session) -> Self {
        Self { session, options: TxOptions::default(), hooks: Hooks::default() }
    }

    /// At least this isolation: a level that the database lacks becomes its next stronger one. READ COMMITTED where
    /// nothing is said. A nested transaction has the isolation of the outermost one, and may not ask for more.
    pub fn isolation(mut self, level: IsolationLevel) -> Self {
        self.options.isolation = Some(level);
        self
    }

    /// Refuses writes, and leaves other writers alone.
    pub fn read_only(mut self) -> Self {
        self.options.read_only = true;
        self
    }

    /// Rolls the transaction back when it takes longer, from the wait for its beginning to its commit: running and later
    /// operations fail with `ErrorKind::Timeout`. A commit that was sent before is waited for. With
    /// [`retry`](Self::retry) each attempt has so much time. For the outermost transaction only.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use ommi::{ErrorKind, prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> ommi::Result<()> {
    /// # let db = Ommi::connect("sqlite://:memory:").await?;
    /// let slow = db.transaction().timeout(Duration::from_millis(10)).begin().await?;
    /// tokio::time::sleep(Duration::from_millis(50)).await;
    /// assert_eq!(slow.commit().await.unwrap_err().kind(), ErrorKind::Timeout);
    /// # Ok(())
    /// # }
    /// ```
    pub fn timeout(mut self, time: Duration) -> Self {
        self.options.timeout = Some(time);
        self
    }

    /// Calls `hook` after the transaction was committed: see [`Tx::on_commit`].
    pub fn on_commit(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.hooks.committed.push(Arc::new(hook));
        self
    }

    /// Calls `hook` after the transaction was rolled back, whatever for: see [`Tx::on_rollback`]. With
    /// [`retry`](Self::retry): after each attempt that was.
    pub fn on_rollback(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.hooks.rolled_back.push(Arc::new(hook));
        self
    }

    /// Runs the work again, up to so many times, when it lost a race (`ErrorKind::Conflict`: a serialization failure, a
    /// deadlock, a busy database), after a wait that grows from 0.1 s. A nested transaction is never run again by itself:
    /// the one around it lost the race too.
    pub fn retry(self, times: u32) -> RetriedTransactions<'a> {
        RetriedTransactions {
            once: self,
            retry: RetryOptions { max_retries: times, ..RetryOptions::default() },
        }
    }

    /// Runs `work` in the transaction, and commits when it gives `Ok`. An error of `work`, or dropping the future, rolls
    /// back.
    ///
    /// # Errors
    /// The error of `work`; what the database says, `Conflict` for a lost race; `Timeout` when its time is over.
    pub async fn run<T>(self, work: impl AsyncFnOnce(Tx) -> Result<T>) -> Result<T> {
        let tx = self.begun().await?;
        let outcome = work(Tx::new(tx.clone())).await;
        match outcome {
            // The work may have ended the transaction by itself.
            Ok(value) if tx.is_ended() => Ok(value),
            Ok(value) => match tx.commit().await {
                Ok(()) => Ok(value),
                Err(error) => {
                    roll_back(&tx).await;
                    Err(error)
                }
            },
            Err(error) => {
                roll_back(&tx).await;
                Err(error)
            }
        }
    }

    /// Begins the transaction; whoever holds it ends it.
    ///
    /// # Errors
    /// `Unsupported` for an isolation stronger than any of the database; `Conflict` when it stays busy; `Timeout` when
    /// its time is over before it began.
    pub async fn begin(self) -> Result<Tx> {
        self.begun().await.map(Tx::new)
    }

    async fn begun(&self) -> Result<ommi_engine::Tx> {
        let tx = match self.session.transaction() {
            Some(outer) => outer.nested_with(self.options).await?,
            None => self.session.handle().begin(self.options).await?,
        };
        for hook in self.hooks.committed.iter().cloned() {
            tx.on_commit(move || hook())?;
        }
        for hook in self.hooks.rolled_back.iter().cloned() {
            tx.on_rollback(move || hook())?;
        }
        Ok(tx)
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after commit, {} after rollback", self.committed.len(), self.rolled_back.len())
    }
}

/// A transaction that is not begun yet, and is run again when it loses a race: made by [`Transactions::retry`].
#[derive(Debug, Clone)]
#[must_use = "a transaction does nothing until `run`"]
pub struct RetriedTransactions<'a> {
    once: Transactions<'a>,
    retry: RetryOptions,
}

impl RetriedTransactions<'_> {
    /// At least this isolation: see [`Transactions::isolation`].
    pub fn isolation(mut self, level: IsolationLevel) -> Self {
        self.once = self.once.isolation(level);
        self
    }

    /// Refuses writes: see [`Transactions::read_only`].
    pub fn read_only(mut self) -> Self {
        self.once = self.once.read_only();
        self
    }

    /// Gives each attempt so much time: see [`Transactions::timeout`].
    pub fn timeout(mut self, time: Duration) -> Self {
        self.once = self.once.timeout(time);
        self
    }

    /// Calls `hook` after the commit: see [`Transactions::on_commit`].
    pub fn on_commit(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.once = self.once.on_commit(hook);
        self
    }

    /// Calls `hook` after each rollback: see [`Transactions::on_rollback`].
    pub fn on_rollback(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.once = self.once.on_rollback(hook);
        self
    }

    /// The wait before the second attempt, and the longest one: 0.1 s and 10 s unless said here. Each wait is twice as
    /// long as the one before, and up to half as long again by chance, so that those who lost one race do not meet in
    /// the next.
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.retry.first_wait = first;
        self.retry.max_wait = longest;
        self
    }

    /// As [`Transactions::run`], again after a lost race. What `work` captures must be cloneable for that: references
    /// are, exclusive ones are not.
    ///
    /// # Errors
    /// As for [`Transactions::run`]; `Conflict` when the last try lost its race too.
    pub async fn run<T>(self, work: impl AsyncFnOnce(Tx) -> Result<T> + Clone) -> Result<T> {
        let is_nested = self.once.session.transaction().is_some();
        let mut attempts = Attempts::new(self.retry);
        loop {
            let outcome = self.once.clone().run(work.clone()).await;
            let Err(error) = &outcome else { return outcome };
            match attempts.again_after(error.kind()) {
                Some(wait) if !is_nested => sleep(wait).await,
                Some(_) | None => return outcome,
            }
        }
    }
}

/// The error that led here says more than one of the rollback could; the driver cleans up in any case. A transaction
/// that was lost before is rolled back already: this waits for that.
async fn roll_back(tx: &ommi_engine::Tx) {
    if !tx.is_ended() {
        let _outcome: Result<(), Error> = tx.rollback().await;
    }
}
