//! `Operation`: an awaitable result. Nothing runs until it is awaited; it runs once, however often that is done.

mod awaiting;
mod elsewhere;
mod job;
mod outcome;
mod read_ahead;
mod tasks;

use parking_lot::Mutex;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

pub(crate) use awaiting::Awaiting;
pub(crate) use elsewhere::{fetch_elsewhere, write_elsewhere};
pub(crate) use job::{Change, Job, Step};
pub(crate) use outcome::{Mode, Outcome};
pub(crate) use tasks::engine_task;

use crate::hub::LoopFuture;
use crate::query::Query;

/// An operation of a session, a query or a transaction.
#[pyclass(frozen, module = "ommi._ommi")]
pub(crate) struct Operation {
    state: Mutex<State>,
    /// Whether a bare await raises instead of giving a result.
    raises: bool,
}

enum State {
    Fresh(Job),
    Running(Vec<Py<LoopFuture>>),
    Done(Outcome),
}

/// What somebody who awaits an operation finds.
enum Entry {
    Begin(Job),
    Join,
    Done(Outcome),
}

impl Operation {
    pub(crate) fn new(job: Job) -> Self {
        Self { state: Mutex::new(State::Fresh(job)), raises: false }
    }

    /// An operation of which a bare await raises.
    pub(crate) fn raising_by_default(job: Job) -> Self {
        Self { state: Mutex::new(State::Fresh(job)), raises: true }
    }

    /// An await of `operation` that raises.
    pub(crate) fn raise(py: Python<'_>, operation: Operation) -> PyResult<Awaiting> {
        Ok(Awaiting::new(Py::new(py, operation)?, Mode::Raise))
    }

    /// A bare await of `operation`.
    pub(crate) fn plain(py: Python<'_>, operation: Operation) -> PyResult<Awaiting> {
        let mode = if operation.raises { Mode::Raise } else { Mode::Result };
        Ok(Awaiting::new(Py::new(py, operation)?, mode))
    }

    fn enter(&self, py: Python<'_>) -> Entry {
        let mut state = self.state.lock();
        match std::mem::replace(&mut *state, State::Running(Vec::new())) {
            State::Fresh(job) => Entry::Begin(job),
            State::Running(waiters) => {
                *state = State::Running(waiters);
                Entry::Join
            }
            State::Done(outcome) => {
                let copy = outcome.clone_ref(py);
                *state = State::Done(outcome);
                Entry::Done(copy)
            }
        }
    }

    fn wait(&self, waiter: Py<LoopFuture>) {
        if let State::Running(waiters) = &mut *self.state.lock() {
            waiters.push(waiter);
        }
    }

    /// Keeps the outcome and resumes those who joined.
    fn complete(&self, py: Python<'_>, outcome: Outcome) -> PyResult<()> {
        let previous = std::mem::replace(&mut *self.state.lock(), State::Done(outcome));
        if let State::Running(waiters) = previous {
            for waiter in waiters {
                LoopFuture::finish_soon(waiter.bind(py), Ok(py.None()))?;
            }
        }
        Ok(())
    }

    fn outcome(&self, py: Python<'_>) -> Option<Outcome> {
        match &*self.state.lock() {
            State::Done(outcome) => Some(outcome.clone_ref(py)),
            State::Fresh(_) | State::Running(_) => None,
        }
    }

    fn awaiting(slf: &Bound<'_, Self>, mode: Mode) -> Awaiting {
        Awaiting::new(slf.clone().unbind(), mode)
    }
}

#[pymethods]
impl Operation {
    /// An operation that runs a Python async function without arguments.
    #[staticmethod]
    fn from_coroutine(function: Py<PyAny>) -> Self {
        Self::new(Job::Coroutine(function))
    }

    /// The statement that it would send, without values; a read, an update or a delete over a query that has not begun has one.
    /// Nothing is sent.
    fn statement(&self, py: Python<'_>) -> PyResult<String> {
        // Python runs below: not under the lock.
        let job = match &*self.state.lock() {
            State::Fresh(job) => job.copy_of_query(py),
            State::Running(_) | State::Done(_) => None,
        };
        match job {
            Some(Job::Query { query, want }) => Query::statement_of(query.bind(py), want),
            Some(Job::Update { query, values }) => Query::statement_of_update(query.bind(py), values),
            _ => Err(PyTypeError::new_err(
                "only reads, updates and deletes over a query have a statement, and only before they are awaited",
            )),
        }
    }

