//! `Awaiting`: the iterator behind `await`. It begins the operation at its first step.

use parking_lot::Mutex;
use pyo3::exceptions::{PyRuntimeError, PyStopIteration};
use pyo3::intern;
use pyo3::prelude::*;

use super::{Entry, Job, Mode, Operation, Outcome, Step};
use crate::hub::{Begun, Hub, Inside, LoopFuture, Turn, may_run_now};

/// One `await` of an operation, in one spelling.
#[pyclass(frozen, module = "ommi._ommi")]
pub(crate) struct Awaiting {
    operation: Py<Operation>,
    mode: Mode,
    stage: Mutex<Stage>,
}

enum Stage {
    /// Not begun, or finished and free to be awaited again.
    Start,
    /// The job begins when the loop has turned.
    Turning(Job, Turn),
    /// The outcome is there and is handed over when the loop has turned.
    Resting(PyResult<Py<PyAny>>, Turn),
    /// The engine works; the future wakes us.
    Driving(Py<LoopFuture>),
    /// Another `await` of the same operation drives it.
    Joined,
    /// A Python coroutine does the work.
    Delegating(Py<PyAny>, Finish),
}

/// What is done with the value of a coroutine or of an inner operation.
pub(crate) enum Finish {
    /// It is the outcome.
    Keep,
    /// The function of it is.
    Map(Py<PyAny>),
    /// The function of it gives a result or an operation, whose value is.
    FlatMap(Py<PyAny>),
}

/// A step of an iterator: it yields, or it has the outcome.
enum Progress {
    Yield(Py<PyAny>),
    Outcome(PyResult<Py<PyAny>>),
}

impl Awaiting {
    pub(super) fn new(operation: Py<Operation>, mode: Mode) -> Self {
        Self { operation, mode, stage: Mutex::new(Stage::Start) }
    }

    fn step(slf: &Bound<'_, Self>, thrown: Option<PyErr>) -> PyResult<Py<PyAny>> {
        let this = slf.get();
        let _inside = Inside::enter(slf.py());
        let stage = std::mem::replace(&mut *this.stage.lock(), Stage::Start);
        let progress = match (stage, thrown) {
            (Stage::Start, None) => this.start(slf.py())?,
            (Stage::Start, Some(error)) => return Err(error),
            (Stage::Driving(future), Some(error)) => {
                // A task that asyncio cancels has cancelled the future already; anything else thrown cancels it too.
                future.bind(slf.py()).call_method0(intern!(slf.py(), "cancel"))?;
                Progress::Outcome(Err(error))
            }
            (Stage::Turning(job, turn), None) => {
                turn.end();
                this.begin(slf.py(), job)?
            }
            (Stage::Resting(outcome, turn), None) => {
                turn.end();
                Progress::Outcome(outcome)
            }
            (Stage::Turning(..) | Stage::Resting(..), Some(error)) => Progress::Outcome(Err(error)),
            (Stage::Joined, Some(error)) => return Err(error),
            (Stage::Driving(future), None) => match future.get().take_outcome() {
                Some(outcome) => Progress::Outcome(outcome),
                None => Progress::Outcome(Err(PyRuntimeError::new_err(
                    "an operation was resumed before it finished",
                ))),
            },
            (Stage::Joined, None) => return this.hand_over(slf.py()),
            (Stage::Delegating(inner, finish), thrown) => this.delegate(slf.py(), inner, finish, thrown)?,
        };
        match progress {
            Progress::Yield(object) => Ok(object),
            Progress::Outcome(outcome) => {
                this.operation.get().complete(slf.py(), outcome.into())?;
                this.hand_over(slf.py())
            }
        }
    }

    fn start(&self, py: Python<'_>) -> PyResult<Progress> {
        let operation = self.operation.get();
        match operation.enter(py) {
            Entry::Done(outcome) => Ok(Progress::Outcome(match outcome {
                Outcome::Value(value) => Ok(value),
                Outcome::Error(error) => Err(error),
            })),
            Entry::Join => {
                let waiter = LoopFuture::waiter(&Hub::current(py)?)?;
                operation.wait(waiter.clone_ref(py));
                *self.stage.lock() = Stage::Joined;
                yielded(py, waiter)
            }
            Entry::Begin(job) => self.begin(py, job),
        }
    }

    fn begin(&self, py: Python<'_>, job: Job) -> PyResult<Progress> {
        match job.start(py) {
            Err(error) => Ok(Progress::Outcome(Err(error))),
            Ok(Step::Ready(value)) => Ok(Progress::Outcome(Ok(value))),
            Ok(Step::Turn(job)) => {
                *self.stage.lock() = Stage::Turning(job, Turn::begin());
                Ok(Progress::Yield(py.None()))
            }
            Ok(Step::Work(task)) => match Hub::current(py).and_then(|hub| Hub::begin(&hub, task)) {
                Err(error) => Ok(Progress::Outcome(Err(error))),
                // A database without workers, as the one in memory, finishes everything here: a task that awaits
                // nothing else would never let the loop turn.
                Ok(Begun::Ready(outcome)) if !may_run_now() => {
                    *self.stage.lock() = Stage::Resting(outcome, Turn::begin());
                    Ok(Progress::Yield(py.None()))
                }
                Ok(Begun::Ready(outcome)) => Ok(Progress::Outcome(outcome)),
                Ok(Begun::Pending(future)) => {
                    *self.stage.lock() = Stage::Driving(future.clone_ref(py));
                    yielded(py, future)
                }
            },
            Ok(Step::Delegate(inner, finish)) => self.delegate(py, inner, finish, None),
        }
    }

