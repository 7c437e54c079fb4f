//! `ResultOrdering`: a field and a direction to sort by.

use pyo3::prelude::*;

use super::{ASTNode, ASTReferenceNode, order_direction};

/// A sort key. Calling it gives itself, so that `.asc()` means `.asc`.
#[pyclass(frozen, extends = ASTNode, module = "ommi._ommi")]
pub(crate) struct ResultOrdering {
    field: Py<ASTReferenceNode>,
    descending: bool,
}

impl ResultOrdering {
    pub(super) fn make(field: Py<ASTReferenceNode>, descending: bool, py: Python<'_>) -> PyResult<Py<Self>> {
        Py::new(py, PyClassInitializer::from(ASTNode).add_subclass(Self { field, descending }))
    }

    /// The reference and whether it descends.
    pub(crate) fn parts<'py>(&self, py: Python<'py>) -> (&Bound<'py, ASTReferenceNode>, bool) {
        (self.field.bind(py), self.descending)
    }
}

#[pymethods]
impl ResultOrdering {
    /// The field sorted by.
    #[getter]
    fn field(&self, py: Python<'_>) -> Py<ASTReferenceNode> {
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
