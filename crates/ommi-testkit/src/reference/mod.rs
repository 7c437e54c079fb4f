//! The meaning of expressions over one row, in plain Rust: what databases are compared with. Slow and obvious.

mod number;
mod order;
mod text;

use ommi_core::query::{ColumnRef, Expr, Operator};
use ommi_core::value::Value;

pub(crate) use order::{compare, sort};

/// An integer that does not fit in 64 bits: a database must fail there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overflow;

/// An expression's value for a row whose fields `row` looks up.
pub(crate) fn evaluate(expr: &Expr, row: &dyn Fn(&ColumnRef) -> Value) -> Result<Value, Overflow> {
    let truth_of_all = |parts: &[Expr], absorbing: bool| {
        let mut result = Some(!absorbing);
        for part in parts {
            match truth(&evaluate(part, row)?) {
                Some(value) if value == absorbing => result = Some(absorbing),
                Some(_) => {}
                None if result == Some(absorbing) => {}
                None => result = None,
            }
        }
        Ok(known(result))
    };
    match expr {
        Expr::Column(column) => Ok(row(column)),
        Expr::Value(value) => Ok(value.clone()),
        Expr::List(_) => unreachable!("lists stand after `in` and `not_in` only"),
        Expr::And(parts) => truth_of_all(parts, false),
        Expr::Or(parts) => truth_of_all(parts, true),
        Expr::Not(inner) => Ok(known(truth(&evaluate(inner, row)?).map(|value| !value))),
        Expr::Apply(operator, operands) => apply(*operator, operands, row),
    }
}

/// Whether a predicate holds for a row: unknown does not.
pub(crate) fn holds(expr: &Expr, row: &dyn Fn(&ColumnRef) -> Value) -> Result<bool, Overflow> {
    Ok(truth(&evaluate(expr, row)?) == Some(true))
}

fn apply(
    operator: Operator,
    operands: &[Expr],
    row: &dyn Fn(&ColumnRef) -> Value,
) -> Result<Value, Overflow> {
    if let Operator::Eq | Operator::Ne = operator
        && let [Expr::Value(Value::Null), other] | [other, Expr::Value(Value::Null)] = operands
    {
        // Equality with a literal NULL is a test for NULL.
        let is_null = evaluate(other, row)?.is_null();
        return Ok(Value::Bool(is_null == (operator == Operator::Eq)));
    }
    let subject = evaluate(&operands[0], row)?;
    if let Operator::In | Operator::NotIn = operator {
        let Expr::List(values) = &operands[1] else { unreachable!("`in` takes a list") };
        let found = member(&subject, values);
        return Ok(known(if operator == Operator::In { found } else { found.map(|found| !found) }));
    }
    let rest = operands[1..].iter().map(|operand| evaluate(operand, row)).collect::<Result<Vec<_>, _>>()?;
    match operator {
        Operator::IsNull => return Ok(Value::Bool(subject.is_null())),
        Operator::IsNotNull => return Ok(Value::Bool(!subject.is_null())),
        Operator::IsTrue => return Ok(Value::Bool(subject == Value::Bool(true))),
        _ if operator != Operator::Between && (subject.is_null() || rest.iter().any(Value::is_null)) => {
            return Ok(Value::Null);
        }
        _ => {}
    }
    Ok(match operator {
        Operator::Between => {
            let at_least = compare(&subject, &rest[0]).map(|order| order.is_ge());
            let at_most = compare(&subject, &rest[1]).map(|order| order.is_le());
            known(both(at_least, at_most))
        }
        Operator::Eq => known(compare(&subject, &rest[0]).map(|order| order.is_eq())),
        Operator::Ne => known(compare(&subject, &rest[0]).map(|order| order.is_ne())),
        Operator::Lt => known(compare(&subject, &rest[0]).map(|order| order.is_lt())),
        Operator::Le => known(compare(&subject, &rest[0]).map(|order| order.is_le())),
        Operator::Gt => known(compare(&subject, &rest[0]).map(|order| order.is_gt())),
        Operator::Ge => known(compare(&subject, &rest[0]).map(|order| order.is_ge())),
        Operator::Contains
        | Operator::NotContains
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Like
        | Operator::ILike
        | Operator::Regex => text::apply(operator, &subject, &rest[0]),
        Operator::Add | Operator::Sub | Operator::Mul | Operator::Div | Operator::Rem => {
            number::apply(operator, &subject, &rest[0])?
        }
        Operator::In | Operator::NotIn | Operator::IsNull | Operator::IsNotNull | Operator::IsTrue => {
            unreachable!("handled above")
        }
    })
}

/// SQL's membership: unknown where only an unknown value stands in the way of an answer.
fn member(subject: &Value, values: &[Value]) -> Option<bool> {
    if values.is_empty() {
        return Some(false);
    }
    let outcomes = || values.iter().map(|value| compare(subject, value).map(|order| order.is_eq()));
    if outcomes().any(|outcome| outcome == Some(true)) {
        Some(true)
    } else if outcomes().any(|outcome| outcome.is_none()) {
        None
    } else {
        Some(false)
    }
}

fn both(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        (None, _) | (_, None) => None,
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Null => None,
        other => unreachable!("{} is no truth", other.kind_name()),
    }
}

fn known(truth: Option<bool>) -> Value {
    truth.map_or(Value::Null, Value::Bool)
}
