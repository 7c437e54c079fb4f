//! Patterns on their way in: `like`, `ilike` and `regex` as regular expressions of PCRE2, which MongoDB has.
//!
//! A pattern is parsed by Rust's own parser, which says what it means, and is written with nothing but what means the
//! same there: characters, classes of listed characters, groups, alternatives, greedy repeats, anchors, and look-around
//! in place of line anchors and word boundaries. Case is part of the classes by then.

mod class;
mod like;
mod regex;

use ommi_core::query::{check_ilike, check_regex, parse_like};
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
            check_regex(pattern)?;
            let hir = regex_syntax::parse(pattern).map_err(|error| {
                Error::validation("the regular expression is not valid").with_source(error)
            })?;
            Some(regex::regex(&hir, class::Detail::Listed))
                .filter(fits)
                .unwrap_or_else(|| regex::regex(&hir, class::Detail::Named))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: PatternKind, pattern: &str) -> String {
        translated(kind, pattern).unwrap()
    }

    #[test]
    fn like_is_anchored_and_literal() {
        assert_eq!(of(PatternKind::Like, "ab%"), r"\Aab(?s:.)*\z");
        assert_eq!(of(PatternKind::Like, r"%a.\%_"), r"\A(?s:.)*a\.%(?s:.)\z");
        assert_eq!(of(PatternKind::Like, "%a%b"), r"\A(?>(?s:.)*?a)(?s:.)*b\z");
        assert_eq!(of(PatternKind::Like, ""), r"\A\z");
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
        assert_eq!(of(PatternKind::Regex, "^a{2,3}?$"), r"\A(?:a){2}(?:a){0,1}\z");
        assert_eq!(of(PatternKind::Regex, r"\w"), r"[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{200c}\x{200d}]");
        assert_eq!(of(PatternKind::Regex, ""), "(?:)");
    }

    #[test]
    fn what_is_too_long_is_refused() {
        assert!(translated(PatternKind::Like, &"a".repeat(20_000)).is_err());
        assert!(translated(PatternKind::Regex, "(?=a)").is_err());
    }
}
