//! `avg`: The mean. What is a sum of integers divided by their number is a float: the exact sum as a float, divided.

use super::Definition;
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "avg", typing };

fn typing(subject: &FieldType) -> Option<FieldType> {
    match subject {
        FieldType::Int | FieldType::Float => Some(FieldType::Float),
        FieldType::Decimal => Some(FieldType::Decimal),
        FieldType::Bool
        | FieldType::Text
        | FieldType::Bytes
        | FieldType::Uuid
        | FieldType::DateTime
        | FieldType::NaiveDateTime
        | FieldType::Timestamp
        | FieldType::Date
        | FieldType::Time
        | FieldType::Duration
        | FieldType::Json
        | FieldType::List(_) => None,
    }
}
