//! One answer from a worker to a future that any executor polls.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_channel::oneshot;
use ommi_core::{Error, Result};

use crate::error::{closed, stopped};
use crate::guard::Flag;

/// The worker's end: sends one answer, or drops it without one if it is stopped.
pub(crate) type Sender<T> = oneshot::Sender<Result<T>>;

/// A sender and the future of what it will send. `unanswered` is the error where no answer comes.
pub(crate) fn reply<T>(unanswered: fn() -> Error) -> (Sender<T>, Reply<T>) {
    let (sender, receiver) = oneshot::channel();
    (sender, Reply { receiver, unanswered, cancel: None })
}

/// Sends an answer. Called when the connection is free again, so that whoever hears can use it at once.
pub(crate) type Answer = Box<dyn FnOnce() + Send>;

/// Does `work` and gives the answer to send. Where it panics, whoever waits is told before the panic goes on.
pub(crate) fn answer<T: Send + 'static>(sender: Sender<T>, work: impl FnOnce() -> Result<T>) -> Answer {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(outcome) => Box::new(move || drop(sender.send(outcome))),
        Err(panic) => {
            drop(sender.send(Err(stopped())));
            resume_unwind(panic);
        }
    }
}

/// The future of an answer.
pub(crate) struct Reply<T> {
    receiver: oneshot::Receiver<Result<T>>,
    unanswered: fn() -> Error,
    cancel: Option<Flag>,
}

impl<T> Reply<T> {
    /// Raises `cancel` when the future is dropped before its answer came.
    pub(crate) fn or_cancel(mut self, cancel: Flag) -> Self {
        self.cancel = Some(cancel);
        self
    }
}

/// The future of an answer that is known already.
pub(crate) fn ready<T>(answer: Result<T>) -> Reply<T> {
    let (sender, reply) = reply(closed);
    // The receiver is right here, so it takes the answer.
    let _ = sender.send(answer);
    reply
}

impl<T> Future for Reply<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let unanswered = self.unanswered;
        Pin::new(&mut self.receiver).poll(context).map(|answer| {
            self.cancel = None;
            answer.unwrap_or_else(|oneshot::Canceled| Err(unanswered()))
        })
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if let Some(cancel) = &self.cancel {
            cancel.raise();
        }
    }
}
