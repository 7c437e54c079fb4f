//! `regex`: A regular expression found anywhere in the text: the common syntax without look-around and back-references.

use super::{Definition, Typing, text};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "regex", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    text(subject)
}
