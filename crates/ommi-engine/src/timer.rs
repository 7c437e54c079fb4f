//! The one thread that waits for others: sleeps, alarms, and the work that an alarm leaves behind. It is started by
//! the first wait, so that waiting needs no runtime and works on every executor.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};
use std::{fmt, io, process, thread};

use futures_util::task::AtomicWaker;
use ommi_core::driver::BoxFuture;
use parking_lot::{Condvar, Mutex, MutexGuard, RwLock};

/// What an alarm does when its time has come. It runs on the thread that all waits share, so it is short.
type Ring = Box<dyn FnOnce() + Send>;

/// The thread's work.
struct Timer {
    /// The process that the thread runs in: it does not survive a fork.
    process: u32,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    alarms: BTreeMap<(Instant, u64), Ring>,
    ready: VecDeque<Arc<Task>>,
    numbers: u64,
}

impl Timer {
    /// The process's timer, started now if there is none.
    fn current() -> io::Result<Arc<Self>> {
        static CURRENT: RwLock<Option<Arc<Timer>>> = RwLock::new(None);
        let process = process::id();
        if let Some(timer) = CURRENT.read().as_ref().filter(|timer| timer.process == process) {
            return Ok(timer.clone());
        }
        let mut current = CURRENT.write();
        match current.as_ref().filter(|timer| timer.process == process) {
            Some(timer) => Ok(timer.clone()),
            None => Ok(current.insert(Self::start(process)?).clone()),
        }
    }

    fn start(process: u32) -> io::Result<Arc<Self>> {
        let timer = Arc::new(Self { process, state: Mutex::default(), changed: Condvar::new() });
        let running = timer.clone();
        thread::Builder::new().name("ommi-timer".into()).spawn(move || running.run())?;
        Ok(timer)
    }

    fn run(&self) {
        let mut state = self.state.lock();
        loop {
            if let Some(task) = state.ready.pop_front() {
                MutexGuard::unlocked(&mut state, || task.poll());
                continue;
            }
            match state.alarms.first_key_value().map(|((at, _), _)| *at) {
                Some(at) if at <= Instant::now() => {
                    if let Some((_, ring)) = state.alarms.pop_first() {
                        // Whatever happens to one, the others are still waited for.
                        MutexGuard::unlocked(&mut state, || drop(catch_unwind(AssertUnwindSafe(ring))));
                    }
                }
                Some(at) => drop(self.changed.wait_until(&mut state, at)),
                None => self.changed.wait(&mut state),
            }
        }
    }
}

/// A wait for a moment; dropping it ends the wait.
pub(crate) struct Alarm {
    timer: Arc<Timer>,
    key: (Instant, u64),
}

/// Has `ring` called at `at`, on the thread that all waits share.
///
/// # Errors
/// Where no thread can be started.
pub(crate) fn alarm(at: Instant, ring: impl FnOnce() + Send + 'static) -> io::Result<Alarm> {
    let timer = Timer::current()?;
    let mut state = timer.state.lock();
    state.numbers += 1;
    let key = (at, state.numbers);
    state.alarms.insert(key, Box::new(ring));
    let is_next = state.alarms.first_key_value().is_some_and(|(first, _)| *first == key);
    drop(state);
    if is_next {
        timer.changed.notify_one();
    }
    Ok(Alarm { timer, key })
}

impl Drop for Alarm {
    fn drop(&mut self) {
        // Dropped without the lock: what it holds may do anything when it goes.
        let ring = self.timer.state.lock().alarms.remove(&self.key);
        drop(ring);
    }
}

/// Runs a future that nobody awaits to its end, on the thread that all waits share. Where no thread can be started
/// it is dropped.
pub(crate) fn spawn(future: BoxFuture<()>) {
    if let Ok(timer) = Timer::current() {
        Arc::new(Task { timer, future: Mutex::new(Some(future)) }).wake();
    }
}

/// A future that the timer's thread polls.
struct Task {
    timer: Arc<Timer>,
    future: Mutex<Option<BoxFuture<()>>>,
}

impl Task {
    fn poll(self: &Arc<Self>) {
        let waker = Waker::from(self.clone());
        let mut slot = self.future.lock();
        let Some(future) = slot.as_mut() else { return };
        let polled =
            catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut Context::from_waker(&waker))));
        match polled {
            Ok(Poll::Pending) => {}
            Ok(Poll::Ready(())) | Err(_) => *slot = None,
        }
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let timer = self.timer.clone();
        timer.state.lock().ready.push_back(self);
        timer.changed.notify_one();
    }
}

/// A wait that works on every executor: made by [`sleep`].
#[must_use = "a wait does nothing until it is awaited"]
pub struct Sleep {
    /// Without a moment it never ends: that is further away than clocks count.
    until: Option<Instant>,
    waiting: Option<(Arc<AtomicWaker>, Alarm)>,
}

/// Waits for `duration`, counted from now.
pub fn sleep(duration: Duration) -> Sleep {
    Sleep { until: Instant::now().checked_add(duration), waiting: None }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(until) = self.until else { return Poll::Pending };
        if let Some((waker, _)) = &self.waiting {
            waker.register(context.waker());
        } else {
            let waker = Arc::new(AtomicWaker::new());
            waker.register(context.waker());
            let ring = waker.clone();
            match alarm(until, move || ring.wake()) {
                Ok(alarm) => self.waiting = Some((waker, alarm)),
                // Without a thread there is no wait: going on at once is better than never.
                Err(_) => return Poll::Ready(()),
            }
        }
        if Instant::now() >= until { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").field("until", &self.until).finish_non_exhaustive()
    }
}
