//! `is_null`: The subject is NULL.

use super::{Definition, Typing};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "is_null", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    Some(Typing { operand: subject.clone(), result: FieldType::Bool })
}
