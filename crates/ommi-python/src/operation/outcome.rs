//! What an operation came to, and the spellings in which it can be asked for.

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// A value, or the exception that the operation failed with.
#[derive(Debug)]
pub(crate) enum Outcome {
    Value(Py<PyAny>),
    Error(PyErr),
}

/// How an outcome is handed over.
#[derive(Debug)]
pub(crate) enum Mode {
    /// As a `Success` or a `Failure`.
    Result,
    /// The value; failures are raised.
    Raise,
    /// The value, or this one.
    Default(Py<PyAny>),
    /// None; failures are raised.
    Check,
}

impl Outcome {
    pub(crate) fn clone_ref(&self, py: Python<'_>) -> Outcome {
        match self {
            Outcome::Value(value) => Outcome::Value(value.clone_ref(py)),
            Outcome::Error(error) => Outcome::Error(error.clone_ref(py)),
        }
    }

    /// The outcome as `mode` asks for it. Cancellation and interrupts are raised in every mode.
    pub(crate) fn deliver(self, py: Python<'_>, mode: &Mode) -> PyResult<Py<PyAny>> {
        static SUCCESS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        static FAILURE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        match (self, mode) {
            (Outcome::Value(value), Mode::Raise | Mode::Default(_)) => Ok(value),
            (Outcome::Value(_), Mode::Check) => Ok(py.None()),
            (Outcome::Value(value), Mode::Result) => {
                SUCCESS.import(py, "ommi.database.results", "Success")?.call1((value,)).map(Bound::unbind)
            }
            (Outcome::Error(error), _) if !error.is_instance_of::<PyException>(py) => Err(error),
            (Outcome::Error(error), Mode::Raise | Mode::Check) => Err(error),
            (Outcome::Error(_), Mode::Default(default)) => Ok(default.clone_ref(py)),
            (Outcome::Error(error), Mode::Result) => {
                let failure = FAILURE.import(py, "ommi.database.results", "Failure")?;
                failure.call1((error.into_value(py),)).map(Bound::unbind)
            }
        }
    }
}

impl From<PyResult<Py<PyAny>>> for Outcome {
    fn from(result: PyResult<Py<PyAny>>) -> Self {
        match result {
            Ok(value) => Outcome::Value(value),
            Err(error) => Outcome::Error(error),
        }
    }
}
