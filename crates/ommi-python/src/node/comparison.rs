//! Operators applied: predicates (`User.age >= 18`) and computed values (`User.visits + 1`).

use ommi::core::query::Operator;
use pyo3::prelude::*;
use pyo3::pyclass::CompareOp;

use super::{ASTNode, operator_member};

/// An operator over a subject and its operand: a predicate.
#[pyclass(frozen, extends = ASTNode, module = "ommi._ommi")]
pub(crate) struct ASTComparisonNode {
    pub(super) left: Py<PyAny>,
    pub(super) operator: Operator,
    pub(super) right: Py<PyAny>,
}

impl ASTComparisonNode {
    pub(super) fn make(
        left: &Bound<'_, PyAny>,
        operator: Operator,
        right: &Bound<'_, PyAny>,
    ) -> PyResult<Py<PyAny>> {
        let node = Self { left: left.clone().unbind(), operator, right: right.clone().unbind() };
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
#[pyclass(frozen, extends = ASTNode, module = "ommi._ommi")]
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
        let node = Py::new(left.py(), PyClassInitializer::from(ASTNode).add_subclass(node))?;
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

    fn __richcmp__(
        slf: &Bound<'_, Self>,
        other: &Bound<'_, PyAny>,
        operator: CompareOp,
    ) -> PyResult<Py<PyAny>> {
        let operator = match operator {
            CompareOp::Eq => Operator::Eq,
            CompareOp::Ne => Operator::Ne,
            CompareOp::Lt => Operator::Lt,
            CompareOp::Le => Operator::Le,
            CompareOp::Gt => Operator::Gt,
            CompareOp::Ge => Operator::Ge,
        };
        ASTComparisonNode::make(slf.as_any(), operator, other)
    }

    fn __hash__(slf: &Bound<'_, Self>) -> u64 {
        slf.as_ptr() as u64 >> 4
    }

    fn __add__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Self::make(slf.as_any(), Operator::Add, other)
    }

    fn __radd__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Self::make(other, Operator::Add, slf.as_any())
    }

    fn __sub__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Self::make(slf.as_any(), Operator::Sub, other)
    }

    fn __rsub__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Self::make(other, Operator::Sub, slf.as_any())
    }

    fn __mul__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Self::make(slf.as_any(), Operator::Mul, other)
    }

    fn __rmul__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Self::make(other, Operator::Mul, slf.as_any())
    }

    fn __truediv__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Self::make(slf.as_any(), Operator::Div, other)
    }

    fn __rtruediv__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Self::make(other, Operator::Div, slf.as_any())
    }

    fn __mod__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Self::make(slf.as_any(), Operator::Rem, other)
    }

    fn __rmod__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Self::make(other, Operator::Rem, slf.as_any())
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
