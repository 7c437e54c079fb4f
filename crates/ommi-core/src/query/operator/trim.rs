//! `trim`: The text without the white space at both ends.

use super::{Definition, text_of_text};

pub(super) const DEFINITION: Definition = Definition { name: "trim", typing: text_of_text };
