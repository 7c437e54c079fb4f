//! `add`: The sum of numbers, checked: an integer that would not fit in 64 bits is an error. Texts are joined.

use super::{Definition, Typing, arithmetic, text_of_text};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "add", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    arithmetic(subject).or_else(|| text_of_text(subject))
}
