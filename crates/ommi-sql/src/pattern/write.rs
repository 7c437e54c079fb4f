//! A parsed regular expression as one of a database's.

use std::borrow::Cow;

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look, Repetition};

use super::syntax::{Syntax, perl};

/// PCRE2 takes 64 KiB of compiled pattern; beyond this estimate the compact form is written.
const LARGE: usize = 40_000;

/// The expression in a database's syntax.
pub(super) fn regex(hir: &Hir, syntax: Syntax) -> String {
    let syntax = if syntax == Syntax::Mysql && weight(hir) > LARGE { Syntax::MysqlCompact } else { syntax };
    let mut text = String::new();
    push(hir, syntax, &mut text);
    // MySQL takes no empty pattern.
    if text.is_empty() { "(?:)".to_owned() } else { text }
}

/// About how many bytes PCRE2 makes of it.
fn weight(hir: &Hir) -> usize {
    let ranges = |count: usize| 40 + count * 7;
    match hir.kind() {
        HirKind::Empty => 6,
        HirKind::Literal(literal) => 2 * literal.0.len(),
        HirKind::Class(Class::Unicode(class)) => ranges(class.ranges().len()),
        HirKind::Class(Class::Bytes(class)) => ranges(class.ranges().len()),
        HirKind::Look(look) => match look {
            Look::Start | Look::End => 1,
            Look::StartLF | Look::EndLF | Look::StartCRLF | Look::EndCRLF => 40,
            Look::WordAscii
            | Look::WordAsciiNegate
            | Look::WordStartAscii
            | Look::WordEndAscii
            | Look::WordStartHalfAscii
            | Look::WordEndHalfAscii => 200,
            Look::WordUnicode | Look::WordUnicodeNegate => 4 * ranges(800),
            Look::WordStartUnicode | Look::WordEndUnicode => 2 * ranges(800),
            Look::WordStartHalfUnicode | Look::WordEndHalfUnicode => ranges(800),
        },
        HirKind::Repetition(repetition) => {
            let inner = weight(&repetition.sub);
            match repetition.sub.kind() {
                // A repeat of one character or class is a number behind it, one of a group copies it.
                HirKind::Class(_) => inner + 8,
                HirKind::Empty
                | HirKind::Literal(_)
                | HirKind::Look(_)
                | HirKind::Repetition(_)
                | HirKind::Capture(_)
                | HirKind::Concat(_)
                | HirKind::Alternation(_) => {
                    let times = repetition.max.unwrap_or(repetition.min.saturating_add(1)).max(1) as usize;
                    inner.saturating_add(8).saturating_mul(times)
                }
            }
        }
        HirKind::Capture(capture) => weight(&capture.sub) + 6,
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(|part| weight(part) + 3).fold(0, usize::saturating_add)
        }
    }
}

fn push(hir: &Hir, syntax: Syntax, text: &mut String) {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => {
            for character in String::from_utf8_lossy(&literal.0).chars() {
                push_literal(character, syntax, text);
            }
        }
        HirKind::Class(class) => syntax.push_class(&characters(class), text),
        HirKind::Look(look) => push_look(*look, syntax, text),
        HirKind::Repetition(repetition) => push_repetition(repetition, syntax, text),
        HirKind::Capture(capture) => push_group(&capture.sub, syntax, text),
        HirKind::Concat(parts) => {
            for part in parts {
                match part.kind() {
                    HirKind::Alternation(_) => push_group(part, syntax, text),
                    HirKind::Empty
                    | HirKind::Literal(_)
                    | HirKind::Class(_)
                    | HirKind::Look(_)
                    | HirKind::Repetition(_)
                    | HirKind::Capture(_)
                    | HirKind::Concat(_) => push(part, syntax, text),
                }
            }
        }
        HirKind::Alternation(parts) => {
            for (position, part) in parts.iter().enumerate() {
                if position > 0 {
                    text.push('|');
                }
                push(part, syntax, text);
            }
        }
    }
}

/// A NUL is in no text.
fn push_literal(character: char, syntax: Syntax, text: &mut String) {
    if character == '\0' {
        text.push_str(syntax.never());
    } else {
        syntax.push_char(character, text);
    }
}

