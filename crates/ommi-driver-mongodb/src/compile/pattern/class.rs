//! Characters and classes as PCRE2 writes them.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

/// How large classes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// By all their characters.
    Listed,
    /// The largest by the properties of Unicode that define them: new characters may be letters to one of the two and
    /// not yet to the other.
    Named,
}

/// Any one character. A group would do too, but PCRE2 goes one step deeper for each repeat of a group, and gives up after a
/// few thousand.
pub(super) const ANY: &str = r"\p{Any}";

/// Nothing at all: a character before the start.
const NEVER: &str = r"(?:\p{Any}\A)";

/// Classes of more ranges are named where they have a name: a handful of them listed is more than MongoDB takes.
const MANY: usize = 200;

/// A character that means itself, in a class and outside.
pub(super) fn push_char(character: char, text: &mut String) {
    if character.is_ascii_punctuation() && character != '_' && character != '%' {
        text.push('\\');
        text.push(character);
    } else if character.is_alphanumeric() || matches!(character, ' ' | '_' | '%') {
        text.push(character);
    } else {
        text.push_str(&format!("\\x{{{:x}}}", u32::from(character)));
    }
}

/// One of a class.
pub(super) fn push_class(class: &ClassUnicode, detail: Detail, text: &mut String) {
    let ranges = class.ranges();
    match ranges {
        [] => text.push_str(NEVER),
        [only] if only.start() == only.end() => push_char(only.start(), text),
        [all] if all.start() <= '\u{1}' && all.end() == char::MAX => text.push_str(ANY),
        ranges => match property(class) {
            Some(property) if detail == Detail::Named || ranges.len() > MANY => text.push_str(property),
            Some(_) | None => push_set(class, text),
        },
    }
}

/// The characters, or those that are not in it where they are fewer.
fn push_set(class: &ClassUnicode, text: &mut String) {
    let mut outside = class.clone();
    outside.negate();
    let (mark, ranges) = if outside.ranges().len() < class.ranges().len() {
        ("[^", outside.ranges())
    } else {
        ("[", class.ranges())
    };
    text.push_str(mark);
    ranges.iter().for_each(|range| push_range(*range, text));
    text.push(']');
}

fn push_range(range: ClassUnicodeRange, text: &mut String) {
    push_char(range.start(), text);
    if range.start() == range.end() {
        return;
    }
    if u32::from(range.end()) > u32::from(range.start()) + 1 {
        text.push('-');
    }
    push_char(range.end(), text);
}

/// The large classes by the properties that define them: <https://www.unicode.org/reports/tr18/#word>.
fn property(class: &ClassUnicode) -> Option<&'static str> {
    const NAMED: [(&str, &str); 12] = [
        (r"\w", r"[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{200c}\x{200d}]"),
        (r"\W", r"[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{200c}\x{200d}]"),
        (r"\d", r"\p{Nd}"),
        (r"\D", r"\P{Nd}"),
        (r"\pL", r"\p{L}"),
        (r"\PL", r"\P{L}"),
        (r"\p{Lu}", r"\p{Lu}"),
        (r"\P{Lu}", r"\P{Lu}"),
        (r"\p{Ll}", r"\p{Ll}"),
        (r"\P{Ll}", r"\P{Ll}"),
        (r"\pN", r"\p{N}"),
        (r"\pP", r"\p{P}"),
    ];
    NAMED.iter().find(|(name, _)| named(name).as_ref() == Some(class)).map(|(_, written)| *written)
}

/// A class by the name that Rust's syntax has for it.
pub(super) fn named(name: &str) -> Option<ClassUnicode> {
    match regex_syntax::parse(name).ok()?.into_kind() {
        HirKind::Class(Class::Unicode(class)) => Some(class),
        HirKind::Class(Class::Bytes(class)) => class.to_unicode_class(),
        HirKind::Empty
        | HirKind::Literal(_)
        | HirKind::Look(_)
        | HirKind::Repetition(_)
        | HirKind::Capture(_)
        | HirKind::Concat(_)
        | HirKind::Alternation(_) => None,
    }
}
