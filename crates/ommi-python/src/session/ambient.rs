//! The ambient transaction: operations made in a transaction's block, in its own task, join it.

use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::{Handle, Session, Tx};

/// How many blocks are open in the process: while there is none, nobody looks further.
static OPEN_BLOCKS: AtomicUsize = AtomicUsize::new(0);

/// A transaction's block, as a context variable holds it.
#[pyclass(frozen, module = "ommi._ommi")]
pub(crate) struct Ambient {
    handle: Py<PyAny>,
    transaction: Py<Tx>,
    task: Option<Py<PyAny>>,
    outer: Option<Py<Ambient>>,
}

fn variable(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static VARIABLE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let variable = VARIABLE.get_or_try_init(py, || -> PyResult<_> {
        let class = py.import("contextvars")?.getattr("ContextVar")?;
        Ok(class.call1(("ommi_transaction",))?.unbind())
    })?;
    Ok(variable.bind(py))
}

fn current(py: Python<'_>) -> PyResult<Option<Bound<'_, Ambient>>> {
    let value = variable(py)?.call_method1(intern!(py, "get"), (py.None(),))?;
    Ok(value.cast_into::<Ambient>().ok())
}

fn current_task(py: Python<'_>) -> PyResult<Option<Bound<'_, PyAny>>> {
    static CURRENT_TASK: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    match CURRENT_TASK.import(py, "asyncio", "current_task")?.call0() {
        Ok(task) if task.is_none() => Ok(None),
        Ok(task) => Ok(Some(task)),
        Err(error) if error.is_instance_of::<PyRuntimeError>(py) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes `transaction` ambient in the current task; gives a token for [`exit_ambient`].
#[pyfunction]
pub(crate) fn enter_ambient(transaction: &Bound<'_, Tx>) -> PyResult<Py<PyAny>> {
    let py = transaction.py();
    let ambient = Ambient {
        handle: transaction.get().handle_of(py)?,
        transaction: transaction.clone().unbind(),
        task: current_task(py)?.map(Bound::unbind),
        outer: current(py)?.map(Bound::unbind),
    };
    let token = variable(py)?.call_method1(intern!(py, "set"), (Py::new(py, ambient)?,))?;
    OPEN_BLOCKS.fetch_add(1, Ordering::Relaxed);
    Ok(token.unbind())
}

/// Ends what [`enter_ambient`] began.
#[pyfunction]
pub(crate) fn exit_ambient(py: Python<'_>, token: &Bound<'_, PyAny>) -> PyResult<()> {
    OPEN_BLOCKS.fetch_sub(1, Ordering::Relaxed);
    variable(py)?.call_method1(intern!(py, "reset"), (token,)).map(drop)
}

/// Leaves all blocks for a while: what is done until [`return_ambient`] joins none. Gives a token for that.
#[pyfunction]
pub(crate) fn leave_ambient(py: Python<'_>) -> PyResult<Py<PyAny>> {
    variable(py)?.call_method1(intern!(py, "set"), (py.None(),)).map(Bound::unbind)
}

/// Ends what [`leave_ambient`] began.
#[pyfunction]
pub(crate) fn return_ambient(py: Python<'_>, token: &Bound<'_, PyAny>) -> PyResult<()> {
    variable(py)?.call_method1(intern!(py, "reset"), (token,)).map(drop)
}

/// The innermost transaction of `handle` whose block the current task is in.
#[pyfunction]
pub(crate) fn ambient_transaction<'py>(handle: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, Tx>>> {
    let py = handle.py();
    if OPEN_BLOCKS.load(Ordering::Relaxed) == 0 {
        return Ok(None);
    }
    let mut ambient = current(py)?;
    if ambient.is_none() {
        return Ok(None);
    }
    let task = current_task(py)?;
    while let Some(block) = ambient {
        let this = block.get();
        let same_task = match (&this.task, &task) {
            (Some(owner), Some(task)) => task.is(owner),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if same_task && handle.is(&this.handle) {
            return Ok(Some(this.transaction.bind(py).clone()));
        }
        ambient = this.outer.as_ref().map(|outer| outer.bind(py).clone());
    }
    Ok(None)
}

/// Where an operation made on `session` here and now runs: in the ambient transaction, if it is a handle's.
#[inline]
pub(crate) fn session_here(session: &Bound<'_, Session>) -> PyResult<Py<Session>> {
    if OPEN_BLOCKS.load(Ordering::Relaxed) != 0
        && session.is_instance_of::<Handle>()
        && let Some(transaction) = ambient_transaction(session.as_any())?
    {
        return Ok(transaction.into_super().unbind());
    }
    Ok(session.clone().unbind())
}
