//! How large PCRE2 makes a regular expression: it takes 64 KiB of compiled pattern.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// Whether it may be more than PCRE2 takes, with all classes listed.
pub(super) fn is_large(hir: &Hir) -> bool {
    weight(hir) > 40_000
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
