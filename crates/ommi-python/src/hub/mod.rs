//! The loop hub: a small executor on a Python event loop's own thread.
//!
//! Tasks live in a slot table that is touched only on the loop's thread. Worker threads push slot numbers and
//! wake the loop when it is not already woken; they never touch Python. Connections that are used from the loop
//! have their sockets watched by it. One entry by the loop's reader takes what has come, drains the batch, builds
//! the objects and wakes the awaiting Python tasks directly.

mod budget;
mod exit;
mod fork;
mod future;
mod registry;
mod signal;

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use parking_lot::Mutex;
use pyo3::exceptions::{PyKeyboardInterrupt, PySystemExit};
use pyo3::prelude::*;
use pyo3::types::PyDict;

pub(crate) use budget::{HOLD_BUDGET, Turn, has_to_turn, may_run_now, note_at_once};
pub(crate) use exit::{Inside, watch_exit};
pub(crate) use fork::{fork_generation, watch_forks};
pub(crate) use future::LoopFuture;
use signal::{Key, Signal};

/// Work that is polled on the loop's thread until it gives a Python object.
pub(crate) trait Task: Send {
    /// As `Future::poll`, with the interpreter at hand.
    fn poll(&mut self, py: Python<'_>, context: &mut Context<'_>) -> Poll<PyResult<Py<PyAny>>>;
}

/// One event loop's hub.
#[pyclass(frozen, module = "ommi._ommi")]
pub(crate) struct Hub {
    signal: Arc<Signal>,
    slots: Mutex<Slots>,
    event_loop: Py<PyAny>,
}

#[derive(Default)]
struct Slots {
    entries: Vec<Slot>,
    free: Vec<usize>,
}

#[derive(Default)]
struct Slot {
    generation: u32,
    task: Option<Box<dyn Task>>,
    future: Option<Py<LoopFuture>>,
}

/// What became of a task that was begun.
pub(crate) enum Begun {
    /// It finished at its first poll.
    Ready(PyResult<Py<PyAny>>),
    /// It goes on; the future tells when it has finished.
    Pending(Py<LoopFuture>),
}

impl Hub {
    /// The hub of the running event loop.
    pub(crate) fn current(py: Python<'_>) -> PyResult<Bound<'_, Hub>> {
        registry::current(py)
    }

    fn new(event_loop: Py<PyAny>) -> PyResult<Self> {
        Ok(Self { signal: Arc::new(Signal::new()?), slots: Mutex::default(), event_loop })
    }

    /// Polls `task` once and keeps it if it is not finished.
    pub(crate) fn begin(slf: &Bound<'_, Self>, mut task: Box<dyn Task>) -> PyResult<Begun> {
        let py = slf.py();
        let this = slf.get();
        let key = this.slots.lock().reserve();
        let waker = this.waker(key);
        let entered = this.signal.enter();
        let begun = task.poll(py, &mut Context::from_waker(&waker));
        drop(entered);
        if let Poll::Ready(outcome) = begun {
            this.slots.lock().release(key);
            return Ok(Begun::Ready(outcome));
        }
        let future = Py::new(py, LoopFuture::new(slf.clone().unbind(), Some(key)))?;
        this.slots.lock().keep(key, task, future.clone_ref(py));
        Ok(Begun::Pending(future))
    }

    /// Drops a task, which cancels its work.
    fn abandon(&self, key: Key) {
        let slot = self.slots.lock().release(key);
        drop(slot);
    }

    fn waker(&self, key: Key) -> Waker {
        Waker::from(Arc::new(SlotWaker { signal: self.signal.clone(), key }))
    }

    /// The event loop.
    pub(crate) fn event_loop<'py>(&self, py: Python<'py>) -> &Bound<'py, PyAny> {
        self.event_loop.bind(py)
    }

    /// Polls one woken task; hands its outcome to whoever awaits it.
    fn resume(slf: &Bound<'_, Self>, key: Key) -> PyResult<()> {
        let py = slf.py();
        let this = slf.get();
        let Some(mut task) = this.slots.lock().take_task(key) else {
            return Ok(());
        };
        let waker = this.waker(key);
        match task.poll(py, &mut Context::from_waker(&waker)) {
            Poll::Pending => {
                // A task that was cancelled by what it ran has no slot any more and is dropped here.
                let rest = this.slots.lock().return_task(key, task);
                drop(rest);
                Ok(())
            }
            Poll::Ready(outcome) => {
                // Whoever awaits it goes on inside of `finish`, perhaps for long: what the task held is let go before.
                drop(task);
                let slot = this.slots.lock().release(key);
                match slot.and_then(|slot| slot.future) {
                    Some(future) => LoopFuture::finish(future.bind(py), outcome),
                    None => Ok(()),
                }
            }
        }
    }

    /// Tells the loop of an exception that no task can take, as asyncio does for its own callbacks.
    fn report(&self, py: Python<'_>, error: PyErr) -> PyResult<()> {
        if error.is_instance_of::<PyKeyboardInterrupt>(py) || error.is_instance_of::<PySystemExit>(py) {
            return Err(error);
        }
        let context = PyDict::new(py);
        context.set_item("message", "Exception while resuming a task that awaited Ommi")?;
        context.set_item("exception", error.value(py))?;
        self.event_loop.bind(py).call_method1("call_exception_handler", (context,)).map(drop)
    }
}

