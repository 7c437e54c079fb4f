//! `ne`: Inequality. NULL differs from nothing; a literal NULL becomes `is_not_null` when the query is built.

use super::{Definition, Typing, same_type};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "ne", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    same_type(subject)
}
