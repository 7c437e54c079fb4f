//! `round`: A number with so many digits after the point, half away from zero.

use super::{Definition, Typing};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "round", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    match subject {
        FieldType::Float | FieldType::Decimal => {
            Some(Typing { operand: FieldType::Int, result: subject.clone() })
        }
        FieldType::Int
        | FieldType::Bool
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
