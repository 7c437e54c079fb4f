//! `ASTExistsNode`: whether another query finds a row.

use pyo3::prelude::*;

use super::ASTNode;
use crate::query::Query;

/// Whether a query finds a row: see `exists`.
#[pyclass(frozen, extends = ASTNode, module = "ommi._ommi")]
pub(crate) struct ASTExistsNode {
    pub(super) query: Py<Query>,
}

/// A predicate: whether the query finds a row. Fields of models that the enclosing query has, and that are not the model of
/// this one, are those of the enclosing row.
#[pyfunction]
pub(crate) fn exists(query: &Bound<'_, Query>) -> PyResult<Py<ASTExistsNode>> {
    let node = ASTExistsNode { query: query.clone().unbind() };
    Py::new(query.py(), PyClassInitializer::from(ASTNode).add_subclass(node))
}

#[pymethods]
impl ASTExistsNode {
    /// The query.
    #[getter]
    fn query(&self, py: Python<'_>) -> Py<Query> {
        self.query.clone_ref(py)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("exists({})", self.query.bind(py).repr()?))
    }
}
