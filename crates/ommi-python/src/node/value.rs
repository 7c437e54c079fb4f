//! `ASTValueNode`: the base of the nodes that stand for a value, with what can be done with one: comparisons, arithmetic,
//! functions, aggregates, orders.

use ommi::core::query::{Function, Operator};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pyclass::CompareOp;
use pyo3::types::{PyBool, PyString, PyTuple};

use super::logical::combine_all;
use super::operators::{comparison, listed};
use super::{
    ASTAggregateNode, ASTArithmeticNode, ASTComparisonNode, ASTFunctionNode, ASTLiteralNode, ASTNamedNode,
    ASTNode, ASTReferenceNode, Logic, ResultOrdering,
};

/// The base of the nodes that stand for a value: fields, and what is computed.
#[pyclass(frozen, subclass, extends = ASTNode, module = "ommi._ommi")]
pub(crate) struct ASTValueNode;

/// A node that stands for a value, on its way to Python.
pub(super) fn value_node<T>(node: T) -> PyClassInitializer<T>
where
    T: pyo3::PyClass<BaseType = ASTValueNode>,
{
    PyClassInitializer::from(ASTNode).add_subclass(ASTValueNode).add_subclass(node)
}

type Value<'a, 'py> = &'a Bound<'py, ASTValueNode>;
type Other<'a, 'py> = &'a Bound<'py, PyAny>;
type Node = PyResult<Py<PyAny>>;
type Filter = Option<Py<PyAny>>;

fn compared(slf: Value<'_, '_>, operator: Operator, other: Other<'_, '_>) -> Node {
    ASTComparisonNode::make(slf.as_any(), operator, other)
}

fn tested(slf: Value<'_, '_>, operator: Operator) -> Node {
    ASTComparisonNode::make(slf.as_any(), operator, slf.py().None().bind(slf.py()))
}

fn computed(slf: Value<'_, '_>, operator: Operator, other: Other<'_, '_>) -> Node {
    ASTArithmeticNode::make(slf.as_any(), operator, other)
}

/// With the node on the right.
fn reversed(slf: Value<'_, '_>, operator: Operator, other: Other<'_, '_>) -> Node {
    ASTArithmeticNode::make(other, operator, slf.as_any())
}

fn function(slf: Value<'_, '_>, operator: Operator) -> PyResult<Py<ASTFunctionNode>> {
    ASTFunctionNode::make(slf.as_any(), operator, Vec::new())
}

/// A list contains some values, in this combination.
fn each_contained(slf: Value<'_, '_>, values: Other<'_, '_>, combination: Logic) -> Node {
    if values.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err(
            "a list of values is needed here, not one text; contains() takes one",
        ));
    }
    let tests = values
        .try_iter()?
        .map(|value| compared(slf, Operator::Contains, &value?))
        .collect::<PyResult<Vec<_>>>()?;
    let py = slf.py();
    match tests.as_slice() {
        [] => {
            let known = combination == Logic::And;
            let value = PyBool::new(py, known).to_owned().into_any().unbind();
            Ok(Py::new(py, ASTLiteralNode::new(value))?.into_any())
        }
        [first, others @ ..] => {
            let others: Vec<_> = others.iter().map(|test| test.bind(py).clone()).collect();
            combine_all(combination, first.bind(py), &others)
        }
    }
}

fn aggregate(
    slf: Value<'_, '_>,
    function: Function,
    distinct: bool,
    filter: Filter,
) -> PyResult<Py<ASTAggregateNode>> {
    ASTAggregateNode::make(slf.as_any(), function, distinct, filter)
}

#[pymethods]
impl ASTValueNode {
    fn __richcmp__(slf: Value<'_, '_>, other: Other<'_, '_>, operator: CompareOp) -> Node {
        compared(slf, comparison(operator), other)
    }

    // Python takes over the comparisons of a base only together with its hash.
    fn __hash__(slf: Value<'_, '_>) -> u64 {
        match slf.as_any().cast_exact::<ASTReferenceNode>() {
            Ok(reference) => reference.get().hash(),
            Err(_) => slf.as_ptr() as u64 >> 4,
        }
    }

    fn __add__(slf: Value<'_, '_>, other: Other<'_, '_>) -> Node {
        computed(slf, Operator::Add, other)
    }

    fn __radd__(slf: Value<'_, '_>, other: Other<'_, '_>) -> Node {
        reversed(slf, Operator::Add, other)
    }

