//! What drives a connection: its socket and the operations on it, polled together by whoever has something to do
//! there. That is a task of the connections' runtime, or, for a moment, a caller on any thread: what a caller begins
//! is encoded and written before it leaves, without waking the runtime first. Everything afterwards is the task's, so
//! nothing ever depends on a caller who polls again.
//!
//! One at a time polls. Who finds somebody at it leaves a mark, which that one sees before it goes.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::task::AtomicWaker;
use ommi_core::driver::BoxFuture;
#[cfg(unix)]
use ommi_net::socket::Watch;
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::task::coop::unconstrained;

#[cfg(unix)]
mod near;

#[cfg(unix)]
use near::Near;

/// Somebody polls; nobody else may.
const POLLED: u8 = 1;
/// The socket is to be polled.
const SOCKET: u8 = 2;
/// Operations are to be polled.
const WORK: u8 = 4;
/// The task is gone: whoever polls drops everything instead of leaving.
const ENDED: u8 = 8;

/// So often in a row both are polled by the task before others get their turn. A caller only sends: answers that come
/// meanwhile are the task's.
const ROUNDS: u32 = 8;

/// What is to be done, and who does it where nobody polls.
struct Signal {
    marks: AtomicU8,
    task: AtomicWaker,
}

impl Signal {
    fn mark(&self, due: u8) {
        // With any mark set, somebody who will see this one polls, or was woken before.
        if self.marks.fetch_or(due, Ordering::AcqRel) == 0 {
            self.task.wake();
        }
    }

    fn take(&self, due: u8) -> u8 {
        self.marks.fetch_and(!due, Ordering::AcqRel) & due
    }
}

/// A waker that leaves a mark.
struct Bell {
    signal: Arc<Signal>,
    due: u8,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.signal.mark(self.due);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.signal.mark(self.due);
    }
}

/// What is polled, each with the same waker whoever polls.
struct Polled {
    /// Until the connection is closed.
    socket: Option<BoxFuture<()>>,
    socket_waker: Waker,
    works: FuturesUnordered<BoxFuture<()>>,
    works_waker: Waker,
    #[cfg(unix)]
    near: Near,
}

/// A connection's socket and the operations on it.
pub(crate) struct Drive {
    /// Itself, for those who tell it of news.
    #[cfg(unix)]
    this: Weak<Drive>,
    /// What decides who tells of the socket; none where it is no socket, as in tests.
    #[cfg(unix)]
    watch: Option<Watch>,
    signal: Arc<Signal>,
    /// Locked only by who has set `POLLED`, so it never waits.
    polled: Mutex<Polled>,
    /// What was begun and not polled yet; none where nothing can begin any more.
    begun: Mutex<Option<VecDeque<BoxFuture<()>>>>,
    task: OnceLock<AbortHandle>,
    runtime: Handle,
    /// The process that the socket belongs to.
    process: u32,
}

impl Drive {
    /// Drives a connection in a task of the runtime that this is called in: `socket` is what reads and writes, and
    /// `watch` decides who tells it that it can.
    pub(crate) fn start(
        socket: impl Future<Output = ()> + Send + 'static,
        #[cfg(unix)] watch: Option<Watch>,
    ) -> Arc<Self> {
        let signal = Arc::new(Signal { marks: AtomicU8::new(SOCKET), task: AtomicWaker::new() });
        let waker = |due| Waker::from(Arc::new(Bell { signal: signal.clone(), due }));
        let polled = Polled {
            socket: Some(Box::pin(socket)),
            socket_waker: waker(SOCKET),
            works: FuturesUnordered::new(),
            works_waker: waker(WORK),
            #[cfg(unix)]
            near: Near::default(),
        };
        let drive = Arc::new_cyclic(|_this| Self {
            #[cfg(unix)]
            this: _this.clone(),
            #[cfg(unix)]
            watch,
            signal,
            polled: Mutex::new(polled),
            begun: Mutex::new(Some(VecDeque::new())),
            task: OnceLock::new(),
            runtime: Handle::current(),
            process: std::process::id(),
        });
        let task = tokio::spawn(Driving(drive.clone())).abort_handle();
        // It is set here only.
        drop(drive.task.set(task));
        drive
    }

    /// Closes the socket and drops the operations at once.
    pub(crate) fn abort(&self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }

