//! Functions of one value; of NULL it is NULL.

use bigdecimal::{RoundingMode, Signed};
use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use ommi_core::query::Operator;
use ommi_core::value::Value;
use ommi_core::{Error, Result};

use super::misapplied;

/// From here on every float is a whole number; one that would be after it is moved by so many digits stays as it is.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// A text with each letter as `mapping` gives it.
pub(super) fn mapped(operator: Operator, subject: &Value, mapping: fn(char) -> char) -> Result<Value> {
    text(operator, subject, |text| Value::Text(text.chars().map(mapping).collect()))
}

/// What is made of a text.
pub(super) fn text(operator: Operator, subject: &Value, make: impl Fn(&str) -> Value) -> Result<Value> {
    match subject {
        Value::Null => Ok(Value::Null),
        Value::Text(text) => Ok(make(text)),
        _ => Err(misapplied(operator)),
    }
}

pub(super) fn trimmed(text: &str) -> Value {
    Value::Text(text.trim().to_owned())
}

/// The number of a text's characters or of a list's members.
pub(super) fn length(subject: &Value) -> Result<Value> {
    let count = match subject {
        Value::Null => return Ok(Value::Null),
        Value::Text(text) => text.chars().count(),
        Value::Json(list) => serde_json::from_str::<Vec<serde_json::Value>>(list)
            .map_err(|_| Error::query("a list is counted and the database holds something else"))?
            .len(),
        _ => return Err(misapplied(Operator::Length)),
    };
    Ok(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
}

pub(super) fn absolute(subject: &Value) -> Result<Value> {
    match subject {
        Value::Null => Ok(Value::Null),
        Value::Int(number) => {
            let positive = number.checked_abs().map(Value::Int);
            positive.ok_or_else(|| Error::query("integer overflow: the result does not fit in 64 bits"))
        }
        Value::Float(number) => Ok(Value::Float(number.abs())),
        Value::Decimal(number) => Ok(number.abs().into()),
        _ => Err(misapplied(Operator::Abs)),
    }
}

/// Half away from zero.
pub(super) fn rounded(subject: &Value, digits: &Value) -> Result<Value> {
    match (subject, digits) {
        (Value::Float(number), Value::Int(digits)) => Ok(Value::Float(float_rounded(*number, *digits))),
        (Value::Decimal(number), Value::Int(digits)) => {
            Ok(number.with_scale_round(*digits, RoundingMode::HalfUp).into())
        }
        _ => Err(misapplied(Operator::Round)),
    }
}

fn float_rounded(number: f64, digits: i64) -> f64 {
    let power = (0..digits).fold(1.0, |power, _| power * 10.0);
    if number.is_nan() || number.abs() >= WHOLE / power {
        return number;
    }
    let size = number.abs() * power;
    let rounded = if size - size.trunc() >= 0.5 { size.trunc() + 1.0 } else { size.trunc() };
    // Zero has no sign.
    if number < 0.0 { 0.0 - rounded / power } else { rounded / power }
}

/// A part of a date.
pub(super) fn of_date(operator: Operator, subject: &Value, part: fn(Date) -> i16) -> Result<Value> {
    let date = match subject {
        Value::Null => return Ok(Value::Null),
        Value::Date(date) => *date,
        Value::DateTime(moment) => moment.date(),
        Value::Timestamp(instant) => Offset::UTC.to_datetime(*instant).date(),
        _ => return Err(misapplied(operator)),
    };
    Ok(Value::Int(part(date).into()))
}

/// A part of a time of day.
pub(super) fn of_time(operator: Operator, subject: &Value, part: fn(Time) -> i16) -> Result<Value> {
    let time = match subject {
        Value::Null => return Ok(Value::Null),
        Value::Time(time) => *time,
        Value::DateTime(moment) => moment.time(),
        Value::Timestamp(instant) => Offset::UTC.to_datetime(*instant).time(),
        _ => return Err(misapplied(operator)),
    };
    Ok(Value::Int(part(time).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_rounded_half_away_from_zero() {
        let whole =
            [(0.5, 1.0), (-0.5, -1.0), (2.5, 3.0), (0.49999999999999994, 0.0), (-0.3, 0.0), (1e300, 1e300)];
        for (number, expected) in whole {
            assert_eq!(float_rounded(number, 0).to_bits(), f64::to_bits(expected), "{number}");
        }
        assert_eq!(float_rounded(2.675, 2), 2.68);
        assert_eq!(float_rounded(-1.25, 1), -1.3);
        assert!(float_rounded(f64::NAN, 1).is_nan());
        assert_eq!(float_rounded(f64::INFINITY, 3), f64::INFINITY);
    }
}
