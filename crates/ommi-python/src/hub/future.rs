//! `LoopFuture`: what an awaiting asyncio task waits for. It speaks asyncio's future protocol, and wakes the task
//! without another turn of the loop.

use parking_lot::Mutex;
use pyo3::exceptions::asyncio::{CancelledError, InvalidStateError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::Hub;
use super::signal::Key;

/// A future of the hub. Only its own awaiter and the hub hold it.
#[pyclass(frozen, module = "ommi._ommi")]
pub(crate) struct LoopFuture {
    hub: Py<Hub>,
    key: Option<Key>,
    state: Mutex<State>,
}

struct State {
    status: Status,
    blocking: bool,
    callbacks: Vec<(Py<PyAny>, Option<Py<PyAny>>)>,
}

enum Status {
    Pending,
    Cancelled(Option<Py<PyAny>>),
    Finished(Option<PyResult<Py<PyAny>>>),
}

impl LoopFuture {
    pub(super) fn new(hub: Py<Hub>, key: Option<Key>) -> Self {
        Self {
            hub,
            key,
            state: Mutex::new(State { status: Status::Pending, blocking: false, callbacks: Vec::new() }),
        }
    }

    /// A future without a task of its own: somebody else finishes it.
    pub(crate) fn waiter(hub: &Bound<'_, Hub>) -> PyResult<Py<LoopFuture>> {
        Py::new(hub.py(), LoopFuture::new(hub.clone().unbind(), None))
    }

    /// Gives the future its outcome and resumes its awaiter, here and now.
    pub(crate) fn finish(slf: &Bound<'_, Self>, outcome: PyResult<Py<PyAny>>) -> PyResult<()> {
        let callbacks = {
            let mut state = slf.get().state.lock();
            if !matches!(state.status, Status::Pending) {
                return Ok(());
            }
            state.status = Status::Finished(Some(outcome));
            std::mem::take(&mut state.callbacks)
        };
        for (callback, context) in callbacks {
            match context {
                Some(context) => {
                    context.bind(slf.py()).call_method1(intern!(slf.py(), "run"), (callback, slf))?
                }
                None => callback.bind(slf.py()).call1((slf,))?,
            };
        }
        Ok(())
    }

    /// As [`finish`](Self::finish), with the awaiter resumed in the loop's next turn: for callers inside another task.
    pub(crate) fn finish_soon(slf: &Bound<'_, Self>, outcome: PyResult<Py<PyAny>>) -> PyResult<()> {
        let callbacks = {
            let mut state = slf.get().state.lock();
            if !matches!(state.status, Status::Pending) {
                return Ok(());
            }
            state.status = Status::Finished(Some(outcome));
            std::mem::take(&mut state.callbacks)
        };
        callbacks.into_iter().try_for_each(|(callback, context)| call_soon(slf, &callback, context))
    }

    /// Takes the outcome; `None` where there is none (cancelled, or taken before).
    pub(crate) fn take_outcome(&self) -> Option<PyResult<Py<PyAny>>> {
        match &mut self.state.lock().status {
            Status::Finished(outcome) => outcome.take(),
            Status::Pending | Status::Cancelled(_) => None,
        }
    }
}

#[pymethods]
impl LoopFuture {
    #[getter(_asyncio_future_blocking)]
    fn blocking(&self) -> bool {
        self.state.lock().blocking
    }

    #[setter(_asyncio_future_blocking)]
    fn set_blocking(&self, blocking: bool) {
        self.state.lock().blocking = blocking;
    }

    fn get_loop(&self, py: Python<'_>) -> Py<PyAny> {
        self.hub.get().event_loop(py).clone().unbind()
    }

    #[pyo3(signature = (callback, *, context = None))]
    fn add_done_callback(
        slf: &Bound<'_, Self>,
        callback: Py<PyAny>,
        context: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        {
            let mut state = slf.get().state.lock();
            if matches!(state.status, Status::Pending) {
                state.callbacks.push((callback, context));
                return Ok(());
            }
        }
        call_soon(slf, &callback, context)
    }

    fn remove_done_callback(&self, py: Python<'_>, callback: &Bound<'_, PyAny>) -> PyResult<usize> {
        let kept: Vec<_> = self.state.lock().callbacks.iter().map(|(known, _)| known.clone_ref(py)).collect();
        let mut gone = Vec::new();
        for known in kept {
            if known.bind(py).eq(callback)? {
                gone.push(known);
            }
        }
        self.state.lock().callbacks.retain(|(known, _)| !gone.iter().any(|other| other.is(known)));
        Ok(gone.len())
    }

    /// Cancels the work: the engine's future is dropped, which leaves the connection clean.
    #[pyo3(signature = (msg = None))]
    fn cancel(slf: &Bound<'_, Self>, msg: Option<Py<PyAny>>) -> PyResult<bool> {
        let this = slf.get();
        let callbacks = {
            let mut state = this.state.lock();
            if !matches!(state.status, Status::Pending) {
                return Ok(false);
            }
            state.status = Status::Cancelled(msg);
            std::mem::take(&mut state.callbacks)
        };
        if let Some(key) = this.key {
            this.hub.get().abandon(key);
        }
        let event_loop = this.hub.get().event_loop(slf.py());
        if event_loop.call_method0(intern!(slf.py(), "is_closed"))?.is_truthy()? {
            return Ok(true); // a coroutine that outlived its loop: nobody is left to resume
        }
        callbacks.into_iter().try_for_each(|(callback, context)| call_soon(slf, &callback, context))?;
        Ok(true)
    }

    fn cancelled(&self) -> bool {
        matches!(self.state.lock().status, Status::Cancelled(_))
    }

    fn done(&self) -> bool {
        !matches!(self.state.lock().status, Status::Pending)
    }

    /// Nothing, or the cancellation: the awaiter takes the outcome itself.
    fn result(&self, py: Python<'_>) -> PyResult<()> {
        match &self.state.lock().status {
            Status::Finished(_) => Ok(()),
            Status::Pending => Err(InvalidStateError::new_err("the operation is still running")),
            Status::Cancelled(Some(message)) => Err(CancelledError::new_err((message.clone_ref(py),))),
            Status::Cancelled(None) => Err(CancelledError::new_err(())),
        }
    }

    fn exception(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.result(py).map(|()| None)
    }

    fn __iter__(slf: &Bound<'_, Self>) -> Py<Self> {
        slf.clone().unbind()
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        // A collector that meets a locked state meets it in use, and then it is reachable anyway.
        if let Some(state) = self.state.try_lock() {
            for (callback, context) in &state.callbacks {
                visit.call(callback)?;
                if let Some(context) = context {
                    visit.call(context)?;
                }
            }
        }
        Ok(())
    }

    fn __clear__(&self) {
        if let Some(mut state) = self.state.try_lock() {
            state.callbacks.clear();
        }
    }
}

fn call_soon(
    future: &Bound<'_, LoopFuture>,
    callback: &Py<PyAny>,
    context: Option<Py<PyAny>>,
) -> PyResult<()> {
    let py = future.py();
    let event_loop = future.get().hub.get().event_loop(py);
    let options = PyDict::new(py);
    if let Some(context) = context {
        options.set_item("context", context)?;
    }
    event_loop.call_method(intern!(py, "call_soon"), (callback, future), Some(&options)).map(drop)
}
