//! `rem`: The remainder, with the sign of the dividend. Division by zero is NULL.

use super::{Definition, Typing, arithmetic};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "rem", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    arithmetic(subject)
}
