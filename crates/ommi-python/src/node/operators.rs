//! The engine's operators as members of Python's enums, for drivers that walk the AST.

use ommi::core::query::Operator;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::logical::Logic;

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