    fn __sub__(slf: Value<'_, '_>, other: Other<'_, '_>) -> Node {
        computed(slf, Operator::Sub, other)
    }

    fn __rsub__(slf: Value<'_, '_>, other: Other<'_, '_>) -> Node {
        reversed(slf, Operator::Sub, other)
    }

    fn __mul__(slf: Value<'_, '_>, other: Other<'_, '_>) -> Node {
        computed(slf, Operator::Mul, other)
    }

    fn __rmul__(slf: Value<'_, '_>, other: Other<'_, '_>) -> Node {
        reversed(slf, Operator::Mul, other)
    }

    fn __truediv__(slf: Value<'_, '_>, other: Other<'_, '_>) -> Node {
        computed(slf, Operator::Div, other)
    }

    fn __rtruediv__(slf: Value<'_, '_>, other: Other<'_, '_>) -> Node {
        reversed(slf, Operator::Div, other)
    }

    fn __mod__(slf: Value<'_, '_>, other: Other<'_, '_>) -> Node {
        computed(slf, Operator::Rem, other)
    }

    fn __rmod__(slf: Value<'_, '_>, other: Other<'_, '_>) -> Node {
        reversed(slf, Operator::Rem, other)
    }

    /// It is one of `values`; nothing is one of none.
    fn in_(slf: Value<'_, '_>, values: Other<'_, '_>) -> Node {
        compared(slf, Operator::In, &listed(values)?)
    }

    /// It is none of `values`.
    fn not_in(slf: Value<'_, '_>, values: Other<'_, '_>) -> Node {
        compared(slf, Operator::NotIn, &listed(values)?)
    }

    /// At least `low` and at most `high`.
    fn between(slf: Value<'_, '_>, low: Other<'_, '_>, high: Other<'_, '_>) -> Node {
        let bounds = PyTuple::new(slf.py(), [low, high])?;
        compared(slf, Operator::Between, bounds.as_any())
    }

    /// It is NULL.
    fn is_null(slf: Value<'_, '_>) -> Node {
        tested(slf, Operator::IsNull)
    }

    /// It is not NULL.
    fn is_not_null(slf: Value<'_, '_>) -> Node {
        tested(slf, Operator::IsNotNull)
    }

    /// The bool is true.
    fn is_true(slf: Value<'_, '_>) -> Node {
        tested(slf, Operator::IsTrue)
    }

    /// Text holds `value`; a list has it as a member.
    fn contains(slf: Value<'_, '_>, value: Other<'_, '_>) -> Node {
        compared(slf, Operator::Contains, value)
    }

    /// The opposite of `contains`.
    fn not_contains(slf: Value<'_, '_>, value: Other<'_, '_>) -> Node {
        compared(slf, Operator::NotContains, value)
    }

    /// The list has one of `values` at least; of none it has none.
    fn overlaps(slf: Value<'_, '_>, values: Other<'_, '_>) -> Node {
        each_contained(slf, values, Logic::Or)
    }

    /// The list has each of `values`; of none it has all.
    fn contains_all(slf: Value<'_, '_>, values: Other<'_, '_>) -> Node {
        each_contained(slf, values, Logic::And)
    }

    /// Text begins with `prefix`.
    fn starts_with(slf: Value<'_, '_>, prefix: Other<'_, '_>) -> Node {
        compared(slf, Operator::StartsWith, prefix)
    }

    /// Text ends with `suffix`.
    fn ends_with(slf: Value<'_, '_>, suffix: Other<'_, '_>) -> Node {
        compared(slf, Operator::EndsWith, suffix)
    }

    /// SQL's pattern: `%` any run, `_` any character, `\` escapes. Case-sensitive.
    fn like(slf: Value<'_, '_>, pattern: Other<'_, '_>) -> Node {
        compared(slf, Operator::Like, pattern)
    }

    /// As `like`, without regard to case.
    fn ilike(slf: Value<'_, '_>, pattern: Other<'_, '_>) -> Node {
        compared(slf, Operator::ILike, pattern)
    }

    /// A regular expression found anywhere in the text.
    fn regex(slf: Value<'_, '_>, pattern: Other<'_, '_>) -> Node {
        compared(slf, Operator::Regex, pattern)
    }

    /// The text in small letters.
    fn lower(slf: Value<'_, '_>) -> PyResult<Py<ASTFunctionNode>> {
        function(slf, Operator::Lower)
    }

    /// The text in capital letters.
    fn upper(slf: Value<'_, '_>) -> PyResult<Py<ASTFunctionNode>> {
        function(slf, Operator::Upper)
    }

