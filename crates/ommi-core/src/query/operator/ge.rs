//! `ge`: Greater than or equal. Text by code point, false before true.

use super::{Definition, Typing, ordered};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "ge", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    ordered(subject)
}
