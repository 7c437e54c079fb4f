//! `is_true`: The subject is true; NULL and false are not. The result is never NULL.

use super::{Definition, Typing};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "is_true", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    (*subject == FieldType::Bool).then_some(Typing { operand: FieldType::Bool, result: FieldType::Bool })
}
