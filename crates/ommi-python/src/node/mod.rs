//! The query AST as Python sees it: nodes hold Python values until the query runs, so a driver written in
//! Python can walk them. `lower` turns them into the engine's expressions.

mod aggregate;
mod comparison;
mod first_model;
mod function;
mod group;
mod incoming;
mod literal;
mod logical;
mod long_list;
mod lower;
mod named;
mod operators;
mod ordering;
mod owner;
mod path;
mod reference;
mod subquery;
mod value;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

pub(crate) use aggregate::{ASTAggregateNode, count};
pub(crate) use comparison::{ASTArithmeticNode, ASTComparisonNode};
pub(crate) use first_model::first_model_of_node;
pub(crate) use function::{ASTCaseNode, ASTFunctionNode, case};
pub(crate) use group::{ASTGroupNode, when};
pub(crate) use incoming::{ASTGivenNode, given};
pub(crate) use literal::ASTLiteralNode;
pub(crate) use logical::{ASTLogicalNode, Logic};
pub(crate) use long_list::{LongList, find_long_lists, has_long_list};
pub(crate) use lower::{lower_assignment, lower_predicate, lower_value};
pub(crate) use named::ASTNamedNode;
pub(crate) use operators::{operator_member, order_direction};
pub(crate) use ordering::ResultOrdering;
pub(crate) use owner::{Owner, field_of};
pub(crate) use path::ASTPathNode;
pub(crate) use reference::ASTReferenceNode;
pub(crate) use subquery::{ASTExistsNode, exists};
pub(crate) use value::ASTValueNode;

/// The base of all nodes.
#[pyclass(frozen, subclass, module = "ommi._ommi")]
pub(crate) struct ASTNode;

#[pymethods]
impl ASTNode {
    fn __and__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        logical::combine(Logic::And, slf.as_any(), other)
    }

    fn __rand__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        logical::combine(Logic::And, other, slf.as_any())
    }

    fn __or__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        logical::combine(Logic::Or, slf.as_any(), other)
    }

    fn __ror__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        logical::combine(Logic::Or, other, slf.as_any())
    }

    fn __invert__(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        logical::negate(slf.as_any())
    }

    /// Both this and all of `others`.
    #[pyo3(name = "And", signature = (*others))]
    fn and_all(slf: &Bound<'_, Self>, others: Vec<Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        logical::combine_all(Logic::And, slf.as_any(), &others)
    }

    /// This or any of `others`.
    #[pyo3(name = "Or", signature = (*others))]
    fn or_any(slf: &Bound<'_, Self>, others: Vec<Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        logical::combine_all(Logic::Or, slf.as_any(), &others)
    }

    fn __bool__(&self) -> PyResult<bool> {
        Err(PyTypeError::new_err(
            "a query expression has no truth value: combine expressions with & | ~ (not `and`, `or`, `not`), \
             and write x.between(a, b) instead of a <= x <= b",
        ))
    }
}

/// Whether `object` is a node or something that stands for one (a reference by itself, a group).
pub(crate) fn is_node(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<ASTNode>()
}

/// Whether `object` is a node that stands for a value: it can be selected, sorted and grouped by. Predicates are too.
pub(crate) fn is_value(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<ASTValueNode>()
        || object.is_exact_instance_of::<ASTComparisonNode>()
        || object.is_exact_instance_of::<ASTLogicalNode>()
}
