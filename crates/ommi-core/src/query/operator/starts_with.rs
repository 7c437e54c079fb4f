//! `starts_with`: Text begins with the operand, every character meaning itself.

use super::{Definition, Typing, text};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "starts_with", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    text(subject)
}
