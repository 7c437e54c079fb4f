//! `contains`: On text: it holds the operand as a substring, every character meaning itself. On a list: it has the operand as a member.

use super::{Definition, Typing, text_or_member};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "contains", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    text_or_member(subject)
}
