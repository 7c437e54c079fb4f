//! Engine errors as Python exceptions: `ommi.errors.from_native` holds the other half of the table.

use std::error::Error as _;

use ommi::core::{Error, ErrorKind};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// What the failing operation was, so that Python can choose the finer exception class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum During {
    /// Opening a database.
    Connect,
    /// Adding rows.
    Add,
    /// Changing rows.
    Update,
    /// Migrating.
    Migrate,
    /// Anything else.
    Other,
}

impl During {
    fn name(self) -> Option<&'static str> {
        match self {
            During::Connect => Some("connect"),
            During::Add => Some("add"),
            During::Update => Some("update"),
            During::Migrate => Some("migrate"),
            During::Other => None,
        }
    }
}

/// The Python exception for an engine error. An exception that Python code raised on the way (inside a
/// resolver or a converter) is handed back as it was.
pub(crate) fn to_python(py: Python<'_>, error: Error, during: During) -> PyErr {
    if let Some(PythonSource(original)) =
        error.source().and_then(|source| source.downcast_ref::<PythonSource>())
    {
        return original.clone_ref(py);
    }
    match build(py, &error, during) {
        Ok(exception) => exception,
        Err(failure) => failure,
    }
}

fn build(py: Python<'_>, error: &Error, during: During) -> PyResult<PyErr> {
    static FROM_NATIVE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let convert = FROM_NATIVE.import(py, "ommi.errors", "from_native")?;
    let kind = format!("{:?}", error.kind());
    let original = error.source().map(ToString::to_string);
    let exception = convert.call1((
        kind,
        error.to_string(),
        error.model(),
        error.field(),
        error.statement(),
        error.constraint(),
        error.columns().to_vec(),
        original,
        during.name(),
    ))?;
    Ok(PyErr::from_value(exception))
}

/// A Python exception on its way through the engine.
#[derive(Debug)]
struct PythonSource(PyErr);

impl std::fmt::Display for PythonSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an exception in Python code")
    }
}

impl std::error::Error for PythonSource {}

/// Wraps an exception so that it comes out of the engine again as itself.
pub(crate) fn from_python(error: PyErr) -> Error {
    Error::new(ErrorKind::Schema, "Python code raised an exception").with_source(PythonSource(error))
}
