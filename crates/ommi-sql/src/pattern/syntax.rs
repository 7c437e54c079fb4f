//! How characters and classes are written in each database's regular expressions.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

/// Whose regular expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// PostgreSQL's "advanced" ones: <https://www.postgresql.org/docs/current/functions-matching.html>.
    Postgres,
    /// What PCRE2 (MariaDB) and ICU (MySQL) have in common.
    Mysql,
    /// The same with Unicode's properties in place of the largest classes: PCRE2 takes no more than 64 KiB of compiled
    /// pattern. New characters may be letters to one of them and not yet to the other.
    MysqlCompact,
}

impl Syntax {
    /// The most that one repeat can count.
    pub(super) fn max_repeat(self) -> u32 {
        match self {
            Syntax::Postgres => 255,
            Syntax::Mysql | Syntax::MysqlCompact => 65_535,
        }
    }

    /// The end of the text.
    pub(super) fn end(self) -> &'static str {
        match self {
            Syntax::Postgres => r"\Z",
            Syntax::Mysql | Syntax::MysqlCompact => r"\z",
        }
    }

    /// Any one character.
    pub(super) fn any(self) -> &'static str {
        match self {
            Syntax::Postgres => ".",
            Syntax::Mysql | Syntax::MysqlCompact => "(?s:.)",
        }
    }

    /// Nothing at all: a character before the start.
    pub(super) fn never(self) -> &'static str {
        match self {
            Syntax::Postgres => r"(?:.\A)",
            Syntax::Mysql | Syntax::MysqlCompact => r"(?:(?s:.)\A)",
        }
    }

    /// A character that means itself, in a class and outside. Letters and digits stand as they are, of every alphabet;
    /// everything else by its number, so that no mode gives it another meaning.
    pub(super) fn push_char(self, character: char, text: &mut String) {
        if character.is_alphanumeric() {
            text.push(character);
            return;
        }
        let number = u32::from(character);
        match self {
            Syntax::Postgres if number <= 0xFFFF => text.push_str(&format!("\\u{number:04x}")),
            Syntax::Postgres => text.push_str(&format!("\\U{number:08x}")),
            Syntax::Mysql | Syntax::MysqlCompact => text.push_str(&format!("\\x{{{number:x}}}")),
        }
    }

    /// One of a class.
    pub(super) fn push_class(self, class: &ClassUnicode, text: &mut String) {
        let ranges = without_nul(class);
        match ranges.as_slice() {
            [] => text.push_str(self.never()),
            [only] if only.start() == only.end() => self.push_char(only.start(), text),
            ranges if is_everything(ranges) => text.push_str(self.any()),
            ranges => {
                if self == Syntax::MysqlCompact
                    && let Some(property) = property(class)
                {
                    text.push_str(property);
                    return;
                }
                self.push_set(ranges, text);
            }
        }
    }

    fn push_set(self, ranges: &[ClassUnicodeRange], text: &mut String) {
        let mut negated = ClassUnicode::new(ranges.iter().copied());
        negated.push(ClassUnicodeRange::new('\0', '\0'));
        negated.negate();
        let (mark, ranges) =
            if negated.ranges().len() < ranges.len() { ("[^", negated.ranges()) } else { ("[", ranges) };
        text.push_str(mark);
        for range in ranges {
            self.push_char(range.start(), text);
            if range.start() != range.end() {
                text.push('-');
                self.push_char(range.end(), text);
            }
        }
        text.push(']');
    }
}

/// No text has NUL in it, and PostgreSQL's patterns cannot name it.
fn without_nul(class: &ClassUnicode) -> Vec<ClassUnicodeRange> {
    class
        .ranges()
        .iter()
        .filter(|range| range.end() != '\0')
        .map(|range| ClassUnicodeRange::new(range.start().max('\u{1}'), range.end()))
        .collect()
}

fn is_everything(ranges: &[ClassUnicodeRange]) -> bool {
    matches!(ranges, [all] if all.start() <= '\u{1}' && all.end() == char::MAX)
}

/// The large classes by the properties that define them: <https://www.unicode.org/reports/tr18/#word>.
fn property(class: &ClassUnicode) -> Option<&'static str> {
    const NAMED: [(&str, &str); 4] = [
        (r"\w", r"[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{200c}\x{200d}]"),
        (r"\W", r"[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{200c}\x{200d}]"),
        (r"\d", r"\p{Nd}"),
        (r"\D", r"\P{Nd}"),
    ];
    NAMED.iter().find(|(name, _)| perl(name).as_ref() == Some(class)).map(|(_, written)| *written)
}

/// A class by the name that Rust's syntax has for it.
pub(super) fn perl(name: &str) -> Option<ClassUnicode> {
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
