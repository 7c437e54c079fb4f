//! The engine's operators as members of Python's enums, for drivers that walk the AST.

use ommi::core::query::{Function, Operator};
use pyo3::PyTypeInfo;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pyclass::CompareOp;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyString};

use super::logical::Logic;
use crate::query::Query;

/// The values of a membership test, kept as a list of their own so that later changes do not matter; a query that selects them
/// stays one.
pub(super) fn listed<'py>(values: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if values.is_exact_instance_of::<Query>() {
        return Ok(values.clone());
    }
    if values.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err(
            "in_ takes a list of values or a query that selects one, not one text; use == for a single value",
        ));
    }
    PyList::type_object(values.py()).call1((values,))
}

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
        Operator::Lower => "LOWER",
        Operator::Upper => "UPPER",
        Operator::Length => "LENGTH",
        Operator::Trim => "TRIM",
        Operator::Abs => "ABS",
        Operator::Round => "ROUND",
        Operator::Year => "YEAR",
        Operator::Month => "MONTH",
        Operator::Day => "DAY",
        Operator::Hour => "HOUR",
        Operator::Coalesce => "COALESCE",
    })
}

/// The member of `AggregateFunction`.
pub(super) fn function_member(py: Python<'_>, function: Function) -> PyResult<Bound<'_, PyAny>> {
    static ENUM: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    ENUM.import(py, "ommi.query_ast", "AggregateFunction")?.getattr(match function {
        Function::Count => "COUNT",
        Function::Sum => "SUM",
        Function::Avg => "AVG",
        Function::Min => "MIN",
        Function::Max => "MAX",
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