/// Without Unicode, classes are of bytes; those that a pattern of texts may hold are ASCII.
fn characters(class: &Class) -> Cow<'_, ClassUnicode> {
    match class {
        Class::Unicode(class) => Cow::Borrowed(class),
        Class::Bytes(class) => Cow::Owned(class.to_unicode_class().unwrap_or_else(ClassUnicode::empty)),
    }
}

fn push_group(hir: &Hir, syntax: Syntax, text: &mut String) {
    text.push_str("(?:");
    push(hir, syntax, text);
    text.push(')');
}

fn push_repetition(repetition: &Repetition, syntax: Syntax, text: &mut String) {
    let mut sub = String::new();
    push_group(&repetition.sub, syntax, &mut sub);
    match (repetition.min, repetition.max) {
        (0, None) => text.push_str(&format!("{sub}*")),
        (1, None) => text.push_str(&format!("{sub}+")),
        (min, None) => {
            push_times(&sub, min, "", syntax, text);
            text.push_str(&format!("{sub}*"));
        }
        (min, Some(max)) => {
            push_times(&sub, min, "", syntax, text);
            push_times(&sub, max.saturating_sub(min), "0,", syntax, text);
        }
    }
}

/// `sub` exactly so many times, or, with `least` being `0,`, up to so many times. A count that one repeat cannot have
/// is a repeat of repeats and a rest.
fn push_times(sub: &str, times: u32, least: &str, syntax: Syntax, text: &mut String) {
    let most = syntax.max_repeat();
    match times {
        0 => {}
        1 if least.is_empty() => text.push_str(sub),
        1 => text.push_str(&format!("{sub}?")),
        times if times <= most => text.push_str(&format!("{sub}{{{least}{times}}}")),
        times => {
            push_times(&format!("(?:{sub}{{{least}{most}}})"), times / most, least, syntax, text);
            push_times(sub, times % most, least, syntax, text);
        }
    }
}

fn push_look(look: Look, syntax: Syntax, text: &mut String) {
    let end = syntax.end();
    let (line_feed, carriage_return) = match syntax {
        Syntax::Postgres => (r"\u000a", r"\u000d"),
        Syntax::Mysql | Syntax::MysqlCompact => (r"\x{a}", r"\x{d}"),
    };
    let word = || {
        let name = match look {
            Look::WordUnicode
            | Look::WordUnicodeNegate
            | Look::WordStartUnicode
            | Look::WordEndUnicode
            | Look::WordStartHalfUnicode
            | Look::WordEndHalfUnicode => r"\w",
            Look::WordAscii
            | Look::WordAsciiNegate
            | Look::WordStartAscii
            | Look::WordEndAscii
            | Look::WordStartHalfAscii
            | Look::WordEndHalfAscii
            | Look::Start
            | Look::End
            | Look::StartLF
            | Look::EndLF
            | Look::StartCRLF
            | Look::EndCRLF => r"(?-u:\w)",
        };
        let mut text = String::new();
        syntax.push_class(&perl(name).unwrap_or_else(ClassUnicode::empty), &mut text);
        text
    };
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
        Look::WordAscii | Look::WordUnicode => {
            let word = word();
            format!("(?:(?<={word})(?!{word})|(?<!{word})(?={word}))")
        }
        Look::WordAsciiNegate | Look::WordUnicodeNegate => {
            let word = word();
            format!("(?:(?<={word})(?={word})|(?<!{word})(?!{word}))")
        }
        Look::WordStartAscii | Look::WordStartUnicode => {
            let word = word();
            format!("(?:(?<!{word})(?={word}))")
        }
        Look::WordEndAscii | Look::WordEndUnicode => {
            let word = word();
            format!("(?:(?<={word})(?!{word}))")
        }
        Look::WordStartHalfAscii | Look::WordStartHalfUnicode => format!("(?<!{})", word()),
        Look::WordEndHalfAscii | Look::WordEndHalfUnicode => format!("(?!{})", word()),
    });
}
