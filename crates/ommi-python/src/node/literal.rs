//! `ASTLiteralNode`: a value written as a node.

use pyo3::prelude::*;

use super::ASTNode;

/// A literal value.
#[pyclass(frozen, extends = ASTNode, module = "ommi._ommi")]
pub(crate) struct ASTLiteralNode {
    pub(super) value: Py<PyAny>,
}

#[pymethods]
impl ASTLiteralNode {
    #[new]
    pub(super) fn new(value: Py<PyAny>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(ASTNode).add_subclass(Self { value })
    }

    /// The value.
    #[getter]
    fn value(&self, py: Python<'_>) -> Py<PyAny> {
        self.value.clone_ref(py)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("ASTLiteralNode({})", self.value.bind(py).repr()?))
    }
}
