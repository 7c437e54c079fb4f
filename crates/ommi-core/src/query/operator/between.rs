//! `between`: At least the first operand and at most the second.

use super::{Definition, Typing, ordered};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "between", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    ordered(subject)
}
