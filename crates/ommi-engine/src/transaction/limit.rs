//! Operations that end with their transaction's time: each is kept where the alarm can drop it, whoever polls it.

use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use futures_util::Stream;
use futures_util::task::AtomicWaker;
use ommi_core::Result;
use ommi_core::driver::{BoxFuture, RowStream};
use ommi_core::value::RowBatch;
use parking_lot::Mutex;

use super::root::Root;

/// The operations that run in a transaction with a timeout.
#[derive(Default)]
pub(super) struct Running(Mutex<Vec<Weak<dyn Stop>>>);

/// Something that runs.
trait Stop: Send + Sync {
    fn stop(&self);
}

impl Running {
    fn add<W: Send + 'static>(&self, work: W) -> Arc<Slot<W>> {
        let slot = Arc::new(Slot { work: Mutex::new(Some(work)), waker: AtomicWaker::new() });
        let running: Arc<dyn Stop> = slot.clone();
        let mut all = self.0.lock();
        all.retain(|known| known.strong_count() > 0);
        all.push(Arc::downgrade(&running));
        slot
    }

    /// Drops all that runs, which cancels it. Never called from inside of such work.
    pub(super) fn stop(&self) {
        let all = std::mem::take(&mut *self.0.lock());
        for running in all.iter().filter_map(Weak::upgrade) {
            running.stop();
        }
    }
}

struct Slot<W> {
    work: Mutex<Option<W>>,
    waker: AtomicWaker,
}

impl<W: Send> Stop for Slot<W> {
    fn stop(&self) {
        let work = self.work.lock().take();
        drop(work);
        self.waker.wake();
    }
}

/// The future, until its transaction's time is over.
pub(super) fn future<T: Send + 'static>(
    root: &Arc<Root>,
    work: BoxFuture<Result<T>>,
) -> BoxFuture<Result<T>> {
    Box::pin(Limited { slot: root.running.add(work), root: root.clone(), is_over: false })
}

/// The stream, until its transaction's time is over.
pub(super) fn stream(root: &Arc<Root>, work: RowStream) -> RowStream {
    Box::pin(Limited { slot: root.running.add(work), root: root.clone(), is_over: false })
}

struct Limited<W> {
    slot: Arc<Slot<W>>,
    root: Arc<Root>,
    /// Whether a stream gave its last item.
    is_over: bool,
}

impl<T> Future for Limited<BoxFuture<Result<T>>> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        self.slot.waker.register(context.waker());
        let mut slot = self.slot.work.lock();
        let Some(work) = slot.as_mut() else { return Poll::Ready(Err(self.root.over())) };
        let polled = work.as_mut().poll(context);
        if polled.is_ready() {
            *slot = None;
        }
        polled
    }
}

impl Stream for Limited<RowStream> {
    type Item = Result<RowBatch>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<RowBatch>>> {
        let limited = self.get_mut();
        if limited.is_over {
            return Poll::Ready(None);
        }
        limited.slot.waker.register(context.waker());
        let mut slot = limited.slot.work.lock();
        let polled = match slot.as_mut() {
            Some(work) => work.as_mut().poll_next(context),
            None => {
                limited.is_over = true;
                Poll::Ready(Some(Err(limited.root.over())))
            }
        };
        if matches!(polled, Poll::Ready(None)) {
            limited.is_over = true;
            *slot = None;
        }
        polled
    }
}
