//! The engine's operators: as methods of what stands for a value, and as members of Python's enums, for drivers that
//! walk the AST.

use ommi::core::query::Operator;
use pyo3::prelude::*;
use pyo3::pyclass::CompareOp;
use pyo3::sync::PyOnceLock;

use super::logical::Logic;

/// The Python methods of a node that stands for a value: its own, and the operators of comparison and arithmetic.
macro_rules! with_operators {
    (impl $node:ident { $($own:tt)* }) => {
        #[pyo3::pymethods]
        impl $node {
            $($own)*

            fn __richcmp__(
                slf: &pyo3::Bound<'_, Self>,
                other: &pyo3::Bound<'_, pyo3::PyAny>,
                operator: pyo3::pyclass::CompareOp,
            ) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                let operator = $crate::node::operators::comparison(operator);
                $crate::node::ASTComparisonNode::make(slf.as_any(), operator, other)
            }

            fn __add__(
                slf: &pyo3::Bound<'_, Self>,
                other: &pyo3::Bound<'_, pyo3::PyAny>,
            ) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                $crate::node::ASTArithmeticNode::make(slf.as_any(), ommi::core::query::Operator::Add, other)
            }

            fn __radd__(
                slf: &pyo3::Bound<'_, Self>,
                other: &pyo3::Bound<'_, pyo3::PyAny>,
            ) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                $crate::node::ASTArithmeticNode::make(other, ommi::core::query::Operator::Add, slf.as_any())
            }

            fn __sub__(
                slf: &pyo3::Bound<'_, Self>,
                other: &pyo3::Bound<'_, pyo3::PyAny>,
            ) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                $crate::node::ASTArithmeticNode::make(slf.as_any(), ommi::core::query::Operator::Sub, other)
            }

            fn __rsub__(
                slf: &pyo3::Bound<'_, Self>,
                other: &pyo3::Bound<'_, pyo3::PyAny>,
            ) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                $crate::node::ASTArithmeticNode::make(other, ommi::core::query::Operator::Sub, slf.as_any())
            }

            fn __mul__(
                slf: &pyo3::Bound<'_, Self>,
                other: &pyo3::Bound<'_, pyo3::PyAny>,
            ) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                $crate::node::ASTArithmeticNode::make(slf.as_any(), ommi::core::query::Operator::Mul, other)
            }

            fn __rmul__(
                slf: &pyo3::Bound<'_, Self>,
                other: &pyo3::Bound<'_, pyo3::PyAny>,
            ) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                $crate::node::ASTArithmeticNode::make(other, ommi::core::query::Operator::Mul, slf.as_any())
            }

            fn __truediv__(
                slf: &pyo3::Bound<'_, Self>,
                other: &pyo3::Bound<'_, pyo3::PyAny>,
            ) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                $crate::node::ASTArithmeticNode::make(slf.as_any(), ommi::core::query::Operator::Div, other)
            }

            fn __rtruediv__(
                slf: &pyo3::Bound<'_, Self>,
                other: &pyo3::Bound<'_, pyo3::PyAny>,
            ) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                $crate::node::ASTArithmeticNode::make(other, ommi::core::query::Operator::Div, slf.as_any())
            }

            fn __mod__(
                slf: &pyo3::Bound<'_, Self>,
                other: &pyo3::Bound<'_, pyo3::PyAny>,
            ) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                $crate::node::ASTArithmeticNode::make(slf.as_any(), ommi::core::query::Operator::Rem, other)
            }

            fn __rmod__(
                slf: &pyo3::Bound<'_, Self>,
                other: &pyo3::Bound<'_, pyo3::PyAny>,
            ) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                $crate::node::ASTArithmeticNode::make(other, ommi::core::query::Operator::Rem, slf.as_any())
            }
        }
    };
}
pub(super) use with_operators;

/// The operator that Python's comparison means.
pub(super) fn comparison(operator: CompareOp) -> Operator {
    match operator {
        CompareOp::Eq => Operator::Eq,
        CompareOp::Ne => Operator::Ne,
        CompareOp::Lt => Operator::Lt,
        CompareOp::Le => Operator::Le,
        CompareOp::Gt => Operator::Gt,
        CompareOp::Ge => Operator::Ge,
    }
}

/// The member of `QueryOperator` for an operator.
pub(crate) fn operator_member(py: Python<'_>, operator: Operator) -> PyResult<Bound<'_, PyAny>> {
    static ENUM: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    ENUM.import(py, "ommi.query_ast", "QueryOperator")?.getattr(match operator {
        Operator::Eq => "EQUALS",
        Operator::Ne => "NOT_EQUALS",
        Operator::Lt => "LESS_THAN",
        Operator::Le => "LESS_THAN_OR_EQUAL",
        Operator::Gt => "GREATER_THAN",
        Operator::Ge => "GREATER_THAN_OR_EQUAL",
        Operator::In => "IN",
        Operator::NotIn => "NOT_IN",
        Operator::Contains => "CONTAINS",
        Operator::NotContains => "NOT_CONTAINS",
        Operator::StartsWith => "STARTS_WITH",
        Operator::EndsWith => "ENDS_WITH",
        Operator::Like => "LIKE",
        Operator::ILike => "ILIKE",
        Operator::Regex => "REGEX",
        Operator::Between => "BETWEEN",
        Operator::IsNull => "IS_NULL",
        Operator::IsNotNull => "IS_NOT_NULL",
        Operator::IsTrue => "IS_TRUE",
        Operator::Add => "ADD",
        Operator::Sub => "SUBTRACT",
        Operator::Mul => "MULTIPLY",
        Operator::Div => "DIVIDE",
        Operator::Rem => "MODULO",
    })
}

/// The member of `LogicalOperator`.
pub(super) fn logical_member(py: Python<'_>, logic: Logic) -> PyResult<Bound<'_, PyAny>> {
    static ENUM: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    ENUM.import(py, "ommi.query_ast", "LogicalOperator")?.getattr(match logic {
        Logic::And => "AND",
        Logic::Or => "OR",
        Logic::Not => "NOT",
    })
}

/// The member of `OrderDirection`.
pub(crate) fn order_direction(py: Python<'_>, descending: bool) -> PyResult<Bound<'_, PyAny>> {
    static ENUM: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    ENUM.import(py, "ommi.query_ast", "OrderDirection")?.getattr(if descending { "DESC" } else { "ASC" })
}
