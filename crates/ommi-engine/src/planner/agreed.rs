//! What the walk of the shape and the planner both ask of an operation: what is asked here is answered alike, so they cannot
//! disagree about which literals are parameters and which expressions are known by their place.

use ommi_core::query::{Expr, Operator, Projection, Query};
use ommi_core::schema::FieldType;
use ommi_core::value::Value;

/// What kind of value it is: those of one type of field are of one kind.
pub(super) fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Int(_) => 2,
        Value::Float(_) => 3,
        Value::Text(_) => 4,
        Value::Bytes(_) => 5,
        Value::Decimal(_) => 6,
        Value::Uuid(_) => 7,
        Value::DateTime(_) => 8,
        Value::Timestamp(_) => 9,
        Value::Date(_) => 10,
        Value::Time(_) => 11,
        Value::Duration(_) => 12,
        Value::Json(_) => 13,
    }
}

/// What type of value a path leads to; other types than four are refused when the path is planned.
pub(super) fn leaf(ty: &FieldType) -> u8 {
    match ty {
        FieldType::Bool => 1,
        FieldType::Int => 2,
        FieldType::Float => 3,
        FieldType::Text => 4,
        FieldType::Bytes => 5,
        FieldType::Decimal => 6,
        FieldType::Uuid => 7,
        FieldType::DateTime => 8,
        FieldType::NaiveDateTime => 9,
        FieldType::Timestamp => 10,
        FieldType::Date => 11,
        FieldType::Time => 12,
        FieldType::Duration => 13,
        FieldType::Json => 14,
        FieldType::List(_) => 15,
    }
}

/// Equality with a literal NULL is a test for NULL, also where the expression was built by hand.
pub(super) fn null_test(operator: Operator, operands: &[Expr]) -> (Operator, &[Expr]) {
    let test = if operator == Operator::Eq { Operator::IsNull } else { Operator::IsNotNull };
    match operands {
        [_, Expr::Value(Value::Null)] if is_equality(operator) => (test, &operands[..1]),
        [Expr::Value(Value::Null), _] if is_equality(operator) => (test, &operands[1..]),
        operands => (operator, operands),
    }
}

fn is_equality(operator: Operator) -> bool {
    operator == Operator::Eq || operator == Operator::Ne
}

/// Whether a limit leaves one row at the most: an update of one row may set what one of several may not.
pub(super) fn is_of_one(query: &Query) -> bool {
    query.limit.is_some_and(|limit| limit <= 1)
}

/// The key that an expression is, by its place.
pub(super) fn key_of(keys: &[Expr], expr: &Expr) -> Option<usize> {
    keys.iter().position(|key| key == expr)
}

/// The place among what is selected of something that distinct rows are sorted by: they have an order by nothing else.
pub(super) fn selected_by(query: &Query, by: &Expr) -> Option<usize> {
    match &query.projection {
        Projection::Values(values) if query.distinct => values.iter().position(|value| value == by),
        Projection::Values(_) | Projection::Model | Projection::ModelWith(_) => None,
    }
}

/// Whether `distinct` means anything: rows of a model differ by their key, so only selected values can repeat.
pub(super) fn keeps_distinct(query: &Query) -> bool {
    query.distinct && matches!(query.projection, Projection::Values(_))
}
