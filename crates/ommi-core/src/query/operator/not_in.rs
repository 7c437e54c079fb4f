//! `not_in`: No membership in a list of values. Everything is outside the empty list; with a NULL in the list nothing is.

use super::{Definition, Typing, same_type};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "not_in", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    same_type(subject)
}
