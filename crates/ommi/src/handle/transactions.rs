//! `Transactions`: the options of a transaction, and running work in one.

use std::time::Duration;

use ommi_core::driver::{IsolationLevel, TransactionOptions};
use ommi_core::{Error, Result};
use ommi_engine::Session;

use super::Tx;
use super::delay::Delay;

/// A transaction that is not begun yet.
///
/// ```
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
///     .retry(5) // lost races are run again
///     .run(async |tx| {
///         tx.find::<Account>().filter(Account::ID.eq(1)).update(Account::BALANCE.set(Account::BALANCE - 4)).await?;
///         tx.find::<Account>().filter(Account::ID.eq(2)).update(Account::BALANCE.set(Account::BALANCE + 4)).await?;
///         Ok(4)
///     })
///     .await?;
/// assert_eq!(moved, 4);
/// assert_eq!(db.get::<Account>(1).await?.balance, 6);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a transaction does nothing until `run` or `begin`"]
pub struct Transactions<'a> {
    session: &'a Session,
    options: TransactionOptions,
}

impl<'a> Transactions<'a> {
    pub(crate) fn new(session: &'a Session) -> Self {
        Self { session, options: TransactionOptions::default() }
    }

    /// At least this isolation: a level that the database lacks becomes its next stronger one. A nested transaction has
    /// the isolation of the one around it.
    pub fn isolation(mut self, level: IsolationLevel) -> Self {
        self.options.isolation = level;
        self
    }

    /// Refuses writes, and leaves other writers alone.
    pub fn read_only(mut self) -> Self {
        self.options.read_only = true;
        self
    }

    /// Runs the work again, up to so many times, when it lost a race (`ErrorKind::Conflict`), after a wait that grows
    /// from 0.1 s. A nested transaction is never run again by itself: the one around it lost the race too.
    pub fn retry(self, times: u32) -> RetriedTransactions<'a> {
        RetriedTransactions { once: self, retries: times }
    }

    /// Runs `work` in the transaction, and commits when it gives `Ok`. An error of `work`, or dropping the future, rolls
    /// back.
    ///
    /// # Errors
    /// The error of `work`; what the database says, `Conflict` for a lost race.
    pub async fn run<T>(self, work: impl AsyncFnOnce(Tx) -> Result<T>) -> Result<T> {
        let tx = self.begun().await?;
        let outcome = work(Tx::new(tx.clone())).await;
        match outcome {
            // The work may have ended the transaction by itself.
            Ok(value) if !tx.is_open() => Ok(value),
            Ok(value) => tx.commit().await.map(|()| value),
            Err(error) => {
                roll_back(&tx).await;
                Err(error)
            }
        }
    }

    /// Begins the transaction; whoever holds it ends it.
    ///
    /// # Errors
    /// `Unsupported` for an isolation stronger than any of the database; `Conflict` when it stays busy.
    pub async fn begin(self) -> Result<Tx> {
        self.begun().await.map(Tx::new)
    }

    async fn begun(&self) -> Result<ommi_engine::Tx> {
        match self.session.transaction() {
            Some(outer) => outer.nested().await,
            None => self.session.handle().begin(self.options).await,
        }
    }
}

/// A transaction that is not begun yet, and is run again when it loses a race: made by [`Transactions::retry`].
#[derive(Debug)]
#[must_use = "a transaction does nothing until `run`"]
pub struct RetriedTransactions<'a> {
    once: Transactions<'a>,
    retries: u32,
}

/// The first wait before a transaction is tried again; each next one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);

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

    /// As [`Transactions::run`], again after a lost race. What `work` captures must be cloneable for that: references
    /// are, exclusive ones are not.
    ///
    /// # Errors
    /// As for [`Transactions::run`]; `Conflict` when the last try lost its race too.
    pub async fn run<T>(self, work: impl AsyncFnOnce(Tx) -> Result<T> + Clone) -> Result<T> {
        let Transactions { session, options } = self.once;
        let mut retries = if session.transaction().is_some() { 0 } else { self.retries };
        let mut wait = FIRST_WAIT;
        loop {
            match (Transactions { session, options }).run(work.clone()).await {
                Err(error) if error.is_conflict() && retries > 0 => {
                    retries -= 1;
                    Delay::with_jitter(wait).await;
                    wait = wait.saturating_mul(2);
                }
                outcome => return outcome,
            }
        }
    }
}

/// The error that led here says more than one of the rollback could; the driver cleans up in any case.
async fn roll_back(tx: &ommi_engine::Tx) {
    if tx.is_open() {
        let _outcome: Result<(), Error> = tx.rollback().await;
    }
}
