//! Engine futures as tasks of the hub: polled on the loop's thread, finished by building a Python object.

use std::task::{Context, Poll};

use ommi::core::Result;
use ommi::core::driver::BoxFuture;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::error::{During, to_python};
use crate::hub::Task;

/// A future of the engine and what to make of its value.
pub(crate) struct EngineTask<T, F> {
    future: BoxFuture<Result<T>>,
    finish: Option<F>,
    during: During,
}

/// A task that waits for `future` and gives what `finish` makes of its value.
pub(crate) fn engine_task<T, F>(future: BoxFuture<Result<T>>, during: During, finish: F) -> Box<dyn Task>
where
    T: 'static,
    F: FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
{
    Box::new(EngineTask { future, finish: Some(finish), during })
}

impl<T, F> Task for EngineTask<T, F>
where
    F: FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send,
{
    fn poll(&mut self, py: Python<'_>, context: &mut Context<'_>) -> Poll<PyResult<Py<PyAny>>> {
        self.future.as_mut().poll(context).map(|outcome| match (outcome, self.finish.take()) {
            (Ok(value), Some(finish)) => finish(py, value),
            (Err(error), _) => Err(to_python(py, error, self.during)),
            (Ok(_), None) => Err(PyRuntimeError::new_err("a task was polled after it had finished")),
        })
    }
}
