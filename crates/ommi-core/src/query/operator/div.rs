//! `div`: The quotient. Of integers: truncated toward zero. Division by zero is NULL.

use super::{Definition, Typing, arithmetic};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "div", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    arithmetic(subject)
}
