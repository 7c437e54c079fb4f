//! `when(...)`: predicates that all must hold, with an order and a page of their own to be carried along.

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::ASTNode;

/// A group of predicates, all of which must hold.
#[pyclass(frozen, extends = ASTNode, module = "ommi._ommi")]
pub(crate) struct ASTGroupNode {
    pub(super) operands: Py<PyTuple>,
    sorting: Py<PyTuple>,
    max_results: Option<u64>,
    results_page: u64,
}

impl ASTGroupNode {
    fn make(py: Python<'_>, group: ASTGroupNode) -> PyResult<Py<ASTGroupNode>> {
        Py::new(py, PyClassInitializer::from(ASTNode).add_subclass(group))
    }

    fn copy(&self, py: Python<'_>) -> ASTGroupNode {
        ASTGroupNode {
            operands: self.operands.clone_ref(py),
            sorting: self.sorting.clone_ref(py),
            max_results: self.max_results,
            results_page: self.results_page,
        }
    }

    /// The order that the group carries.
    pub(crate) fn sort_keys<'py>(&self, py: Python<'py>) -> &Bound<'py, PyTuple> {
        self.sorting.bind(py)
    }

    /// The limit and the number of the page that the group carries.
    pub(crate) fn page(&self) -> Option<(u64, u64)> {
        self.max_results.map(|limit| (limit, self.results_page))
    }
}

#[pymethods]
impl ASTGroupNode {
    /// The predicates, models and instances of the group.
    #[getter]
    fn operands(&self, py: Python<'_>) -> Py<PyTuple> {
        self.operands.clone_ref(py)
    }

    /// The sort keys.
    #[getter]
    fn sorting(&self, py: Python<'_>) -> Py<PyTuple> {
        self.sorting.clone_ref(py)
    }

    /// At most so many rows, or None.
    #[getter]
    fn max_results(&self) -> Option<u64> {
        self.max_results
    }

    /// The page, counted from 0 in pages of `max_results`.
    #[getter]
    fn results_page(&self) -> u64 {
        self.results_page
    }

    /// The same group in this order.
    #[pyo3(signature = (*keys))]
    fn sort(&self, py: Python<'_>, keys: Py<PyTuple>) -> PyResult<Py<ASTGroupNode>> {
        Self::make(py, ASTGroupNode { sorting: keys, ..self.copy(py) })
    }

    /// The same group with at most `limit` rows; `page` counts pages of `limit`.
    #[pyo3(signature = (limit, page = 0))]
    fn limit(&self, py: Python<'_>, limit: u64, page: u64) -> PyResult<Py<ASTGroupNode>> {
        Self::make(py, ASTGroupNode { max_results: Some(limit), results_page: page, ..self.copy(py) })
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("when{}", self.operands.bind(py).repr()?))
    }
}

/// A group of predicates, all of which must hold: `when(User.age > 1, User.name == "Ada")`.
#[pyfunction]
#[pyo3(signature = (*predicates))]
pub(crate) fn when(py: Python<'_>, predicates: Py<PyTuple>) -> PyResult<Py<ASTGroupNode>> {
    let sorting = PyTuple::empty(py).unbind();
    ASTGroupNode::make(py, ASTGroupNode { operands: predicates, sorting, max_results: None, results_page: 0 })
}
