//! `mul`: The product of numbers, checked like `add`.

use super::{Definition, Typing, arithmetic};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "mul", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    arithmetic(subject)
}