    /// The number of a text's characters, or of a list's members.
    fn length(slf: Value<'_, '_>) -> PyResult<Py<ASTFunctionNode>> {
        function(slf, Operator::Length)
    }

    /// The text without the white space at both ends.
    fn trim(slf: Value<'_, '_>) -> PyResult<Py<ASTFunctionNode>> {
        function(slf, Operator::Trim)
    }

    /// The number without its sign.
    fn abs(slf: Value<'_, '_>) -> PyResult<Py<ASTFunctionNode>> {
        function(slf, Operator::Abs)
    }

    /// The float or decimal with so many digits after the point, half away from zero.
    #[pyo3(signature = (digits = 0))]
    fn round(slf: Value<'_, '_>, digits: i64) -> PyResult<Py<ASTFunctionNode>> {
        let digits = digits.into_pyobject(slf.py())?.into_any().unbind();
        ASTFunctionNode::make(slf.as_any(), Operator::Round, vec![digits])
    }

    /// The year of a date; of an instant in UTC.
    fn year(slf: Value<'_, '_>) -> PyResult<Py<ASTFunctionNode>> {
        function(slf, Operator::Year)
    }

    /// The month of a date, from 1; of an instant in UTC.
    fn month(slf: Value<'_, '_>) -> PyResult<Py<ASTFunctionNode>> {
        function(slf, Operator::Month)
    }

    /// The day of a date's month, from 1; of an instant in UTC.
    fn day(slf: Value<'_, '_>) -> PyResult<Py<ASTFunctionNode>> {
        function(slf, Operator::Day)
    }

    /// The hour of a time of day, from 0; of an instant in UTC.
    fn hour(slf: Value<'_, '_>) -> PyResult<Py<ASTFunctionNode>> {
        function(slf, Operator::Hour)
    }

    /// This, or the first of `others` that is not NULL where this is.
    #[pyo3(signature = (other, *others))]
    fn coalesce(
        slf: Value<'_, '_>,
        other: Py<PyAny>,
        others: Vec<Py<PyAny>>,
    ) -> PyResult<Py<ASTFunctionNode>> {
        let others = std::iter::once(other).chain(others).collect();
        ASTFunctionNode::make(slf.as_any(), Operator::Coalesce, others)
    }

    /// Ascending order by this. Also called: `.asc()`.
    #[getter]
    fn asc(slf: Value<'_, '_>) -> PyResult<Py<ResultOrdering>> {
        ResultOrdering::make(slf.as_any(), false)
    }

    /// Descending order by this. Also called: `.desc()`.
    #[getter]
    fn desc(slf: Value<'_, '_>) -> PyResult<Py<ResultOrdering>> {
        ResultOrdering::make(slf.as_any(), true)
    }

    /// This under a name, for what is selected.
    fn named(slf: Value<'_, '_>, name: Py<PyString>) -> PyResult<Py<ASTNamedNode>> {
        ASTNamedNode::make(slf.as_any(), name)
    }

    /// The number of values that are not NULL.
    #[pyo3(signature = (*, distinct = false, r#where = None))]
    fn count(slf: Value<'_, '_>, distinct: bool, r#where: Filter) -> PyResult<Py<ASTAggregateNode>> {
        aggregate(slf, Function::Count, distinct, r#where)
    }

    /// The sum.
    #[pyo3(signature = (*, distinct = false, r#where = None))]
    fn sum(slf: Value<'_, '_>, distinct: bool, r#where: Filter) -> PyResult<Py<ASTAggregateNode>> {
        aggregate(slf, Function::Sum, distinct, r#where)
    }

    /// The mean: of integers and floats a float, of decimals a decimal.
    #[pyo3(signature = (*, distinct = false, r#where = None))]
    fn avg(slf: Value<'_, '_>, distinct: bool, r#where: Filter) -> PyResult<Py<ASTAggregateNode>> {
        aggregate(slf, Function::Avg, distinct, r#where)
    }

    /// The smallest value.
    #[pyo3(signature = (*, r#where = None))]
    fn min(slf: Value<'_, '_>, r#where: Filter) -> PyResult<Py<ASTAggregateNode>> {
        aggregate(slf, Function::Min, false, r#where)
    }

    /// The greatest value.
    #[pyo3(signature = (*, r#where = None))]
    fn max(slf: Value<'_, '_>, r#where: Filter) -> PyResult<Py<ASTAggregateNode>> {
        aggregate(slf, Function::Max, false, r#where)
    }
}
