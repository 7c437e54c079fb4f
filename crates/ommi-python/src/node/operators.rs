//! The engine's operators: as methods of what stands for a value, and as members of Python's enums, for drivers that
//! walk the AST.

use ommi::core::query::{Function, Operator};
use pyo3::PyTypeInfo;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pyclass::CompareOp;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyString};

use super::logical::Logic;

/// The Python methods of a node that stands for a value: its own, the operators of comparison and
/// arithmetic, orders and aggregates.
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

            /// It is one of `values`; nothing is one of none.
            fn in_(
                slf: &pyo3::Bound<'_, Self>,
                values: &pyo3::Bound<'_, pyo3::PyAny>,
            ) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                let values = $crate::node::operators::listed(values)?;
                $crate::node::ASTComparisonNode::make(slf.as_any(), ommi::core::query::Operator::In, &values)
            }

            /// It is none of `values`.
            fn not_in(
                slf: &pyo3::Bound<'_, Self>,
                values: &pyo3::Bound<'_, pyo3::PyAny>,
            ) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                let values = $crate::node::operators::listed(values)?;
                $crate::node::ASTComparisonNode::make(slf.as_any(), ommi::core::query::Operator::NotIn, &values)
            }

            /// At least `low` and at most `high`.
            fn between(
                slf: &pyo3::Bound<'_, Self>,
                low: &pyo3::Bound<'_, pyo3::PyAny>,
                high: &pyo3::Bound<'_, pyo3::PyAny>,
            ) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                let bounds = pyo3::types::PyTuple::new(slf.py(), [low, high])?;
                let between = ommi::core::query::Operator::Between;
                $crate::node::ASTComparisonNode::make(slf.as_any(), between, bounds.as_any())
            }

            /// It is NULL.
            fn is_null(slf: &pyo3::Bound<'_, Self>) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                let none = slf.py().None();
                let is_null = ommi::core::query::Operator::IsNull;
                $crate::node::ASTComparisonNode::make(slf.as_any(), is_null, none.bind(slf.py()))
            }

            /// It is not NULL.
            fn is_not_null(slf: &pyo3::Bound<'_, Self>) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                let none = slf.py().None();
                let is_not_null = ommi::core::query::Operator::IsNotNull;
                $crate::node::ASTComparisonNode::make(slf.as_any(), is_not_null, none.bind(slf.py()))
            }

            /// Ascending order by this. Also called: `.asc()`.
            #[getter]
            fn asc(slf: &pyo3::Bound<'_, Self>) -> pyo3::PyResult<pyo3::Py<$crate::node::ResultOrdering>> {
                $crate::node::ResultOrdering::make(slf.as_any(), false)
            }

            /// Descending order by this. Also called: `.desc()`.
            #[getter]
            fn desc(slf: &pyo3::Bound<'_, Self>) -> pyo3::PyResult<pyo3::Py<$crate::node::ResultOrdering>> {
                $crate::node::ResultOrdering::make(slf.as_any(), true)
            }

            /// This under a name, for what is selected.
            fn named(
                slf: &pyo3::Bound<'_, Self>,
                name: pyo3::Py<pyo3::types::PyString>,
            ) -> pyo3::PyResult<pyo3::Py<$crate::node::ASTNamedNode>> {
                $crate::node::ASTNamedNode::make(slf.as_any(), name)
            }

            /// The number of values that are not NULL.
            #[pyo3(signature = (*, distinct = false, r#where = None))]
            fn count(
                slf: &pyo3::Bound<'_, Self>,
                distinct: bool,
                r#where: Option<pyo3::Py<pyo3::PyAny>>,
            ) -> pyo3::PyResult<pyo3::Py<$crate::node::ASTAggregateNode>> {
                let count = ommi::core::query::Function::Count;
                $crate::node::ASTAggregateNode::make(slf.as_any(), count, distinct, r#where)
            }

            /// The sum.
            #[pyo3(signature = (*, distinct = false, r#where = None))]
            fn sum(
                slf: &pyo3::Bound<'_, Self>,
                distinct: bool,
                r#where: Option<pyo3::Py<pyo3::PyAny>>,
            ) -> pyo3::PyResult<pyo3::Py<$crate::node::ASTAggregateNode>> {
                let sum = ommi::core::query::Function::Sum;
                $crate::node::ASTAggregateNode::make(slf.as_any(), sum, distinct, r#where)
            }

            /// The mean: of integers and floats a float, of decimals a decimal.
            #[pyo3(signature = (*, distinct = false, r#where = None))]
            fn avg(
                slf: &pyo3::Bound<'_, Self>,
                distinct: bool,
                r#where: Option<pyo3::Py<pyo3::PyAny>>,
            ) -> pyo3::PyResult<pyo3::Py<$crate::node::ASTAggregateNode>> {
                let avg = ommi::core::query::Function::Avg;
                $crate::node::ASTAggregateNode::make(slf.as_any(), avg, distinct, r#where)
            }

            /// The smallest value.
            #[pyo3(signature = (*, r#where = None))]
            fn min(
                slf: &pyo3::Bound<'_, Self>,
                r#where: Option<pyo3::Py<pyo3::PyAny>>,
            ) -> pyo3::PyResult<pyo3::Py<$crate::node::ASTAggregateNode>> {
                let min = ommi::core::query::Function::Min;
                $crate::node::ASTAggregateNode::make(slf.as_any(), min, false, r#where)
            }

            /// The greatest value.
            #[pyo3(signature = (*, r#where = None))]
            fn max(
                slf: &pyo3::Bound<'_, Self>,
                r#where: Option<pyo3::Py<pyo3::PyAny>>,
            ) -> pyo3::PyResult<pyo3::Py<$crate::node::ASTAggregateNode>> {
                let max = ommi::core::query::Function::Max;
                $crate::node::ASTAggregateNode::make(slf.as_any(), max, false, r#where)
            }
        }
    };
}
pub(super) use with_operators;

/// The values of a membership test, kept as a list of their own so that later changes do not matter.
pub(super) fn listed<'py>(values: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if values.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err(
            "in_ takes a list of values, not one text; use == for a single value",
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
