//! Operations are tasks on the runtime that the connections live on: whoever asked polls a channel, on any
//! executor, and may stop asking at any time. Then the task sees to it that its connection is clean, or closed.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use ommi_core::{Error, ErrorKind, Result};
use tokio::sync::{Notify, oneshot, watch};

use crate::error::closed;

/// How far the driver is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Open,
    /// Nothing new begins; reads and transactions end, writes may finish.
    Closing,
    /// Everything ends.
    Closed,
}

/// The driver's tasks.
pub(crate) struct Tasks {
    stage: watch::Sender<Stage>,
    active: AtomicUsize,
    ended: Notify,
}

impl Tasks {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            stage: watch::Sender::new(Stage::Open),
            active: AtomicUsize::new(0),
            ended: Notify::new(),
        })
    }

    pub(crate) fn stage(&self) -> Stage {
        *self.stage.borrow()
    }

    pub(crate) fn set_stage(&self, stage: Stage) {
        self.stage.send_if_modified(|now| {
            let changed = *now < stage;
            *now = stage.max(*now);
            changed
        });
    }

    pub(crate) fn check_open(&self) -> Result<()> {
        if self.stage() == Stage::Open { Ok(()) } else { Err(closed()) }
    }

    pub(crate) async fn reached(&self, stage: Stage) {
        // The sender is ours: it cannot be gone.
        drop(self.stage.subscribe().wait_for(|now| *now >= stage).await);
    }

    /// Waits until no task is at work, but not for longer than that; true when none is.
    pub(crate) async fn idle_within(&self, limit: Duration) -> bool {
        let idle = async {
            loop {
                let ended = self.ended.notified();
                if self.active.load(Ordering::Acquire) == 0 {
                    return;
                }
                ended.await;
            }
        };
        tokio::time::timeout(limit, idle).await.is_ok()
    }

    pub(crate) fn enter(self: &Arc<Self>) -> Active {
        self.active.fetch_add(1, Ordering::AcqRel);
        Active(self.clone())
    }
}

/// A task at work.
pub(crate) struct Active(Arc<Tasks>);

impl Drop for Active {
    fn drop(&mut self) {
        if self.0.active.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.ended.notify_waiters();
        }
    }
}

/// Whether somebody still waits for a task.
#[derive(Clone)]
pub(crate) struct Caller {
    left: Arc<Left>,
    tasks: Arc<Tasks>,
    until: Stage,
}

#[derive(Default)]
struct Left {
    flag: AtomicBool,
    notify: Notify,
}

/// What a caller drops when it stops waiting.
pub(crate) struct Waiting(Arc<Left>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.flag.store(true, Ordering::Release);
        self.0.notify.notify_waiters();
    }
}

impl Caller {
    /// Somebody who waits, until the driver has reached that stage of closing.
    pub(crate) fn new(tasks: &Arc<Tasks>, until: Stage) -> (Self, Waiting) {
        let left = Arc::new(Left::default());
        let caller = Self { left: left.clone(), tasks: tasks.clone(), until };
        (caller, Waiting(left))
    }

    /// Waits until nobody waits any more.
    pub(crate) async fn gone(&self) {
        let left = async {
            loop {
                let notified = self.left.notify.notified();
                if self.left.flag.load(Ordering::Acquire) {
                    return;
                }
                notified.await;
            }
        };
        tokio::select! {
            biased;
            () = left => {}
            () = self.tasks.reached(self.until) => {}
        }
    }

    /// Why the task ended early.
    pub(crate) fn reason(&self) -> Error {
        if self.tasks.stage() == Stage::Open { crate::error::cancelled() } else { closed() }
    }

    /// `work` where somebody waits for it to its end; it is dropped otherwise.
    pub(crate) async fn or_gone<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            outcome = work => outcome,
            () = self.gone() => Err(self.reason()),
        }
    }
}

/// The outcome of a task.
pub(crate) struct Reply<T> {
    receiver: oneshot::Receiver<Result<T>>,
    tasks: Arc<Tasks>,
    _waiting: Option<Waiting>,
}

impl<T> Reply<T> {
    pub(crate) fn new(tasks: &Arc<Tasks>, waiting: Option<Waiting>) -> (oneshot::Sender<Result<T>>, Self) {
        let (sender, receiver) = oneshot::channel();
        (sender, Self { receiver, tasks: tasks.clone(), _waiting: waiting })
    }
}

impl<T> Future for Reply<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        let tasks = self.tasks.clone();
        Pin::new(&mut self.receiver).poll(cx).map(|outcome| outcome.unwrap_or_else(|_| Err(stopped(&tasks))))
    }
}

/// What comes back from a task that ended without an outcome.
#[cold]
pub(crate) fn stopped(tasks: &Tasks) -> Error {
    if tasks.stage() != Stage::Open {
        return closed();
    }
    Error::new(
        ErrorKind::Connection,
        "the operation was stopped together with the async runtime that its connection lives on",
    )
}
