//! Values: what fields hold on their way to a database (`Value`) and back (`Cell`, `RowBatch`).

mod batch;
mod cell;
mod coerce;
mod convert;
mod decimal;
pub mod time_text;

use bigdecimal::BigDecimal;
use jiff::civil;
use uuid::Uuid;

pub use batch::{RowBatch, RowSink};
pub use cell::Cell;
pub use decimal::normalized as normalized_decimal;

/// One value of a field, owned, database-neutral.
///
/// Times have microseconds; codecs of the faces refuse or round finer ones before they get here.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL's NULL.
    Null,
    /// True or false.
    Bool(bool),
    /// A 64-bit signed integer.
    Int(i64),
    /// An IEEE 754 double.
    Float(f64),
    /// Unicode text without NUL characters.
    Text(String),
    /// Any bytes.
    Bytes(Vec<u8>),
    /// An exact decimal, normalized: no trailing zeros.
    Decimal(BigDecimal),
    /// A UUID.
    Uuid(Uuid),
    /// A date and time of day without a zone.
    DateTime(civil::DateTime),
    /// An instant; faces show it in UTC.
    Timestamp(jiff::Timestamp),
    /// A calendar date.
    Date(civil::Date),
    /// A time of day without a zone.
    Time(civil::Time),
    /// A span of time in microseconds.
    Duration(i64),
    /// A JSON document as canonical text: object keys sorted, no spaces.
    Json(String),
}

impl Value {
    /// True of [`Value::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The value as a borrowed [`Cell`]. Decimals are rendered by the caller, hence the buffer.
    pub fn as_cell<'a>(&'a self, decimal: &'a mut String) -> Cell<'a> {
        match self {
            Value::Null => Cell::Null,
            Value::Bool(value) => Cell::Bool(*value),
            Value::Int(value) => Cell::Int(*value),
            Value::Float(value) => Cell::Float(*value),
            Value::Text(value) => Cell::Text(value),
            Value::Bytes(value) => Cell::Bytes(value),
            Value::Decimal(value) => {
                *decimal = value.to_plain_string();
                Cell::Decimal(decimal)
            }
            Value::Uuid(value) => Cell::Uuid(*value),
            Value::DateTime(value) => Cell::DateTime(*value),
            Value::Timestamp(value) => Cell::Timestamp(*value),
            Value::Date(value) => Cell::Date(*value),
            Value::Time(value) => Cell::Time(*value),
            Value::Duration(value) => Cell::Duration(*value),
            Value::Json(value) => Cell::Json(value),
        }
    }

    /// The name of the value's kind, for messages: never the value itself.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Value::Null => "NULL",
            Value::Bool(_) => "a bool",
            Value::Int(_) => "an integer",
            Value::Float(_) => "a float",
            Value::Text(_) => "text",
            Value::Bytes(_) => "bytes",
            Value::Decimal(_) => "a decimal",
            Value::Uuid(_) => "a UUID",
            Value::DateTime(_) => "a date and time without a zone",
            Value::Timestamp(_) => "a date and time with a zone",
            Value::Date(_) => "a date",
            Value::Time(_) => "a time",
            Value::Duration(_) => "a duration",
            Value::Json(_) => "a JSON document",
        }
    }
}
