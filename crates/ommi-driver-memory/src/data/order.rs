//! The order of values of one type: what comparisons, sorting, distinct rows and keys are made of.

use std::cmp::Ordering;

use jiff::tz::TimeZone;
use ommi_core::value::Value;

/// How two values of one type compare. NULL comes before all and equals itself here: whether a comparison with
/// NULL is unknown is up to who compares.
///
/// Text goes by code point, bytes and UUIDs by byte, false before true; NaN equals itself and is greater than
/// every number. Values of different types have the order of their types, which nothing depends on.
pub fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Int(left), Value::Int(right)) | (Value::Duration(left), Value::Duration(right)) => {
            left.cmp(right)
        }
        (Value::Float(left), Value::Float(right)) => {
            left.partial_cmp(right).unwrap_or_else(|| left.is_nan().cmp(&right.is_nan()))
        }
        // The order of UTF-8 is that of code points.
        (Value::Text(left), Value::Text(right)) | (Value::Json(left), Value::Json(right)) => left.cmp(right),
        (Value::Bytes(left), Value::Bytes(right)) => left.cmp(right),
        (Value::Decimal(left), Value::Decimal(right)) => left.cmp(right),
        (Value::Uuid(left), Value::Uuid(right)) => left.cmp(right),
        (Value::DateTime(left), Value::DateTime(right)) => left.cmp(right),
        (Value::Timestamp(left), Value::Timestamp(right)) => left.cmp(right),
        // What has no zone stands where it would in UTC, before what has one: they are never equal.
        (Value::DateTime(left), Value::Timestamp(right)) => {
            left.cmp(&right.to_zoned(TimeZone::UTC).datetime()).then(Ordering::Less)
        }
        (Value::Timestamp(left), Value::DateTime(right)) => {
            left.to_zoned(TimeZone::UTC).datetime().cmp(right).then(Ordering::Greater)
        }
        (Value::Date(left), Value::Date(right)) => left.cmp(right),
        (Value::Time(left), Value::Time(right)) => left.cmp(right),
        (left, right) => rank(left).cmp(&rank(right)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Int(_) => 2,
        Value::Float(_) => 3,
        Value::Text(_) => 4,
        Value::Bytes(_) => 5,
        Value::Decimal(_) => 6,
        Value::Uuid(_) => 7,
        Value::DateTime(_) | Value::Timestamp(_) => 8,
        Value::Date(_) => 9,
        Value::Time(_) => 10,
        Value::Duration(_) => 11,
        Value::Json(_) => 12,
    }
}

/// A value with its order.
#[derive(Debug, Clone)]
pub(crate) struct Sorted(pub(crate) Value);

impl PartialEq for Sorted {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Sorted {}

impl PartialOrd for Sorted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sorted {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.0, &other.0)
    }
}

/// Values of several columns, in order.
pub(crate) type Key = Vec<Sorted>;

#[cfg(test)]
mod tests {
    use super::*;

    fn is_less(left: impl Into<Value>, right: impl Into<Value>) -> bool {
        compare(&left.into(), &right.into()).is_lt()
    }

    #[test]
    fn nan_is_greater_than_every_number() {
        assert!(is_less(f64::INFINITY, f64::NAN) && !is_less(f64::NAN, 1.0));
        assert!(compare(&f64::NAN.into(), &(-f64::NAN).into()).is_eq());
        assert!(compare(&0.0.into(), &(-0.0).into()).is_eq());
    }

    #[test]
    fn text_goes_by_code_point() {
        assert!(is_less("Z", "a") && is_less("\u{ffff}", "\u{10000}") && is_less("a", "a "));
    }

    #[test]
    fn moments_with_and_without_a_zone_are_never_equal() {
        let naive: Value = "2026-01-01T12:00:00".parse::<jiff::civil::DateTime>().unwrap().into();
        let aware: Value = "2026-01-01T12:00:00Z".parse::<jiff::Timestamp>().unwrap().into();
        let earlier: Value = "2026-01-01T13:30:00+02:00".parse::<jiff::Timestamp>().unwrap().into();
        assert!(compare(&naive, &aware).is_lt() && compare(&aware, &naive).is_gt());
        assert!(compare(&earlier, &naive).is_lt() && compare(&naive, &earlier).is_gt());
    }

    #[test]
    fn null_comes_first() {
        assert!(compare(&Value::Null, &Value::Bool(false)).is_lt());
        assert!(compare(&Value::Null, &Value::Null).is_eq());
    }
}
