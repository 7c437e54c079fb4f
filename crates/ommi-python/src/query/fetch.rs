//! `query.fetch`: lists and single objects.

use pyo3::prelude::*;

use super::{Query, Want};
use crate::operation::{Awaiting, Job, Operation};

/// `query.fetch()`, `query.fetch.all()` and `query.fetch.one()`.
#[pyclass(frozen, module = "ommi._ommi")]
pub(crate) struct Fetch {
    query: Py<Query>,
}

impl Fetch {
    pub(super) fn new(query: Py<Query>) -> Self {
        Self { query }
    }

    fn operation(&self, py: Python<'_>, want: Want) -> Operation {
        Operation::new(Job::Query { query: self.query.clone_ref(py), want })
    }
}

#[pymethods]
impl Fetch {
    /// An awaitable result of a list.
    fn __call__(&self, py: Python<'_>) -> Operation {
        self.operation(py, Want::List)
    }

    /// A list; errors are raised.
    fn all(&self, py: Python<'_>) -> PyResult<Awaiting> {
        Operation::raise(py, self.operation(py, Want::List))
    }

    /// One object; without a row an error is raised.
    fn one(&self, py: Python<'_>) -> PyResult<Awaiting> {
        Operation::raise(py, self.operation(py, Want::One))
    }

    /// The first object or None; errors are raised.
    fn first(&self, py: Python<'_>) -> PyResult<Awaiting> {
        Operation::raise(py, self.operation(py, Want::First))
    }
}
