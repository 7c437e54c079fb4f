//! Patterns on their way in: `like`, `ilike` and `regex` as regular expressions of PCRE2, which MongoDB has.
//!
//! A pattern is read by Rust's own parser, which says what it means, and `ommi_core` writes it with nothing but what means
//! the same in PCRE2. Case is part of the classes by then.

mod dialect;
mod effort;
mod like;

use dialect::Pcre2;
use ommi_core::query::pattern::{parse_regex, rewritten};
use ommi_core::query::{check_ilike, parse_like};
use ommi_core::{Error, Result};

/// What kind of pattern it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PatternKind {
    Like,
    ILike,
    Regex,
}

/// The longest regular expression that MongoDB takes, in bytes.
const MAX_BYTES: usize = 16_384;

/// The pattern as a regular expression.
///
/// # Errors
/// `Validation` for a pattern that is none; `Unsupported` for one that is too long for MongoDB.
pub(super) fn translated(kind: PatternKind, pattern: &str) -> Result<String> {
    let fits = |text: &String| text.len() <= MAX_BYTES;
    let written = match kind {
        PatternKind::Like => like::exact(&parse_like(pattern)?),
        PatternKind::ILike => {
            check_ilike(pattern)?;
            let tokens = parse_like(pattern)?;
            Some(like::in_any_case(&tokens)).filter(fits).unwrap_or_else(|| like::caseless(&tokens))
        }
        PatternKind::Regex => {
            let hir = parse_regex(pattern)?;
            Some(rewritten(&hir, &Pcre2::Listed))
                .filter(fits)
                .unwrap_or_else(|| rewritten(&hir, &Pcre2::Named))
        }
    };
    if fits(&written) {
        return Ok(written);
    }
    Err(Error::unsupported(format!(
        "the pattern takes {} bytes as one of MongoDB's, which allows {MAX_BYTES}; use a shorter one, or `contains`",
        written.len()
    )))
}

/// Whether PCRE2 may give up a search for the pattern.
pub(super) fn may_be_given_up(kind: PatternKind, pattern: &str) -> bool {
    match kind {
        PatternKind::Like | PatternKind::ILike => {
            parse_like(pattern).is_ok_and(|tokens| like::may_be_given_up(&tokens))
        }
        PatternKind::Regex => parse_regex(pattern).is_ok_and(|hir| effort::may_be_given_up(&hir)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: PatternKind, pattern: &str) -> String {
        translated(kind, pattern).unwrap()
    }

    #[test]
    fn like_is_anchored_and_literal() {
        assert_eq!(of(PatternKind::Like, "ab%"), r"\Aab\p{Any}*\z");
        assert_eq!(of(PatternKind::Like, r"%a.\%_"), r"\A\p{Any}{4,}+(?<=a\.%\p{Any})\z");
        assert_eq!(of(PatternKind::Like, "%a%b"), r"\A(?>\p{Any}*?a)\p{Any}{1,}+(?<=b)\z");
        assert_eq!(of(PatternKind::Like, ""), r"\A\z");
    }

    #[test]
    fn a_part_that_stands_anywhere_is_searched_without_a_detour() {
        assert_eq!(of(PatternKind::Like, "%ab_%"), r"ab\p{Any}");
        assert_eq!(of(PatternKind::Like, "%"), r"\A\p{Any}*\z");
        for (pattern, may) in [
            ("", false),
            ("%", false),
            ("a", false),
            ("a%b", false),
            ("%b", false),
            ("%%b%%", false),
            ("a%b%", true),
            ("%a%b", true),
            ("a%b%c", true),
        ] {
            assert_eq!(may_be_given_up(PatternKind::Like, pattern), may, "{pattern}");
        }
    }

    #[test]
    fn ilike_lists_every_case() {
        assert_eq!(of(PatternKind::ILike, "k1"), "\\A[Kk\u{212a}]1\\z");
        assert_eq!(of(PatternKind::ILike, &"ab".repeat(5000)).len(), "(?i)\\A\\z".len() + 10_000);
    }

    #[test]
    fn regex_is_written_with_what_means_the_same() {
        assert_eq!(of(PatternKind::Regex, "a|b"), "[ab]");
        assert_eq!(of(PatternKind::Regex, "(?i)k"), "[Kk\u{212a}]");
        assert_eq!(of(PatternKind::Regex, "^a{2,3}?$"), r"\Aa{2}a?\z");
        assert_eq!(of(PatternKind::Regex, r"\w"), r"[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{200c}\x{200d}]");
        assert_eq!(of(PatternKind::Regex, ""), "(?:)");
        assert_eq!(of(PatternKind::Regex, "((a+)*)+(bc)*"), r"a*(?:bc)*");
    }

    #[test]
    fn what_is_too_long_is_refused() {
        assert!(translated(PatternKind::Like, &"a".repeat(20_000)).is_err());
        assert!(translated(PatternKind::Regex, "(?=a)").is_err());
    }
}
