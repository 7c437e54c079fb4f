//! `in`: Membership in a list of values. Nothing is in the empty list; a NULL in the list matches nothing.

use super::{Definition, Typing, same_type};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "in", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    same_type(subject)
}