    /// Whether the socket is closed and every operation has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.task.get().is_some_and(AbortHandle::is_finished)
    }

    /// Begins an operation, which is polled to its end. With `now` its first request is written before this returns,
    /// unless somebody else polls.
    pub(crate) fn begin(&self, work: impl Future<Output = ()> + Send + 'static, now: bool) {
        // A panic is its own, not that of its neighbours.
        let work: BoxFuture<()> = Box::pin(AssertUnwindSafe(work).catch_unwind().map(drop));
        let refused = self.during(now, || {
            let mut begun = self.begun.lock();
            match &mut *begun {
                Some(begun) => begun.push_back(work),
                None => return Some(work),
            }
            drop(begun);
            self.signal.mark(WORK);
            None
        });
        if let Some(work) = refused {
            // The connection is lost, as the operation will find out.
            self.runtime.spawn(work);
        }
    }

    /// Does `act`, which wakes operations; with `now` they are polled before this returns, unless somebody else polls.
    pub(crate) fn during<T>(&self, now: bool, act: impl FnOnce() -> T) -> T {
        match now.then(|| self.turn()).flatten() {
            Some(turn) => {
                #[cfg(unix)]
                turn.note_caller();
                let given = act();
                if turn.work(1) {
                    // The task has to end.
                    self.signal.mark(WORK);
                }
                given
            }
            None => {
                #[cfg(unix)]
                self.note_stranger();
                act()
            }
        }
    }

    /// The right to poll for a caller. In a forked process there is none: the socket is its parent's.
    fn turn(&self) -> Option<Turn<'_>> {
        if self.process == std::process::id() { Turn::take(self) } else { None }
    }

    /// Whether nothing is left to be driven; nothing can begin afterwards.
    fn comes_to_end(&self, polled: &Polled) -> bool {
        if polled.socket.is_some() || !polled.works.is_empty() {
            return false;
        }
        let mut begun = self.begun.lock();
        let at_end = begun.as_ref().is_none_or(VecDeque::is_empty);
        if at_end {
            *begun = None;
        }
        at_end
    }

    /// Drops everything. Only for who has set `POLLED`, which stays set.
    fn clear(&self) {
        let begun = self.begun.lock().take();
        let mut polled = self.polled.lock();
        let left = (polled.socket.take(), std::mem::take(&mut polled.works));
        drop(polled);
        drop((begun, left));
    }
}

/// The right to poll.
struct Turn<'a>(&'a Drive);

impl<'a> Turn<'a> {
    fn take(drive: &'a Drive) -> Option<Self> {
        let before = drive.signal.marks.fetch_or(POLLED, Ordering::AcqRel);
        // Not `then_some`: one that is made and dropped would give back the right of whoever has it.
        (before & POLLED == 0).then(|| Self(drive))
    }

    /// Polls what is due, for a while; true when everything has come to its end.
    fn work(&self, rounds: u32) -> bool {
        let drive = self.0;
        let _runtime = drive.runtime.enter();
        let mut polled = drive.polled.lock();
        for _ in 0..rounds {
            let due = drive.signal.take(SOCKET | WORK);
            if due == 0 {
                break;
            }
            if due & WORK != 0 {
                polled.works.extend(drive.begun.lock().as_mut().into_iter().flat_map(std::mem::take));
                polled.works();
            }
            // What the operations have sent goes out at once.
            if (due | drive.signal.take(SOCKET)) & SOCKET != 0 {
                polled.socket();
                #[cfg(unix)]
                if self.relieve(&mut polled) {
                    break;
                }
            }
        }
        drive.comes_to_end(&polled)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let (drive, signal) = (self.0, &self.0.signal);
        let mut marks = signal.marks.load(Ordering::Acquire);
        loop {
            if marks & ENDED != 0 {
                return drive.clear();
            }
            match signal.marks.compare_exchange_weak(
                marks,
                marks & !POLLED,
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(POLLED) => return,
                // What is still due is the task's.
                Ok(_) => return signal.task.wake(),
                Err(now) => marks = now,
            }
        }
    }
}

impl Polled {
    fn works(&mut self) {
        let context = &mut Context::from_waker(&self.works_waker);
        while let Poll::Ready(Some(())) = Pin::new(&mut unconstrained(self.works.next())).poll(context) {}
    }

    fn socket(&mut self) {
        let Some(socket) = &mut self.socket else { return };
        let context = &mut Context::from_waker(&self.socket_waker);
        let progress =
            catch_unwind(AssertUnwindSafe(|| Pin::new(&mut unconstrained(socket.as_mut())).poll(context)));
        if !matches!(progress, Ok(Poll::Pending)) {
            // Whoever waits for an answer is told by its end.
            self.socket = None;
        }
    }
}

/// The task.
struct Driving(Arc<Drive>);

impl Future for Driving {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.signal.task.register(context.waker());
        match Turn::take(&self.0).map(|turn| turn.work(ROUNDS)) {
            Some(true) => Poll::Ready(()),
            // Somebody else polls, and wakes this task if anything is left.
            Some(false) | None => Poll::Pending,
        }
    }
}

impl Drop for Driving {
    fn drop(&mut self) {
        if self.0.signal.marks.fetch_or(ENDED | POLLED, Ordering::AcqRel) & POLLED == 0 {
            self.0.clear();
        }
    }
}

#[cfg(test)]
mod tests;
