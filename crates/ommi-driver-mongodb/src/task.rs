//! An operation under way. Whoever waits for it polls it, on any executor, so that a short one needs no task of its
//! own. Dropped half-way it becomes a task: its session is stopped on the server, and given back only after that.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::join;
use mongodb::bson::Document;
use ommi_core::driver::BoxFuture;
use ommi_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout;

use crate::error::cancelled;
use crate::hub::Hub;
use crate::seat::Seat;
use crate::session::Own;

/// How long an operation that was given up may take to come to rest.
const REST: Duration = Duration::from_secs(10);

/// One operation's turn in a transaction.
pub(crate) type Turn = OwnedMutexGuard<Seat>;

/// What an operation holds while it runs, and gives back when this is dropped.
pub(crate) enum Held {
    /// A session for this operation alone.
    Own(Own),
    /// The session of a transaction.
    Turn(Turn),
}

/// What an operation and whoever stops it know of each other.
#[derive(Default)]
pub(crate) struct Flight {
    /// The session that it runs in; nothing before it has one.
    session: Mutex<Option<Document>>,
    is_cancelled: AtomicBool,
    /// It is waited for instead: a commit is never stopped half-way.
    must_finish: AtomicBool,
}

impl Flight {
    /// Notes the session: from now on, dropping the operation means stopping it.
    pub(crate) fn begin(&self, session: &Document) {
        *self.session.lock() = Some(session.clone());
    }

    /// Whether what follows is waited for instead of being stopped.
    pub(crate) fn must_finish(&self, must_finish: bool) {
        self.must_finish.store(must_finish, Ordering::Release);
    }

    /// Asked between the commands of one operation.
    ///
    /// # Errors
    /// `Cancelled` when nobody waits for it any more.
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_cancelled.load(Ordering::Acquire) { Err(cancelled()) } else { Ok(()) }
    }
}

/// The work of an operation: what it held in the end, and its outcome.
type Work<T> = BoxFuture<(Option<Held>, Result<T>)>;

/// An operation. Awaiting it gives what its work gives.
pub(crate) struct Operation<T: Send + 'static> {
    hub: Arc<Hub>,
    flight: Arc<Flight>,
    /// Nothing before it is polled.
    runtime: Option<Handle>,
    work: Option<Work<T>>,
}

impl<T: Send + 'static> Operation<T> {
    /// An operation that has not begun: nothing happens before it is polled.
    pub(crate) fn new<F>(hub: Arc<Hub>, work: impl FnOnce(Arc<Hub>, Arc<Flight>) -> F) -> Self
    where
        F: Future<Output = (Option<Held>, Result<T>)> + Send + 'static,
    {
        let flight = Arc::new(Flight::default());
        let work = work(hub.clone(), flight.clone());
        Self { hub, flight, runtime: None, work: Some(Box::pin(work)) }
    }

    /// The outcome alone, when what was held has been given back.
    pub(crate) fn outcome(self) -> BoxFuture<Result<T>> {
        Box::pin(async move {
            let hub = self.hub.clone();
            let (held, outcome) = self.await;
            drop(held);
            outcome.map_err(|error| hub.explained(error))
        })
    }
}

impl<T: Send + 'static> Future for Operation<T> {
    type Output = (Option<Held>, Result<T>);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let Some(work) = &mut this.work else {
            let error = Error::new(ErrorKind::Internal, "an operation was awaited after its end");
            return Poll::Ready((None, Err(error)));
        };
        let runtime = match &mut this.runtime {
            Some(runtime) => runtime,
            unknown => match this.hub.runtime() {
                Ok(runtime) => unknown.insert(runtime),
                Err(error) => return Poll::Ready((None, Err(error))),
            },
        };
        let _inside = runtime.enter();
        let outcome = work.as_mut().poll(context);
        if outcome.is_ready() {
            this.work = None;
        }
        outcome
    }
}

// The work is boxed: nothing in here is pinned.
impl<T: Send + 'static> Unpin for Operation<T> {}

impl<T: Send + 'static> Drop for Operation<T> {
    fn drop(&mut self) {
        let Some(work) = self.work.take() else { return };
        // Without a session it waited for its turn, or has not begun.
        if let Some(session) = self.flight.session.lock().take() {
            let (hub, flight) = (self.hub.clone(), self.flight.clone());
            let held = Box::pin(async move { work.await.0 });
            self.hub.spawn(stop(hub, flight, session, held));
        }
    }
}

/// Brings an operation that was given up to an end.
async fn stop(hub: Arc<Hub>, flight: Arc<Flight>, session: Document, work: BoxFuture<Option<Held>>) {
    let must_finish = flight.must_finish.load(Ordering::Acquire);
    flight.is_cancelled.store(!must_finish, Ordering::Release);
    let order = async {
        if !must_finish {
            // Where the server cannot be told, it notices that the connection is gone.
            let _ = hub.stop(&[session]).await;
        }
    };
    let end = async {
        // What was held is given back when the order was carried out: it can hit nothing else then.
        let (held, ()) = join(work, order).await;
        if let (Some(Held::Turn(mut turn)), false) = (held, must_finish) {
            turn.lose(ErrorKind::Cancelled);
        }
    };
    let _ = timeout(REST, end).await;
}
