//! What the planner asks of each operator beyond its typing: how many operands, and which of them are patterns.

use ommi_core::query::{Expr, Operator};
use ommi_core::schema::FieldType;
use ommi_core::{Error, Result};

use super::Rule;

pub(super) fn is_membership(operator: Operator) -> bool {
    operator == Operator::In || operator == Operator::NotIn
}

pub(super) fn pattern_rule(operator: Operator) -> Option<Rule> {
    match operator {
        Operator::Like => Some(Rule::Like),
        Operator::ILike => Some(Rule::ILike),
        Operator::Regex => Some(Rule::Regex),
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
        | Operator::Rem => None,
    }
}

pub(super) fn check_arity(operator: Operator, operands: &[Expr]) -> Result<()> {
    let wanted = match operator {
        Operator::IsNull | Operator::IsNotNull | Operator::IsTrue => 1,
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
        | Operator::Rem => 2,
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
