//! Operators applied: predicates (`User.age >= 18`) and computed values (`User.visits + 1`).

use ommi::core::query::Operator;
use ommi::core::value::Value;
use parking_lot::Mutex;
use pyo3::prelude::*;

use super::value::{ASTValueNode, value_node};
use super::{ASTNode, operator_member};

/// An operator over a subject and its operand: a predicate.
#[pyclass(frozen, extends = ASTNode, module = "ommi._ommi")]
pub(crate) struct ASTComparisonNode {
    pub(super) left: Py<PyAny>,
    pub(super) operator: Operator,
    pub(super) right: Py<PyAny>,
    /// The values of a long list, between their reading in slices and the query that takes them.
    pub(super) read_ahead: Mutex<Option<Vec<Value>>>,
}

impl ASTComparisonNode {
    pub(super) fn make(
        left: &Bound<'_, PyAny>,
        operator: Operator,
        right: &Bound<'_, PyAny>,
    ) -> PyResult<Py<PyAny>> {
        let node = Self {
            left: left.clone().unbind(),
            operator,
            right: right.clone().unbind(),
            read_ahead: Mutex::new(None),
        };
        let node = Py::new(left.py(), PyClassInitializer::from(ASTNode).add_subclass(node))?;
        Ok(node.into_any())
    }
}

#[pymethods]
impl ASTComparisonNode {
    /// What is compared.
    #[getter]
    fn left(&self, py: Python<'_>) -> Py<PyAny> {
        self.left.clone_ref(py)
    }

    /// The operator, a `QueryOperator`.
    #[getter]
    fn operator<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        operator_member(py, self.operator)
    }

    /// What it is compared with: a value, a list, a node, or None for tests without an operand.
    #[getter]
    fn right(&self, py: Python<'_>) -> Py<PyAny> {
        self.right.clone_ref(py)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!(
            "({} {} {})",
            self.left.bind(py).repr()?,
            self.operator.name(),
            self.right.bind(py).repr()?
        ))
    }
}

/// An operator over two operands: a value computed by the database.
#[pyclass(frozen, generic, extends = ASTValueNode, module = "ommi._ommi")]
pub(crate) struct ASTArithmeticNode {
    pub(super) left: Py<PyAny>,
    pub(super) operator: Operator,
    pub(super) right: Py<PyAny>,
}

impl ASTArithmeticNode {
    pub(super) fn make(
        left: &Bound<'_, PyAny>,
        operator: Operator,
        right: &Bound<'_, PyAny>,
    ) -> PyResult<Py<PyAny>> {
        let node = Self { left: left.clone().unbind(), operator, right: right.clone().unbind() };
        let node = Py::new(left.py(), value_node(node))?;
        Ok(node.into_any())
    }
}

#[pymethods]
impl ASTArithmeticNode {
    /// The left operand.
    #[getter]
    fn left(&self, py: Python<'_>) -> Py<PyAny> {
        self.left.clone_ref(py)
    }

    /// The operator, a `QueryOperator`.
    #[getter]
    fn operator<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        operator_member(py, self.operator)
    }

    /// The right operand.
    #[getter]
    fn right(&self, py: Python<'_>) -> Py<PyAny> {
        self.right.clone_ref(py)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!(
            "({} {} {})",
            self.left.bind(py).repr()?,
            self.operator.name(),
            self.right.bind(py).repr()?
        ))
    }
}
