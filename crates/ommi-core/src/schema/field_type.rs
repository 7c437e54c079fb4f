//! The types that a field can have: a closed set, the same on every database.

use std::fmt;

/// The type of a field, an expression or a parameter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// True or false.
    Bool,
    /// A 64-bit signed integer.
    Int,
    /// An IEEE 754 double.
    Float,
    /// Unicode text without NUL, compared by code point.
    Text,
    /// Bytes.
    Bytes,
    /// An exact decimal number of any length the database allows.
    Decimal,
    /// A UUID.
    Uuid,
    /// A date and time of day in microseconds. A value with a zone is kept as its instant and comes back as one;
    /// in an order, values without a zone stand where they would in UTC.
    DateTime,
    /// A date and time of day without a zone, in microseconds: only values without one.
    NaiveDateTime,
    /// An instant, in microseconds: only values with a zone.
    Timestamp,
    /// A calendar date.
    Date,
    /// A time of day without a zone, in microseconds.
    Time,
    /// A span of time, in microseconds.
    Duration,
    /// A nested value, stored as JSON or as a sub-document.
    Json,
    /// A list of scalars of one type; its values travel as [`Value::Json`](crate::value::Value::Json).
    List(Box<FieldType>),
}

impl FieldType {
    /// The type in words, for messages: "an integer".
    pub fn describe(&self) -> String {
        match self {
            FieldType::Bool => "a bool".into(),
            FieldType::Int => "an integer".into(),
            FieldType::Float => "a float".into(),
            FieldType::Text => "text".into(),
            FieldType::Bytes => "bytes".into(),
            FieldType::Decimal => "a decimal".into(),
            FieldType::Uuid => "a UUID".into(),
            FieldType::DateTime => "a date and time".into(),
            FieldType::NaiveDateTime => "a date and time without a zone".into(),
            FieldType::Timestamp => "a date and time with a zone".into(),
            FieldType::Date => "a date".into(),
            FieldType::Time => "a time".into(),
            FieldType::Duration => "a duration".into(),
            FieldType::Json => "a nested value".into(),
            FieldType::List(item) => format!("a list of which each item is {}", item.describe()),
        }
    }

    /// True of types with a number's arithmetic.
    pub fn is_numeric(&self) -> bool {
        matches!(self, FieldType::Int | FieldType::Float | FieldType::Decimal)
    }

    /// True of types whose values have an order.
    pub fn is_ordered(&self) -> bool {
        !matches!(self, FieldType::Json | FieldType::List(_))
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FieldType::List(item) => write!(f, "List({item})"),
            FieldType::Bool
            | FieldType::Int
            | FieldType::Float
            | FieldType::Text
            | FieldType::Bytes
            | FieldType::Decimal
            | FieldType::Uuid
            | FieldType::DateTime
            | FieldType::NaiveDateTime
            | FieldType::Timestamp
            | FieldType::Date
            | FieldType::Time
            | FieldType::Duration
            | FieldType::Json => write!(f, "{self:?}"),
        }
    }
}
