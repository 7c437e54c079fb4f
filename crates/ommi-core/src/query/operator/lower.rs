//! `lower`: The text in small letters, letter by letter.

use super::{Definition, text_of_text};

pub(super) const DEFINITION: Definition = Definition { name: "lower", typing: text_of_text };
