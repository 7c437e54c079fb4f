//! `ends_with`: Text ends with the operand, every character meaning itself.

use super::{Definition, Typing, text};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "ends_with", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    text(subject)
}
