//! Arithmetic: checked integers, exact decimals, floats; texts are joined.

use bigdecimal::{BigDecimal, Zero};
use ommi_core::query::Operator;
use ommi_core::value::Value;

use super::Overflow;

/// The significant digits of a decimal quotient.
const QUOTIENT_DIGITS: u64 = 28;

/// Two numbers, neither of which is NULL, or two texts.
pub(super) fn apply(operator: Operator, left: &Value, right: &Value) -> Result<Value, Overflow> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => integer(operator, *left, *right),
        (Value::Float(left), Value::Float(right)) => Ok(float(operator, *left, *right)),
        (Value::Decimal(left), Value::Decimal(right)) => Ok(decimal(operator, left, right)),
        (Value::Text(left), Value::Text(right)) if operator == Operator::Add => {
            Ok(Value::Text(format!("{left}{right}")))
        }
        (left, right) => unreachable!("arithmetic over {} and {}", left.kind_name(), right.kind_name()),
    }
}

fn integer(operator: Operator, left: i64, right: i64) -> Result<Value, Overflow> {
    let (left, right) = (i128::from(left), i128::from(right));
    let exact = match operator {
        Operator::Add => left + right,
        Operator::Sub => left - right,
        Operator::Mul => left * right,
        Operator::Div | Operator::Rem if right == 0 => return Ok(Value::Null),
        Operator::Div => left / right,
        Operator::Rem => left % right,
        other => unreachable!("{} is no arithmetic", other.name()),
    };
    i64::try_from(exact).map(Value::Int).map_err(|_| Overflow)
}

fn float(operator: Operator, left: f64, right: f64) -> Value {
    let value = match operator {
        Operator::Add => left + right,
        Operator::Sub => left - right,
        Operator::Mul => left * right,
        Operator::Div | Operator::Rem if right == 0.0 => return Value::Null,
        Operator::Div => left / right,
        Operator::Rem => left % right,
        other => unreachable!("{} is no arithmetic", other.name()),
    };
    // What is not a number is unknown: not every database has a word for it.
    if value.is_nan() { Value::Null } else { Value::Float(value) }
}

fn decimal(operator: Operator, left: &BigDecimal, right: &BigDecimal) -> Value {
    match operator {
        Operator::Add => (left + right).into(),
        Operator::Sub => (left - right).into(),
        Operator::Mul => (left * right).into(),
        Operator::Div | Operator::Rem if right.is_zero() => Value::Null,
        Operator::Div => (left / right).with_prec(QUOTIENT_DIGITS).into(),
        Operator::Rem => (left % right).into(),
        other => unreachable!("{} is no arithmetic", other.name()),
    }
}
