//! `like`: SQL's pattern over the whole text, case-sensitive: `%` is any run, `_` any one character, `\\` takes the next character as it is.

use super::{Definition, Typing, text};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "like", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    text(subject)
}
