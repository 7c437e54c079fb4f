//! A pool of connections to one server: a fair queue, opening and checking in the background, limits on idle time
//! and age, and an account of who holds what.
//!
//! Nothing that a caller awaits here needs tokio on the caller's thread: waiting is a channel, and all timers run
//! as tasks on the pool's runtime. A caller that gives up loses nothing: a connection on its way goes to the next
//! in the queue or rests in the pool. A connection is handed out without a round trip; only one that rested for
//! long, or whose neighbour was lost, is checked first.
//!
//! It is our own because deadpool opens and checks connections inside the future of whoever asked: dropping that
//! future ends the opening, its timeouts need tokio on the caller's thread, a connection that comes back does not
//! reach somebody whose own is still being opened, and it keeps neither a minimum nor an account of holders.

mod exhausted;
mod inner;
mod keeper;
mod open;
mod pooled;
mod state;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use futures_util::future;
use ommi_core::driver::{BoxFuture, PoolOptions, PoolStats};
use ommi_core::{Error, Result};
use tokio::runtime::Handle;

pub use exhausted::{exhausted, shortened};
use inner::Inner;
pub use pooled::Pooled;

/// Opens the connections of a [`Pool`] and knows whether they are fit for work.
pub trait Manager: Send + Sync + 'static {
    /// An open connection.
    type Connection: Send + 'static;

    /// Opens a connection. Runs on the pool's runtime; the pool gives it up after `connection_timeout`.
    fn open(&self) -> BoxFuture<Result<Self::Connection>>;

    /// Whether a connection is connected as far as is known, idle, and outside of a transaction. No round trip.
    fn is_clean(&self, connection: &mut Self::Connection) -> bool;

    /// Asks the server whether it still answers; only done on doubt. Runs on the pool's runtime.
    fn check<'a>(&'a self, connection: &'a mut Self::Connection) -> future::BoxFuture<'a, Result<()>>;

    /// Closes a connection; where saying good-bye takes time, the rest of it, which the pool runs on its runtime
    /// and gives up after a few seconds. Dropping the connection is enough unless a manager knows better.
    fn close(&self, connection: Self::Connection) -> Option<BoxFuture<()>> {
        drop(connection);
        None
    }
}

/// Connections to one server. Clones are the same pool; when the last is dropped, the pool closes.
pub struct Pool<M: Manager> {
    inner: Arc<Inner<M>>,
    _owner: Arc<Owner<M>>,
}

/// Closes the pool when the last clone is gone, whatever tasks are still at work for it.
struct Owner<M: Manager>(Arc<Inner<M>>);

impl<M: Manager> Drop for Owner<M> {
    fn drop(&mut self) {
        drop(self.0.close());
    }
}

impl<M: Manager> Clone for Pool<M> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), _owner: self._owner.clone() }
    }
}

impl<M: Manager> Pool<M> {
    /// A pool that opens nothing yet: the first [`get`](Self::get) starts it, on the runtime of its caller if
    /// there is one. `location` names the server in messages and must not hold any credential.
    ///
    /// # Errors
    /// `Validation` when the options cannot work together.
    pub fn new(manager: M, options: PoolOptions, location: impl Into<String>) -> Result<Self> {
        check_options(&options)?;
        let inner = Arc::new(Inner::new(manager, options, location.into()));
        Ok(Self { _owner: Arc::new(Owner(inner.clone())), inner })
    }

    /// A connection if one is free at once: nobody waits for one, and none has to be opened or checked.
    pub fn try_get(&self, purpose: &'static str) -> Option<Pooled<M>> {
        self.inner.take_idle(purpose)
    }

    /// A connection, in the order in which they were asked for. `purpose` says what for: `transaction`, `stream`,
    /// `statement`.
    ///
    /// # Errors
    /// `PoolExhausted` when none became free in time: it names who holds them. `Connection` when the server did
    /// not answer in time, refused, or when the process was forked; whatever [`Manager::open`] gave; `Closed`.
    pub async fn get(&self, purpose: &'static str) -> Result<Pooled<M>> {
        if let Some(pooled) = self.inner.take_idle(purpose) {
            return Ok(pooled);
        }
        self.inner.wait(purpose)?.granted().await
    }

    /// What is known of the connections at this moment.
    pub fn stats(&self) -> PoolStats {
        self.inner.stats()
    }

    /// The runtime that the connections live on, started if it was not: for tasks that outlive a caller.
    ///
    /// # Errors
    /// As [`runtime::handle`](crate::runtime::handle).
    pub fn runtime(&self) -> Result<Handle> {
        self.inner.start()
    }

    /// The server's name for messages.
    pub fn location(&self) -> &str {
        self.inner.location()
    }

    /// The manager that opens the connections.
    pub fn manager(&self) -> &M {
        self.inner.manager()
    }

    /// Closes the pool: whoever waits and whoever comes gets a `Closed` error, idle connections are closed when
    /// this returns, connections at work when they come back.
    pub async fn close(&self) {
        for task in self.inner.close() {
            // A good-bye that failed left the connection dropped all the same.
            drop(task.await);
        }
    }
}

fn check_options(options: &PoolOptions) -> Result<()> {
    if options.max_connections == 0 {
        return Err(Error::validation("max_connections is 0: a pool needs at least one connection"));
    }
    if options.min_connections > options.max_connections {
        let message = format!(
            "min_connections is {}, more than max_connections, which is {}",
            options.min_connections, options.max_connections
        );
        return Err(Error::validation(message));
    }
    if options.connection_timeout.is_zero() {
        return Err(Error::validation("connection_timeout is 0: no connection could be opened in that time"));
    }
    Ok(())
}
