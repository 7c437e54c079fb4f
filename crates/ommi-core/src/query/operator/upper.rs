//! `upper`: The text in capital letters, letter by letter.

use super::{Definition, text_of_text};

pub(super) const DEFINITION: Definition = Definition { name: "upper", typing: text_of_text };
