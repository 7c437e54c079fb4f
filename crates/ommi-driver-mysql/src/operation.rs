//! An operation under way. Whoever waits for it polls it, on any executor, so that a short one needs no task of its
//! own. Dropped half-way it becomes a task: its statement is stopped on the server, what is left of the answer is
//! read, and the connection is proven idle before it is used again, or closed.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::join;
use ommi_core::driver::BoxFuture;
use ommi_core::{ErrorKind, Result};
use tokio::time::timeout;

use crate::core::Core;
use crate::error::cancelled;
use crate::held::Held;

/// How long an operation that was given up may take to come to rest before its connection is closed.
const REST: Duration = Duration::from_secs(10);

/// What an operation and whoever stops it know of each other.
#[derive(Default)]
pub(crate) struct Flight {
    /// The number of the connection that it runs on; 0 before it has one.
    id: AtomicU32,
    is_cancelled: AtomicBool,
    /// It is waited for instead: a commit is never stopped half-way.
    must_finish: AtomicBool,
}

impl Flight {
    /// Notes the connection: from now on, dropping the operation means stopping it.
    pub(crate) fn begin(&self, id: u32) {
        self.id.store(id, Ordering::Release);
    }

    /// What follows is not stopped any more.
    pub(crate) fn must_finish(&self) {
        self.must_finish.store(true, Ordering::Release);
    }

    /// Asked between the statements of one operation.
    ///
    /// # Errors
    /// `Cancelled` when nobody waits for it any more.
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_cancelled.load(Ordering::Acquire) { Err(cancelled()) } else { Ok(()) }
    }
}

/// The work of an operation: what it held in the end, and its outcome.
pub(crate) type Work<T> = BoxFuture<(Option<Held>, Result<T>)>;

/// An operation. Awaiting it gives what its work gives.
pub(crate) struct Operation<T: Send + 'static> {
    core: Arc<Core>,
    flight: Arc<Flight>,
    work: Option<Work<T>>,
}

impl<T: Send + 'static> Operation<T> {
    /// An operation that has not begun: nothing happens before it is polled.
    pub(crate) fn new<F>(core: Arc<Core>, work: impl FnOnce(Arc<Core>, Arc<Flight>) -> F) -> Self
    where
        F: Future<Output = (Option<Held>, Result<T>)> + Send + 'static,
    {
        let flight = Arc::new(Flight::default());
        let work = work(core.clone(), flight.clone());
        Self { core, flight, work: Some(Box::pin(work)) }
    }

    /// The outcome alone, when what was held has been given back.
    pub(crate) fn outcome(self) -> BoxFuture<Result<T>> {
        Box::pin(async move {
            let core = self.core.clone();
            let (held, outcome) = self.await;
            drop(held);
            outcome.map_err(|error| core.explained(error))
        })
    }
}

impl<T: Send + 'static> Future for Operation<T> {
    type Output = (Option<Held>, Result<T>);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(work) = &mut self.work else {
            let error = ommi_core::Error::new(ErrorKind::Internal, "an operation was awaited after its end");
            return Poll::Ready((None, Err(error)));
        };
        let outcome = work.as_mut().poll(context);
        if outcome.is_ready() {
            self.work = None;
        }
        outcome
    }
}

// The work is boxed: nothing in here is pinned.
impl<T: Send + 'static> Unpin for Operation<T> {}

impl<T: Send + 'static> Drop for Operation<T> {
    fn drop(&mut self) {
        let Some(work) = self.work.take() else { return };
        let id = self.flight.id.load(Ordering::Acquire);
        if id != 0 {
            let (core, flight) = (self.core.clone(), self.flight.clone());
            let held = Box::pin(async move { work.await.0 });
            self.core.spawn(stop(core, flight, id, held));
        }
    }
}

/// Brings an operation that was given up to an end.
async fn stop(core: Arc<Core>, flight: Arc<Flight>, id: u32, work: BoxFuture<Option<Held>>) {
    let must_finish = flight.must_finish.load(Ordering::Acquire);
    flight.is_cancelled.store(!must_finish, Ordering::Release);
    let kill = async {
        match must_finish {
            true => None,
            false => Some(core.kill_query(id).await),
        }
    };
    let end = async {
        let (held, killed) = join(work, kill).await;
        if let (Some(held), Some(killed)) = (held, killed) {
            rest(held, killed.is_ok()).await;
        }
    };
    // When time is up the connection goes with the work: it is busy, so that the pool closes it.
    let _ = timeout(REST, end).await;
}

/// Stops a read that rests between two batches.
pub(crate) async fn stop_resting(core: Arc<Core>, mut held: Held) {
    let Some(id) = held.connection().map(|connection| connection.id()) else { return };
    let end = async {
        let killed = core.kill_query(id).await;
        rest(held, killed.is_ok()).await;
    };
    let _ = timeout(REST, end).await;
}

/// Proves that a connection is idle, or makes it useless.
async fn rest(mut held: Held, was_stopped: bool) {
    if let Some(connection) = held.connection() {
        if !was_stopped {
            // The order to stop may still be on its way, and would hit whatever runs next.
            connection.give_up();
        } else if connection.settle().await.is_err() {
            connection.give_up();
        }
    }
}