    /// Drives a Python coroutine, or another operation's await, one step further.
    fn delegate(
        &self,
        py: Python<'_>,
        inner: Py<PyAny>,
        finish: Finish,
        thrown: Option<PyErr>,
    ) -> PyResult<Progress> {
        let step = match thrown {
            None => inner.bind(py).call_method1(intern!(py, "send"), (py.None(),)),
            Some(error) => inner.bind(py).call_method1(intern!(py, "throw"), (error.into_value(py),)),
        };
        match step {
            Ok(object) => {
                *self.stage.lock() = Stage::Delegating(inner, finish);
                Ok(Progress::Yield(object.unbind()))
            }
            Err(error) if error.is_instance_of::<PyStopIteration>(py) => {
                let value = error.value(py).getattr(intern!(py, "value"))?;
                self.finish(py, &value, finish)
            }
            Err(error) => Ok(Progress::Outcome(Err(error))),
        }
    }

    fn finish(&self, py: Python<'_>, value: &Bound<'_, PyAny>, finish: Finish) -> PyResult<Progress> {
        match finish {
            Finish::Keep => Ok(Progress::Outcome(Ok(value.clone().unbind()))),
            Finish::Map(function) => {
                Ok(Progress::Outcome(function.bind(py).call1((value,)).map(Bound::unbind)))
            }
            Finish::FlatMap(function) => match function.bind(py).call1((value,)) {
                Err(error) => Ok(Progress::Outcome(Err(error))),
                Ok(inner) => match inner.cast::<Operation>() {
                    Ok(operation) => {
                        let awaiting = Bound::new(py, Operation::awaiting(operation, Mode::Raise))?;
                        self.delegate(py, awaiting.into_any().unbind(), Finish::Keep, None)
                    }
                    Err(_) => Ok(Progress::Outcome(unwrap_result(&inner))),
                },
            },
        }
    }

    /// Ends the await with the operation's outcome.
    fn hand_over(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self.operation.get().outcome(py) {
            Some(outcome) => Err(PyStopIteration::new_err((outcome.deliver(py, &self.mode)?,))),
            None => Err(PyRuntimeError::new_err("an operation was resumed before it finished")),
        }
    }
}

fn yielded(py: Python<'_>, future: Py<LoopFuture>) -> PyResult<Progress> {
    future.bind(py).setattr(intern!(py, "_asyncio_future_blocking"), true)?;
    Ok(Progress::Yield(future.into_any()))
}

/// The value of a result in hand; a failure's exception is raised. Anything else is the value itself.
fn unwrap_result(result: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    match result.getattr_opt(intern!(result.py(), "is_success"))? {
        Some(_) => result.getattr(intern!(result.py(), "value")).map(Bound::unbind),
        None => Ok(result.clone().unbind()),
    }
}

#[pymethods]
impl Awaiting {
    fn __await__(slf: &Bound<'_, Self>) -> Py<Self> {
        slf.clone().unbind()
    }

    fn __iter__(slf: &Bound<'_, Self>) -> Py<Self> {
        slf.clone().unbind()
    }

    fn __next__(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        Self::step(slf, None)
    }

    fn send(slf: &Bound<'_, Self>, _value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Self::step(slf, None)
    }

    #[pyo3(signature = (kind, value = None, _traceback = None))]
    fn throw(
        slf: &Bound<'_, Self>,
        kind: &Bound<'_, PyAny>,
        value: Option<&Bound<'_, PyAny>>,
        _traceback: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let error = PyErr::from_value(value.unwrap_or(kind).clone());
        Self::step(slf, Some(error))
    }

    /// Gives up: whatever runs is cancelled.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        match std::mem::replace(&mut *self.stage.lock(), Stage::Start) {
            Stage::Start | Stage::Turning(..) | Stage::Resting(..) | Stage::Joined => Ok(()),
            Stage::Driving(future) => future.bind(py).call_method0(intern!(py, "cancel")).map(drop),
            Stage::Delegating(inner, _) => inner.bind(py).call_method0(intern!(py, "close")).map(drop),
        }
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        visit.call(&self.operation)?;
        // A collector that meets a locked stage meets it in use, and then it is reachable anyway.
        match self.stage.try_lock().as_deref() {
            Some(Stage::Driving(future)) => visit.call(future),
            Some(Stage::Delegating(inner, _)) => visit.call(inner),
            Some(Stage::Resting(Ok(value), _)) => visit.call(value),
            Some(Stage::Resting(Err(_), _)) => Ok(()),
            Some(Stage::Start | Stage::Turning(..) | Stage::Joined) | None => Ok(()),
        }
    }

    fn __clear__(&self) {
        if let Some(mut stage) = self.stage.try_lock() {
            *stage = Stage::Start;
        }
    }
}