#[pymethods]
impl Hub {
    /// Called by the loop when another thread has woken it, or a socket can be read.
    fn drain(slf: &Bound<'_, Self>) -> PyResult<()> {
        let py = slf.py();
        let this = slf.get();
        let _inside = Inside::enter(py);
        budget::loop_has_turned();
        let began = Instant::now();
        let _entered = this.signal.enter();
        this.signal.turn();
        let mut keys = this.signal.take().into_iter();
        while let Some(key) = keys.next() {
            if let Err(error) = Self::resume(slf, key)
                && let Err(fatal) = this.report(py, error)
            {
                this.signal.put_back(keys.collect());
                return Err(fatal);
            }
            if began.elapsed() > HOLD_BUDGET {
                // The rest waits for the loop's next turn, so that timers and other readers get theirs.
                this.signal.put_back(keys.collect());
                return Ok(());
            }
        }
        Ok(())
    }
}

impl Slots {
    fn reserve(&mut self) -> Key {
        let index = self.free.pop().unwrap_or_else(|| {
            self.entries.push(Slot::default());
            self.entries.len() - 1
        });
        Key { index, generation: self.entries[index].generation }
    }

    fn entry(&mut self, key: Key) -> Option<&mut Slot> {
        self.entries.get_mut(key.index).filter(|slot| slot.generation == key.generation)
    }

    fn keep(&mut self, key: Key, task: Box<dyn Task>, future: Py<LoopFuture>) {
        if let Some(slot) = self.entry(key) {
            slot.task = Some(task);
            slot.future = Some(future);
        }
    }

    fn take_task(&mut self, key: Key) -> Option<Box<dyn Task>> {
        self.entry(key)?.task.take()
    }

    /// Gives the task back to its slot, or to the caller when the slot is gone.
    fn return_task(&mut self, key: Key, task: Box<dyn Task>) -> Option<Box<dyn Task>> {
        match self.entry(key) {
            Some(slot) => {
                slot.task = Some(task);
                None
            }
            None => Some(task),
        }
    }

    fn release(&mut self, key: Key) -> Option<Slot> {
        let slot = self.entry(key)?;
        let next = Slot { generation: key.generation.wrapping_add(1), ..Slot::default() };
        let released = std::mem::replace(slot, next);
        self.free.push(key.index);
        Some(released)
    }

    fn drain_all(&mut self) -> Vec<Slot> {
        self.free.clear();
        std::mem::take(&mut self.entries)
    }
}

struct SlotWaker {
    signal: Arc<Signal>,
    key: Key,
}

impl Wake for SlotWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.signal.push(self.key);
    }
}
