//! `max`: The greatest value; text by code point.

use super::{Definition, ranked};

pub(super) const DEFINITION: Definition = Definition { name: "max", typing: ranked };
