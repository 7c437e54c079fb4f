//! `count`: The number of values that are not NULL, or of rows.

use super::Definition;
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "count", typing };

fn typing(_: &FieldType) -> Option<FieldType> {
    Some(FieldType::Int)
}
