//! A regular expression that Rust's parser has read, written for a database: with nothing but what means the same there.
//! Case is part of the classes by then, and whether a repeat is greedy does not matter to a search that answers yes or no.

use regex_syntax::hir::{Hir, HirKind, Look, Repetition};

use super::class::{RegexDialect, characters, named};

/// The expression in a database's dialect; it is never empty, which some refuse.
pub fn rewritten(hir: &Hir, dialect: &impl RegexDialect) -> String {
    let mut text = String::new();
    push(hir, dialect, &mut text);
    if text.is_empty() { "(?:)".to_owned() } else { text }
}

fn push(hir: &Hir, dialect: &impl RegexDialect, text: &mut String) {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => {
            let literal = String::from_utf8_lossy(&literal.0);
            literal.chars().for_each(|character| dialect.push_literal(character, text));
        }
        HirKind::Class(class) => dialect.push_class(&characters(class), text),
        HirKind::Look(look) => push_look(*look, dialect, text),
        HirKind::Repetition(repetition) => push_repetition(repetition, dialect, text),
        HirKind::Capture(capture) => push_group(&capture.sub, dialect, text),
        HirKind::Concat(parts) => {
            for part in parts {
                match part.kind() {
                    HirKind::Alternation(_) => push_group(part, dialect, text),
                    HirKind::Empty
                    | HirKind::Literal(_)
                    | HirKind::Class(_)
                    | HirKind::Look(_)
                    | HirKind::Repetition(_)
                    | HirKind::Capture(_)
                    | HirKind::Concat(_) => push(part, dialect, text),
                }
            }
        }
        HirKind::Alternation(parts) => {
            for (position, part) in parts.iter().enumerate() {
                if position > 0 {
                    text.push('|');
                }
                push(part, dialect, text);
            }
        }
    }
}

fn push_group(hir: &Hir, dialect: &impl RegexDialect, text: &mut String) {
    text.push_str("(?:");
    push(hir, dialect, text);
    text.push(')');
}

/// There is no group without need: PCRE2 goes one step deeper for each repeat of one, and gives up after a few thousand.
fn push_repetition(repetition: &Repetition, dialect: &impl RegexDialect, text: &mut String) {
    let (what, min, max) = repeated(repetition);
    let mut sub = String::new();
    if is_character(what) {
        push(what, dialect, &mut sub);
    } else {
        push_group(what, dialect, &mut sub);
    }
    let most = dialect.max_repeat();
    match (min, max) {
        (0, None) => text.push_str(&format!("{sub}*")),
        (1, None) => text.push_str(&format!("{sub}+")),
        (min, None) => {
            push_times(&sub, min, "", most, text);
            text.push_str(&format!("{sub}*"));
        }
        (min, Some(max)) => {
            push_times(&sub, min, "", most, text);
            push_times(&sub, max.saturating_sub(min), "0,", most, text);
        }
    }
}

/// What is repeated, and how often; a repeat of a repeat as one, where any number of both is allowed.
pub fn repeated(repetition: &Repetition) -> (&Hir, u32, Option<u32>) {
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

/// Whether it matches one character: its text is one item, which can be repeated as it stands.
pub fn is_character(hir: &Hir) -> bool {
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
fn push_times(sub: &str, times: u32, least: &str, most: u32, text: &mut String) {
    match times {
        0 => {}
        1 if least.is_empty() => text.push_str(sub),
        1 => text.push_str(&format!("{sub}?")),
        times if times <= most => text.push_str(&format!("{sub}{{{least}{times}}}")),
        times => {
            push_times(&format!("(?:{sub}{{{least}{most}}})"), times / most, least, most, text);
            push_times(sub, times % most, least, most, text);
        }
    }
}

/// A look at the place between two characters.
fn push_look(look: Look, dialect: &impl RegexDialect, text: &mut String) {
    let end = dialect.end();
    let class = |name: &str| {
        let mut text = String::new();
        dialect.push_class(&named(name), &mut text);
        text
    };
    let character = |character| {
        let mut text = String::new();
        dialect.push_char(character, &mut text);
        text
    };
    let (ascii, unicode) = (|| class(r"(?-u:\w)"), || class(r"\w"));
    let (line_feed, carriage_return) = (character('\n'), character('\r'));
    text.push_str(&match look {
        Look::Start => r"\A".to_owned(),
        Look::End => end.to_owned(),
        Look::StartLF => format!(r"(?:\A|(?<={line_feed}))"),
        Look::EndLF => format!("(?:{end}|(?={line_feed}))"),
        Look::StartCRLF => {
            format!(r"(?:\A|(?<={line_feed})|(?<={carriage_return})(?!{line_feed}))")
        }
        Look::EndCRLF => {
            format!("(?:{end}|(?={carriage_return})|(?<!{carriage_return})(?={line_feed}))")
        }
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
    });
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
