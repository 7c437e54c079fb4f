//! The channel between a reading thread and the stream that a user polls: a few batches, then the reader rests.
//! It wakes whatever executor polls, and holds what is needed to go on reading once there is room again.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use ommi_core::Result;
use ommi_core::value::RowBatch;
use parking_lot::Mutex;

use crate::guard::Flag;

/// How many batches may wait to be taken.
const AHEAD: usize = 4;

/// Puts the reader back to work.
pub(crate) type Resume = Box<dyn FnOnce() + Send>;

/// The channel. The reader and its stream share it.
#[derive(Default)]
pub(crate) struct Feed {
    state: Mutex<State>,
    cancel: Flag,
}

#[derive(Default)]
struct State {
    batches: VecDeque<Result<RowBatch>>,
    finished: bool,
    waker: Option<Waker>,
    resume: Option<Resume>,
}

impl Feed {
    /// Raised when nobody wants further rows.
    pub(crate) fn cancel(&self) -> &Flag {
        &self.cancel
    }

    /// Whether the reader should go on: there is room, or nobody listens and it should find that out.
    pub(crate) fn has_room(&self) -> bool {
        self.cancel.is_raised() || self.state.lock().batches.len() < AHEAD
    }

    /// Hands over a batch or an error.
    pub(crate) fn push(&self, batch: Result<RowBatch>) {
        let mut state = self.state.lock();
        state.batches.push_back(batch);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Says that nothing follows.
    pub(crate) fn finish(&self) {
        let mut state = self.state.lock();
        state.finished = true;
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Hands over `error` as the last thing.
    pub(crate) fn fail(&self, error: ommi_core::Error) {
        self.push(Err(error));
        self.finish();
    }

    /// Leaves `resume` to be called when there is room again. It is called at once if there is.
    pub(crate) fn rest(&self, resume: Resume) {
        let mut state = self.state.lock();
        if state.batches.len() < AHEAD || self.cancel.is_raised() {
            drop(state);
            return resume();
        }
        state.resume = Some(resume);
    }
}

/// The stream's end of a [`Feed`]. Dropping it stops the reader.
pub(crate) struct Rows {
    feed: Arc<Feed>,
}

impl Rows {
    /// A stream over `feed`.
    pub(crate) fn new(feed: Arc<Feed>) -> Self {
        Self { feed }
    }
}

impl Stream for Rows {
    type Item = Result<RowBatch>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut state = self.feed.state.lock();
        if let Some(batch) = state.batches.pop_front() {
            let resume = state.resume.take();
            drop(state);
            if let Some(resume) = resume {
                resume();
            }
            return Poll::Ready(Some(batch));
        }
        if state.finished {
            return Poll::Ready(None);
        }
        match &mut state.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        self.feed.cancel.raise();
        let mut state = self.feed.state.lock();
        state.batches.clear();
        let resume = state.resume.take();
        drop(state);
        if let Some(resume) = resume {
            resume();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_reader_rests_when_enough_waits_and_goes_on_when_some_is_taken() {
        let feed = Arc::new(Feed::default());
        let mut rows = Rows::new(feed.clone());
        let resumed = Arc::new(AtomicUsize::new(0));
        let rest = || {
            let resumed = resumed.clone();
            feed.rest(Box::new(move || _ = resumed.fetch_add(1, Ordering::SeqCst)));
        };
        rest();
        assert_eq!(resumed.load(Ordering::SeqCst), 1, "with room it goes on at once");
        (0..AHEAD).for_each(|_| feed.push(Ok(RowBatch::default())));
        rest();
        assert!(!feed.has_room());
        assert_eq!(resumed.load(Ordering::SeqCst), 1);
        let mut context = Context::from_waker(Waker::noop());
        assert!(matches!(Pin::new(&mut rows).poll_next(&mut context), Poll::Ready(Some(Ok(_)))));
        assert_eq!(resumed.load(Ordering::SeqCst), 2);
        (0..1).for_each(|_| feed.push(Ok(RowBatch::default())));
        rest();
        drop(rows);
        assert_eq!(resumed.load(Ordering::SeqCst), 3, "a dropped stream lets its reader end");
        assert!(feed.cancel().is_raised());
    }
}
