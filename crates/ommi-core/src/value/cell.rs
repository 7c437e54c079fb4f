//! `Cell`: a borrowed, typed value of one column of one row. Drivers make them, faces read them once.

use jiff::civil;
use uuid::Uuid;

use super::Value;
use crate::{Error, Result};

/// One value of a row, borrowed from the driver's memory or from a [`RowBatch`](super::RowBatch).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// SQL's NULL.
    Null,
    /// True or false.
    Bool(bool),
    /// A 64-bit signed integer.
    Int(i64),
    /// An IEEE 754 double.
    Float(f64),
    /// Unicode text.
    Text(&'a str),
    /// Any bytes.
    Bytes(&'a [u8]),
    /// An exact decimal in plain notation.
    Decimal(&'a str),
    /// A UUID.
    Uuid(Uuid),
    /// A date and time of day without a zone.
    DateTime(civil::DateTime),
    /// An instant.
    Timestamp(jiff::Timestamp),
    /// A calendar date.
    Date(civil::Date),
    /// A time of day.
    Time(civil::Time),
    /// A span of time in microseconds.
    Duration(i64),
    /// A JSON document as text.
    Json(&'a str),
}

impl Cell<'_> {
    /// An owned copy.
    ///
    /// # Errors
    /// `Query` when a decimal's text is no number, which only a foreign writer can cause.
    pub fn to_value(self) -> Result<Value> {
        Ok(match self {
            Cell::Null => Value::Null,
            Cell::Bool(value) => Value::Bool(value),
            Cell::Int(value) => Value::Int(value),
            Cell::Float(value) => Value::Float(value),
            Cell::Text(value) => Value::Text(value.to_owned()),
            Cell::Bytes(value) => Value::Bytes(value.to_owned()),
            Cell::Decimal(value) => Value::Decimal(
                value.parse().map_err(|_| Error::query("the database holds a decimal that is no number"))?,
            ),
            Cell::Uuid(value) => Value::Uuid(value),
            Cell::DateTime(value) => Value::DateTime(value),
            Cell::Timestamp(value) => Value::Timestamp(value),
            Cell::Date(value) => Value::Date(value),
            Cell::Time(value) => Value::Time(value),
            Cell::Duration(value) => Value::Duration(value),
            Cell::Json(value) => Value::Json(value.to_owned()),
        })
    }
}
