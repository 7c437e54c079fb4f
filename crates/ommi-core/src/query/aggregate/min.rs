//! `min`: The smallest value; text by code point.

use super::{Definition, ranked};

pub(super) const DEFINITION: Definition = Definition { name: "min", typing: ranked };
