//! `ASTGivenNode`: the value that an object on its way in has for a field.

use pyo3::prelude::*;

use super::ASTReferenceNode;
use super::value::{ASTValueNode, value_node};

/// The value that an object on its way in has for a field: `given(User.visits)`.
#[pyclass(frozen, generic, extends = ASTValueNode, module = "ommi._ommi")]
pub(crate) struct ASTGivenNode {
    pub(super) field: Py<ASTReferenceNode>,
}

/// The value that the added object has for `field`, in what `on(...).update(...)` sets: the field alone is that of the row
/// that is there already.
#[pyfunction]
pub(crate) fn given(py: Python<'_>, field: Py<ASTReferenceNode>) -> PyResult<Py<ASTGivenNode>> {
    Py::new(py, value_node(ASTGivenNode { field }))
}

#[pymethods]
impl ASTGivenNode {
    /// The field.
    #[getter]
    fn field(&self, py: Python<'_>) -> Py<ASTReferenceNode> {
        self.field.clone_ref(py)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("given({})", self.field.bind(py).repr()?))
    }
}