    /// Of an update or a delete over a query: another operation, that also gives the rows that it was about, as a list. They
    /// are as they are after the update, or as they were before the delete: models, or tuples of these values.
    #[pyo3(signature = (*values))]
    fn returning(&self, values: &Bound<'_, PyTuple>) -> PyResult<Operation> {
        let py = values.py();
        // Python runs below: not under the lock.
        let job = match &*self.state.lock() {
            State::Fresh(job) => job.copy_of_query(py),
            State::Running(_) | State::Done(_) => None,
        };
        match job.map(|job| job.returning(py, values)).transpose()?.flatten() {
            Some(job) => Ok(Self { state: Mutex::new(State::Fresh(job)), raises: self.raises }),
            None => Err(PyTypeError::new_err(
                "only updates and deletes over a query return their rows, and only before they are awaited",
            )),
        }
    }

    fn __await__(slf: &Bound<'_, Self>) -> Awaiting {
        Self::awaiting(slf, if slf.get().raises { Mode::Raise } else { Mode::Result })
    }

    /// The operation itself, so that `.one()` means `.one`.
    fn __call__(slf: &Bound<'_, Self>) -> Py<Self> {
        slf.clone().unbind()
    }

    /// The value, or the exception raised.
    fn or_raise(slf: &Bound<'_, Self>) -> Awaiting {
        Self::awaiting(slf, Mode::Raise)
    }

    /// As `or_raise`.
    fn raising(slf: &Bound<'_, Self>) -> Awaiting {
        Self::awaiting(slf, Mode::Raise)
    }

    /// As `or_raise()`.
    #[getter]
    fn value(slf: &Bound<'_, Self>) -> Awaiting {
        Self::awaiting(slf, Mode::Raise)
    }

    /// As `or_raise()`.
    #[getter]
    fn result(slf: &Bound<'_, Self>) -> Awaiting {
        Self::awaiting(slf, Mode::Raise)
    }

    /// The value, or `default` where the operation fails.
    fn or_use(slf: &Bound<'_, Self>, default: Py<PyAny>) -> Awaiting {
        Self::awaiting(slf, Mode::Default(default))
    }

    /// As `or_use`.
    fn value_or(slf: &Bound<'_, Self>, default: Py<PyAny>) -> Awaiting {
        Self::awaiting(slf, Mode::Default(default))
    }

    /// None, or the exception raised.
    fn raise_on_errors(slf: &Bound<'_, Self>) -> Awaiting {
        Self::awaiting(slf, Mode::Check)
    }

    /// Another operation: `function` of the value. An exception in it becomes a failure.
    fn map(slf: &Bound<'_, Self>, function: Py<PyAny>) -> Operation {
        Operation::new(Job::Map { source: slf.clone().unbind(), function, flat: false })
    }

    /// As `map`, for a function that gives a result or another operation.
    fn flat_map(slf: &Bound<'_, Self>, function: Py<PyAny>) -> Operation {
        Operation::new(Job::Map { source: slf.clone().unbind(), function, flat: true })
    }

    #[classmethod]
    fn __class_getitem__(cls: &Bound<'_, pyo3::types::PyType>, _item: &Bound<'_, PyAny>) -> Py<PyAny> {
        cls.clone().into_any().unbind()
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        match self.state.try_lock().as_deref() {
            Some(State::Done(Outcome::Value(value))) => visit.call(value),
            Some(State::Running(waiters)) => waiters.iter().try_for_each(|waiter| visit.call(waiter)),
            Some(State::Fresh(Job::Coroutine(function))) => visit.call(function),
            Some(State::Fresh(_) | State::Done(Outcome::Error(_))) | None => Ok(()),
        }
    }

    fn __clear__(&self) {
        if let Some(mut state) = self.state.try_lock() {
            *state = State::Running(Vec::new());
        }
    }

    fn __repr__(&self) -> &'static str {
        match &*self.state.lock() {
            State::Fresh(_) => "<Operation: not awaited yet>",
            State::Running(_) => "<Operation: running>",
            State::Done(Outcome::Value(_)) => "<Operation: done>",
            State::Done(Outcome::Error(_)) => "<Operation: failed>",
        }
    }
}

/// Calls the Python async function and gives the iterator that drives it.
fn drive(function: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    function.call1(PyTuple::empty(function.py()))?.call_method0("__await__").map(Bound::unbind)
}
