//! `not_contains`: The opposite of `contains`; NULL stays unknown.

use super::{Definition, Typing, text_or_member};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "not_contains", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    text_or_member(subject)
}
