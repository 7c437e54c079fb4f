//! How PCRE2 writes characters and classes.

use ommi_core::query::pattern::{RegexDialect, by_property};
use regex_syntax::hir::ClassUnicode;

/// PCRE2, and how it is given large classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pcre2 {
    /// By all their characters.
    Listed,
    /// The largest by the properties of Unicode that define them.
    Named,
}

/// Classes of more ranges are named where they have a name: a handful of them listed is more than MongoDB takes.
const MANY: usize = 200;

impl RegexDialect for Pcre2 {
    fn max_repeat(&self) -> u32 {
        65_535
    }

    fn end(&self) -> &'static str {
        r"\z"
    }

    /// A group would do too, but PCRE2 goes one step deeper for each repeat of a group, and gives up after a few thousand.
    fn any(&self) -> &'static str {
        r"\p{Any}"
    }

    fn has_nul(&self) -> bool {
        true
    }

    fn push_char(&self, character: char, text: &mut String) {
        if character.is_ascii_punctuation() && character != '_' && character != '%' {
            text.push('\\');
            text.push(character);
        } else if character.is_alphanumeric() || matches!(character, ' ' | '_' | '%') {
            text.push(character);
        } else {
            text.push_str(&format!("\\x{{{:x}}}", u32::from(character)));
        }
    }

    fn name_of(&self, class: &ClassUnicode) -> Option<&'static str> {
        let is_wanted = *self == Pcre2::Named || class.ranges().len() > MANY;
        is_wanted.then(|| by_property(class)).flatten()
    }
}
