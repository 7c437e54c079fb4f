//! What the planner asks of each operator beyond its typing: how many operands, and which of them are patterns.

use ommi_core::query::{ColumnRef, Expr, Operator};
use ommi_core::schema::FieldType;
use ommi_core::{Error, Result};

use super::Rule;

pub(super) fn is_membership(operator: Operator) -> bool {
    operator == Operator::In || operator == Operator::NotIn
}

/// The rule of an operand that has to be a value, since databases take nothing else there; and what it is, for messages.
pub(super) fn value_rule(operator: Operator) -> Option<(Rule, &'static str)> {
    match operator {
        Operator::Like => Some((Rule::Like, "the pattern of `like` is a text")),
        Operator::ILike => Some((Rule::ILike, "the pattern of `ilike` is a text")),
        Operator::Regex => Some((Rule::Regex, "the pattern of `regex` is a text")),
        Operator::Round => Some((Rule::Digits, "what `round` keeps is a number of digits")),
        Operator::Eq
        | Operator::Ne
        | Operator::Lt
        | Operator::Le
        | Operator::Gt
        | Operator::Ge
        | Operator::In
        | Operator::NotIn
        | Operator::Contains
        | Operator::NotContains
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Between
        | Operator::IsNull
        | Operator::IsNotNull
        | Operator::IsTrue
        | Operator::Add
        | Operator::Sub
        | Operator::Mul
        | Operator::Div
        | Operator::Rem
        | Operator::Lower
        | Operator::Upper
        | Operator::Length
        | Operator::Trim
        | Operator::Abs
        | Operator::Year
        | Operator::Month
        | Operator::Day
        | Operator::Hour
        | Operator::Coalesce => None,
    }
}

pub(super) fn check_arity(operator: Operator, operands: &[Expr]) -> Result<()> {
    let wanted = match operator {
        Operator::Coalesce if operands.len() < 2 => 2,
        Operator::Coalesce => return Ok(()),
        Operator::IsNull
        | Operator::IsNotNull
        | Operator::IsTrue
        | Operator::Lower
        | Operator::Upper
        | Operator::Length
        | Operator::Trim
        | Operator::Abs
        | Operator::Year
        | Operator::Month
        | Operator::Day
        | Operator::Hour => 1,
        Operator::Between => 3,
        Operator::Eq
        | Operator::Ne
        | Operator::Lt
        | Operator::Le
        | Operator::Gt
        | Operator::Ge
        | Operator::In
        | Operator::NotIn
        | Operator::Contains
        | Operator::NotContains
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Like
        | Operator::ILike
        | Operator::Regex
        | Operator::Add
        | Operator::Sub
        | Operator::Mul
        | Operator::Div
        | Operator::Rem
        | Operator::Round => 2,
    };
    if operands.len() == wanted {
        return Ok(());
    }
    let message = format!("`{}` takes {wanted} operand(s) and got {}", operator.name(), operands.len());
    Err(Error::query(message))
}

pub(super) fn no_meaning(operator: Operator, ty: &FieldType) -> Error {
    Error::query(format!("`{}` has no meaning on {}", operator.name(), ty.describe()))
}

pub(super) fn misplaced_list() -> Error {
    Error::query("a list of values can stand after `in` and `not_in` only")
}

pub(super) fn given_nowhere(column: &ColumnRef) -> Error {
    Error::query(format!(
        "the given value of {}.{} is known only where a row is added: use it in what a conflict sets",
        column.model.name(),
        column.definition().name
    ))
}
