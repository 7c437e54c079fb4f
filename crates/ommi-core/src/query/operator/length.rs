//! `length`: The number of characters of a text, as code points.

use super::{Definition, Typing};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "length", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    (*subject == FieldType::Text).then_some(Typing { operand: FieldType::Text, result: FieldType::Int })
}
