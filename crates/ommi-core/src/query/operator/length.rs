//! `length`: The number of characters of a text, as code points, or of the members of a list, NULLs among them.

use super::{Definition, Typing};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "length", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    let is_long = *subject == FieldType::Text || matches!(subject, FieldType::List(_));
    is_long.then(|| Typing { operand: subject.clone(), result: FieldType::Int })
}
