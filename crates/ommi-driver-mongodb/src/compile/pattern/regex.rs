//! A parsed regular expression as one of PCRE2's.

use std::borrow::Cow;

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look, Repetition};

use super::class::{Detail, named, push_char, push_class};

/// The most that one repeat can count.
const MAX_REPEAT: u32 = 65_535;

/// The expression in PCRE2's syntax.
pub(super) fn regex(hir: &Hir, detail: Detail) -> String {
    let mut text = String::new();
    push(hir, detail, &mut text);
    if text.is_empty() { "(?:)".to_owned() } else { text }
}

fn push(hir: &Hir, detail: Detail, text: &mut String) {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => {
            String::from_utf8_lossy(&literal.0).chars().for_each(|character| push_char(character, text));
        }
        HirKind::Class(class) => push_class(&characters(class), detail, text),
        HirKind::Look(look) => text.push_str(&looked(*look, detail)),
        HirKind::Repetition(repetition) => push_repetition(repetition, detail, text),
        HirKind::Capture(capture) => push_group(&capture.sub, detail, text),
        HirKind::Concat(parts) => {
            for part in parts {
                match part.kind() {
                    HirKind::Alternation(_) => push_group(part, detail, text),
                    HirKind::Empty
                    | HirKind::Literal(_)
                    | HirKind::Class(_)
                    | HirKind::Look(_)
                    | HirKind::Repetition(_)
                    | HirKind::Capture(_)
                    | HirKind::Concat(_) => push(part, detail, text),
                }
            }
        }
        HirKind::Alternation(parts) => {
            for (position, part) in parts.iter().enumerate() {
                if position > 0 {
                    text.push('|');
                }
                push(part, detail, text);
            }
        }
    }
}

/// Without Unicode, classes are of bytes; those that a pattern of texts may hold are ASCII.
fn characters(class: &Class) -> Cow<'_, ClassUnicode> {
    match class {
        Class::Unicode(class) => Cow::Borrowed(class),
        Class::Bytes(class) => Cow::Owned(class.to_unicode_class().unwrap_or_else(ClassUnicode::empty)),
    }
}

fn push_group(hir: &Hir, detail: Detail, text: &mut String) {
    text.push_str("(?:");
    push(hir, detail, text);
    text.push(')');
}

/// Whether a repeat is greedy does not matter to a search that answers yes or no. Without need there is no group: PCRE2 goes
/// one step deeper for each repeat of one, and gives up after a few thousand.
fn push_repetition(repetition: &Repetition, detail: Detail, text: &mut String) {
    let (what, min, max) = repeated(repetition);
    let mut sub = String::new();
    if is_character(what) {
        push(what, detail, &mut sub);
    } else {
        push_group(what, detail, &mut sub);
    }
    match (min, max) {
        (0, None) => text.push_str(&format!("{sub}*")),
        (1, None) => text.push_str(&format!("{sub}+")),
        (min, None) => {
            push_times(&sub, min, "", text);
            text.push_str(&format!("{sub}*"));
        }
        (min, Some(max)) => {
            push_times(&sub, min, "", text);
            push_times(&sub, max.saturating_sub(min), "0,", text);
        }
    }
}

/// What is repeated, and how often; a repeat of a repeat as one, where any number of both is allowed.
pub(super) fn repeated(repetition: &Repetition) -> (&Hir, u32, Option<u32>) {
    let what = without_captures(&repetition.sub);
    match what.kind() {
        HirKind::Repetition(inner)
            if repetition.max.is_none() && repetition.min <= 1 && inner.min <= 1 && inner.max != Some(0) =>
        {
            let (what, min, _) = repeated(inner);
            (what, repetition.min.min(min), None)
        }
        HirKind::Repetition(_)
        | HirKind::Empty
        | HirKind::Literal(_)
        | HirKind::Class(_)
        | HirKind::Look(_)
        | HirKind::Capture(_)
        | HirKind::Concat(_)
        | HirKind::Alternation(_) => (what, repetition.min, repetition.max),
    }
}

fn without_captures(hir: &Hir) -> &Hir {
    match hir.kind() {
        HirKind::Capture(capture) => without_captures(&capture.sub),
        HirKind::Empty
        | HirKind::Literal(_)
        | HirKind::Class(_)
        | HirKind::Look(_)
        | HirKind::Repetition(_)
        | HirKind::Concat(_)
        | HirKind::Alternation(_) => hir,
    }
}

/// Whether it matches one character: then its text is one item to PCRE2.
pub(super) fn is_character(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(literal) => String::from_utf8_lossy(&literal.0).chars().count() == 1,
        HirKind::Class(_) => true,
        HirKind::Empty
        | HirKind::Look(_)
        | HirKind::Repetition(_)
        | HirKind::Capture(_)
        | HirKind::Concat(_)
        | HirKind::Alternation(_) => false,
    }
}

/// `sub` exactly so many times, or, with `least` being `0,`, up to so many times. A count that one repeat cannot have
/// is a repeat of repeats and a rest.
fn push_times(sub: &str, times: u32, least: &str, text: &mut String) {
    match times {
        0 => {}
        times if times <= MAX_REPEAT => text.push_str(&format!("{sub}{{{least}{times}}}")),
        times => {
            push_times(&format!("(?:{sub}{{{least}{MAX_REPEAT}}})"), times / MAX_REPEAT, least, text);
            push_times(sub, times % MAX_REPEAT, least, text);
        }
    }
}

/// A look at the place between two characters.
fn looked(look: Look, detail: Detail) -> String {
    let class = |name: &str| {
        let mut text = String::new();
        push_class(&named(name).unwrap_or_else(ClassUnicode::empty), detail, &mut text);
        text
    };
    let (ascii, unicode) = (|| class(r"(?-u:\w)"), || class(r"\w"));
    match look {
        Look::Start => r"\A".to_owned(),
        Look::End => r"\z".to_owned(),
        Look::StartLF => r"(?:\A|(?<=\x{a}))".to_owned(),
        Look::EndLF => r"(?:\z|(?=\x{a}))".to_owned(),
        Look::StartCRLF => r"(?:\A|(?<=\x{a})|(?<=\x{d})(?!\x{a}))".to_owned(),
        Look::EndCRLF => r"(?:\z|(?=\x{d})|(?<!\x{d})(?=\x{a}))".to_owned(),
        Look::WordAscii => boundary(&ascii()),
        Look::WordUnicode => boundary(&unicode()),
        Look::WordAsciiNegate => no_boundary(&ascii()),
        Look::WordUnicodeNegate => no_boundary(&unicode()),
        Look::WordStartAscii => word_start(&ascii()),
        Look::WordStartUnicode => word_start(&unicode()),
        Look::WordEndAscii => word_end(&ascii()),
        Look::WordEndUnicode => word_end(&unicode()),
        Look::WordStartHalfAscii => format!("(?<!{})", ascii()),
        Look::WordStartHalfUnicode => format!("(?<!{})", unicode()),
        Look::WordEndHalfAscii => format!("(?!{})", ascii()),
        Look::WordEndHalfUnicode => format!("(?!{})", unicode()),
    }
}

fn boundary(word: &str) -> String {
    format!("(?:(?<={word})(?!{word})|(?<!{word})(?={word}))")
}

fn no_boundary(word: &str) -> String {
    format!("(?:(?<={word})(?={word})|(?<!{word})(?!{word}))")
}

fn word_start(word: &str) -> String {
    format!("(?:(?<!{word})(?={word}))")
}

fn word_end(word: &str) -> String {
    format!("(?:(?<={word})(?!{word}))")
}
