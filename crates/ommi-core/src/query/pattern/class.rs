//! Characters and classes of characters in a database's regular expressions.

use std::borrow::Cow;

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

/// How a database writes regular expressions. What no dialect decides is the same in all of them: groups,
/// alternatives, greedy repeats, `\A`, look-around, and sets in brackets.
pub trait RegexDialect {
    /// The most that one repeat can count.
    fn max_repeat(&self) -> u32;

    /// The end of the text.
    fn end(&self) -> &'static str;

    /// Any one character.
    fn any(&self) -> &'static str;

    /// Whether the database's texts may hold the character of the number zero.
    fn has_nul(&self) -> bool;

    /// Writes a character that means itself, in a set and outside.
    fn push_char(&self, character: char, text: &mut String);

    /// A class by a name that it has, where the dialect takes that for its characters; see [`by_property`].
    fn name_of(&self, class: &ClassUnicode) -> Option<&'static str>;

    /// Writes what matches nothing at all: a character before the start.
    fn push_never(&self, text: &mut String) {
        text.push_str("(?:");
        text.push_str(self.any());
        text.push_str(r"\A)");
    }

    /// Writes a character that is looked for.
    fn push_literal(&self, character: char, text: &mut String) {
        match character {
            '\0' if !self.has_nul() => self.push_never(text),
            character => self.push_char(character, text),
        }
    }

    /// Writes one of a class: by its name, its characters, or those that are not in it where they are fewer.
    fn push_class(&self, class: &ClassUnicode, text: &mut String) {
        let nul = ClassUnicode::new([ClassUnicodeRange::new('\0', '\0')]);
        let (mut inside, mut outside) = (class.clone(), class.clone());
        if !self.has_nul() {
            inside.difference(&nul);
            outside.union(&nul);
        }
        outside.negate();
        match inside.ranges() {
            [] => self.push_never(text),
            [only] if only.start() == only.end() => self.push_char(only.start(), text),
            [all] if all.start() <= '\u{1}' && all.end() == char::MAX => text.push_str(self.any()),
            ranges => match self.name_of(class) {
                Some(name) => text.push_str(name),
                None if outside.ranges().len() < ranges.len() => push_set("[^", &outside, self, text),
                None => push_set("[", &inside, self, text),
            },
        }
    }
}

fn push_set<D: RegexDialect + ?Sized>(mark: &str, class: &ClassUnicode, dialect: &D, text: &mut String) {
    text.push_str(mark);
    for range in class.ranges() {
        dialect.push_char(range.start(), text);
        if range.start() == range.end() {
            continue;
        }
        if u32::from(range.end()) > u32::from(range.start()) + 1 {
            text.push('-');
        }
        dialect.push_char(range.end(), text);
    }
    text.push(']');
}

/// A character in every case, by Unicode's simple folding.
pub fn any_case(character: char) -> ClassUnicode {
    let mut class = ClassUnicode::new([ClassUnicodeRange::new(character, character)]);
    class.case_fold_simple();
    class
}

/// A large class by the properties that define it, as PCRE2 and ICU write them:
/// <https://www.unicode.org/reports/tr18/#word>. Their version of Unicode may be another one: new characters may be
/// letters to one and not yet to the other.
pub fn by_property(class: &ClassUnicode) -> Option<&'static str> {
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
    NAMED.iter().find(|(name, _)| named(name) == *class).map(|(_, written)| *written)
}

/// A class by the name that Rust's syntax has for it; an empty one where it has none.
pub(super) fn named(name: &str) -> ClassUnicode {
    match regex_syntax::parse(name).map(regex_syntax::hir::Hir::into_kind) {
        Ok(HirKind::Class(class)) => characters(&class).into_owned(),
        Ok(
            HirKind::Empty
            | HirKind::Literal(_)
            | HirKind::Look(_)
            | HirKind::Repetition(_)
            | HirKind::Capture(_)
            | HirKind::Concat(_)
            | HirKind::Alternation(_),
        )
        | Err(_) => ClassUnicode::empty(),
    }
}

/// Without Unicode, classes are of bytes; those that a pattern of texts may hold are ASCII.
pub(super) fn characters(class: &Class) -> Cow<'_, ClassUnicode> {
    match class {
        Class::Unicode(class) => Cow::Borrowed(class),
        Class::Bytes(class) => Cow::Owned(class.to_unicode_class().unwrap_or_else(ClassUnicode::empty)),
    }
}
