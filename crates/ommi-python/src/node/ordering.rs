//! `ResultOrdering`: something to sort by, and a direction.

use pyo3::prelude::*;

use super::{ASTNode, order_direction};

/// A sort key. Calling it gives itself, so that `.asc()` means `.asc`.
#[pyclass(frozen, extends = ASTNode, module = "ommi._ommi")]
pub(crate) struct ResultOrdering {
    field: Py<PyAny>,
    descending: bool,
}

impl ResultOrdering {
    pub(super) fn make(field: &Bound<'_, PyAny>, descending: bool) -> PyResult<Py<Self>> {
        let ordering = Self { field: field.clone().unbind(), descending };
        Py::new(field.py(), PyClassInitializer::from(ASTNode).add_subclass(ordering))
    }

    /// What is sorted by, and whether it descends.
    pub(crate) fn parts<'py>(&self, py: Python<'py>) -> (&Bound<'py, PyAny>, bool) {
        (self.field.bind(py), self.descending)
    }
}

#[pymethods]
impl ResultOrdering {
    /// The field, or what is computed, that is sorted by.
    #[getter]
    fn field(&self, py: Python<'_>) -> Py<PyAny> {
        self.field.clone_ref(py)
    }

    /// The direction, an `OrderDirection`.
    #[getter]
    fn direction<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        order_direction(py, self.descending)
    }

    fn __call__(slf: &Bound<'_, Self>) -> Py<Self> {
        slf.clone().unbind()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let direction = if self.descending { "desc" } else { "asc" };
        Ok(format!("{}.{direction}", self.field.bind(py).repr()?))
    }
}
