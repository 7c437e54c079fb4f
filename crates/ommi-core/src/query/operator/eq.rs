//! `eq`: Equality. NULL equals nothing, not even NULL; a literal NULL becomes `is_null` when the query is built.

use super::{Definition, Typing, same_type};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "eq", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    same_type(subject)
}
