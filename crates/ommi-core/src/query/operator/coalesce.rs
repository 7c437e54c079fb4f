//! `coalesce`: The first of several values that is not NULL.

use super::{Definition, Typing};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "coalesce", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    Some(Typing { operand: subject.clone(), result: subject.clone() })
}
