//! What the driver, its transactions and its streams share: the pool, the way to stop a statement, the end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use ommi_core::{Error, ErrorKind, Result};
use ommi_net::Pool;
use ommi_sql::Flavour;
use parking_lot::Mutex;
use tokio::time::{Instant, sleep};

use crate::config::MysqlConfig;
use crate::error::closed;
use crate::manager::{Loan, MysqlManager};
use crate::seat::SharedSeat;

/// How long work that runs when the database is closed may go on before it is stopped on the server.
const GRACE: Duration = Duration::from_secs(1);

/// How often the end of that work is looked for.
const PAUSE: Duration = Duration::from_millis(2);

/// What all parts of one driver share.
pub(crate) struct Core {
    pool: Pool<MysqlManager>,
    manager: MysqlManager,
    closed: AtomicBool,
    /// Transactions that may be open, so that a close can end them.
    seats: Mutex<Vec<Weak<SharedSeat>>>,
}

impl Core {
    pub(crate) fn new(config: MysqlConfig) -> Result<Self> {
        config.check()?;
        let (location, options) = (config.describe(), config.pool.clone());
        let manager = MysqlManager::new(config);
        let pool = Pool::new(manager.clone(), options, location)?;
        Ok(Self { pool, manager, closed: AtomicBool::new(false), seats: Mutex::default() })
    }

    pub(crate) fn config(&self) -> &MysqlConfig {
        self.manager.config()
    }

    pub(crate) fn pool(&self) -> &Pool<MysqlManager> {
        &self.pool
    }

    /// MariaDB or MySQL, once a connection was opened.
    pub(crate) fn flavour(&self) -> Option<Flavour> {
        self.manager.server().map(|server| server.flavour)
    }

    /// A connection from the pool.
    pub(crate) async fn loan(&self, purpose: &'static str) -> Result<Loan> {
        self.check_open()?;
        match self.pool.try_get(purpose) {
            Some(loan) => Ok(loan),
            None => self.pool.get(purpose).await,
        }
    }

    pub(crate) fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) { Err(closed()) } else { Ok(()) }
    }

    /// The error that the user sees: after a close, lost connections are its consequence.
    pub(crate) fn explained(&self, error: Error) -> Error {
        let is_consequence = matches!(error.kind(), ErrorKind::Connection | ErrorKind::Cancelled);
        if is_consequence && self.check_open().is_err() { closed() } else { error }
    }

    /// Runs work that goes on when its caller is gone. Where there is no runtime any more it is dropped.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        match self.pool.runtime() {
            Ok(runtime) => drop(runtime.spawn(work)),
            Err(_) => drop(work),
        }
    }

    /// Stops the statement that runs on the connection of that number, which its holder keeps until this is done.
    pub(crate) async fn kill_query(&self, id: u32) -> Result<()> {
        let order = format!("KILL QUERY {id}");
        if let Some(mut loan) = self.pool.try_get("cancel") {
            return loan.command(&order).await;
        }
        // All may be at work, and what is to be stopped may be what they wait for.
        let mut connection = self.manager.connect().await?;
        let outcome = connection.command(&order).await;
        connection.close().await;
        outcome
    }

    /// Remembers a transaction until it is over.
    pub(crate) fn register(&self, seat: &Arc<SharedSeat>) {
        let mut seats = self.seats.lock();
        if seats.len() == seats.capacity() {
            seats.retain(|seat| seat.strong_count() > 0);
        }
        seats.push(Arc::downgrade(seat));
    }

    /// Ends everything: new work is refused at once, idle transactions are rolled back, work that runs is waited for
    /// a moment and then stopped.
    pub(crate) async fn close(self: Arc<Self>) -> Result<()> {
        let was_closed = self.closed.swap(true, Ordering::AcqRel);
        let seats = std::mem::take(&mut *self.seats.lock());
        for seat in seats.into_iter().filter_map(|seat| seat.upgrade()) {
            // One whose operation runs just now notices by itself.
            if let Ok(mut seat) = seat.clone().try_lock_owned() {
                seat.abandon();
            }
        }
        self.pool.close().await;
        if !was_closed && self.pool.stats().used > 0 {
            let core = self.clone();
            let waited =
                self.pool.runtime().map(|runtime| runtime.spawn(async move { core.end_work().await }));
            if let Ok(waited) = waited {
                // A runtime that ends meanwhile ends the work too.
                let _ = waited.await;
            }
        }
        Ok(())
    }

    async fn end_work(&self) {
        let end = Instant::now() + GRACE;
        while self.pool.stats().used > 0 && Instant::now() < end {
            sleep(PAUSE).await;
        }
        let ids = self.manager.open_ids();
        if ids.is_empty() {
            return;
        }
        let Ok(mut connection) = self.manager.connect().await else { return };
        for id in ids {
            // One that is gone by now needs no end.
            let _ = connection.command(&format!("KILL {id}")).await;
        }
        connection.close().await;
    }
}
