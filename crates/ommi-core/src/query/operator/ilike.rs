//! `ilike`: As `like`, without regard to case by Unicode's simple folding.

use super::{Definition, Typing, text};
use crate::schema::FieldType;

pub(super) const DEFINITION: Definition = Definition { name: "ilike", typing };

fn typing(subject: &FieldType) -> Option<Typing> {
    text(subject)
}
