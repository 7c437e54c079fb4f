//! Arithmetic: checked integers and floats, exact decimals; texts are joined.

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, One, RoundingMode, Zero};
use ommi_core::value::Value;
use ommi_core::{Error, Result};

use super::mismatched;

/// The digits after the point of a quotient of decimals that does not end.
const QUOTIENT_DIGITS: i64 = 20;

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

/// Two values of one type, neither of which is NULL.
pub(super) fn computed(operation: Arithmetic, left: &Value, right: &Value) -> Result<Value> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => integer(operation, *left, *right),
        (Value::Float(left), Value::Float(right)) => float(operation, *left, *right),
        (Value::Decimal(left), Value::Decimal(right)) => decimal(operation, left, right),
        (Value::Text(left), Value::Text(right)) if operation == Arithmetic::Add => {
            Ok(Value::Text(format!("{left}{right}")))
        }
        _ => Err(mismatched(left, right)),
    }
}

/// Computed with twice the bits, then made to fit.
fn integer(operation: Arithmetic, left: i64, right: i64) -> Result<Value> {
    let (left, right) = (i128::from(left), i128::from(right));
    let exact = match operation {
        Arithmetic::Add => left + right,
        Arithmetic::Sub => left - right,
        Arithmetic::Mul => left * right,
        Arithmetic::Div | Arithmetic::Rem if right == 0 => return Ok(Value::Null),
        Arithmetic::Div => left / right,
        Arithmetic::Rem => left % right,
    };
    let fits = i64::try_from(exact).map(Value::Int);
    fits.map_err(|_| Error::query("integer overflow: the result does not fit in 64 bits"))
}

fn float(operation: Arithmetic, left: f64, right: f64) -> Result<Value> {
    let result = match operation {
        Arithmetic::Add => left + right,
        Arithmetic::Sub => left - right,
        Arithmetic::Mul => left * right,
        Arithmetic::Div | Arithmetic::Rem if right == 0.0 => return Ok(Value::Null),
        Arithmetic::Div => left / right,
        Arithmetic::Rem => left % right,
    };
    if result.is_infinite() && left.is_finite() && right.is_finite() {
        return Err(Error::query("float overflow: the result is greater than any float"));
    }
    // What is no number is unknown: not every database has a word for it.
    Ok(if result.is_nan() { Value::Null } else { Value::Float(result) })
}

fn decimal(operation: Arithmetic, left: &BigDecimal, right: &BigDecimal) -> Result<Value> {
    Ok(match operation {
        Arithmetic::Add => (left + right).into(),
        Arithmetic::Sub => (left - right).into(),
        Arithmetic::Mul => (left * right).into(),
        Arithmetic::Div | Arithmetic::Rem if right.is_zero() => Value::Null,
        Arithmetic::Div => quotient(left, right).into(),
        Arithmetic::Rem => (left % right).into(),
    })
}

/// A quotient rounded half away from zero. One more digit than is wanted, cut off and not rounded, decides about
/// the last: what follows it could only take a half further from zero.
pub(super) fn quotient(left: &BigDecimal, right: &BigDecimal) -> BigDecimal {
    let digits = QUOTIENT_DIGITS + 1;
    let (left_digits, left_scale) = left.as_bigint_and_exponent();
    let (right_digits, right_scale) = right.as_bigint_and_exponent();
    // left / right = (left_digits / right_digits) * 10^(right_scale - left_scale)
    let shift = digits + right_scale - left_scale;
    let cut_off = if shift >= 0 {
        left_digits * ten_to(shift) / right_digits
    } else {
        left_digits / (right_digits * ten_to(-shift))
    };
    BigDecimal::new(cut_off, digits).with_scale_round(QUOTIENT_DIGITS, RoundingMode::HalfUp)
}

fn ten_to(power: i64) -> BigInt {
    (0..power).fold(BigInt::one(), |product, _| product * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(left: &str, right: &str) -> String {
        quotient(&left.parse().unwrap(), &right.parse().unwrap()).normalized().to_plain_string()
    }

    #[test]
    fn quotients_are_rounded_half_away_from_zero() {
        assert_eq!(divided("1", "3"), "0.33333333333333333333");
        assert_eq!(divided("-2", "3"), "-0.66666666666666666667");
        assert_eq!(divided("1", "-200000000000000000000"), "-0.00000000000000000001");
        assert_eq!(divided("1", "200000000000000000001"), "0");
        assert_eq!(divided("1e-24", "5e-25"), "2");
        assert_eq!(
            divided("12345678901234567890123456789012345", "0.1"),
            "123456789012345678901234567890123450"
        );
    }

    #[test]
    fn what_does_not_fit_is_an_error_and_what_is_no_number_is_null() {
        assert!(integer(Arithmetic::Add, i64::MAX, 1).is_err());
        assert!(integer(Arithmetic::Div, i64::MIN, -1).is_err());
        assert_eq!(integer(Arithmetic::Rem, i64::MIN, -1).unwrap(), Value::Int(0));
        assert_eq!(integer(Arithmetic::Div, -7, 2).unwrap(), Value::Int(-3));
        assert!(float(Arithmetic::Mul, 1e200, 1e200).is_err());
        assert_eq!(float(Arithmetic::Sub, f64::INFINITY, f64::INFINITY).unwrap(), Value::Null);
        assert_eq!(float(Arithmetic::Add, f64::INFINITY, 1.0).unwrap(), Value::Float(f64::INFINITY));
        assert_eq!(float(Arithmetic::Div, 1.0, -0.0).unwrap(), Value::Null);
    }
}
