//! Values in few words, for cases.

use ommi_core::value::Value;
use uuid::Uuid;

/// NULL.
pub(crate) const NULL: Value = Value::Null;

/// A decimal from its digits.
#[track_caller]
pub(crate) fn dec(text: &str) -> Value {
    Value::from(text.parse::<bigdecimal::BigDecimal>().unwrap())
}

/// The UUID of a number.
pub(crate) fn uuid(number: u128) -> Value {
    Value::Uuid(Uuid::from_u128(number))
}

/// A date: `2026-11-21`.
#[track_caller]
pub(crate) fn day(text: &str) -> Value {
    Value::Date(text.parse().unwrap())
}

/// A time of day: `12:30:00.000001`.
#[track_caller]
pub(crate) fn clock(text: &str) -> Value {
    Value::Time(text.parse().unwrap())
}

/// A date and time without a zone: `2026-11-21T12:30:00`.
#[track_caller]
pub(crate) fn moment(text: &str) -> Value {
    Value::DateTime(text.parse().unwrap())
}

/// An instant: `2026-11-21T12:30:00Z`.
#[track_caller]
pub(crate) fn instant(text: &str) -> Value {
    Value::Timestamp(text.parse().unwrap())
}

/// A span of microseconds.
pub(crate) fn micros(count: i64) -> Value {
    Value::Duration(count)
}

/// A JSON document from its canonical text.
pub(crate) fn json(text: impl Into<String>) -> Value {
    Value::Json(text.into())
}

/// Bytes.
pub(crate) fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.to_vec())
}

/// Text.
pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// An integer.
pub(crate) fn int(value: i64) -> Value {
    Value::Int(value)
}
