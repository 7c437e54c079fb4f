//! The patterns of `like` and `regex`, read once here so that no database's dialect leaks through. Databases that have
//! regular expressions get what was read in their own, by [`RegexDialect`].

mod class;
mod rewrite;

pub use class::{RegexDialect, any_case, by_property};
pub use rewrite::{is_character, repeated, rewritten};

use regex_syntax::hir::Hir;

use crate::{Error, Result};

/// The longest pattern of `ilike` and `regex`, in characters: databases translate them, and limit what comes out.
pub const MAX_PATTERN: usize = 10_000;

/// A piece of a `like` pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LikeToken {
    /// `%`: any run of characters, or none.
    Any,
    /// `_`: any one character.
    One,
    /// A character that means itself.
    Literal(char),
}

/// Splits a `like` pattern into its pieces; `\` takes the next character as it is.
///
/// # Errors
/// `Validation` when the pattern ends in a lone `\`.
pub fn parse_like(pattern: &str) -> Result<Vec<LikeToken>> {
    let mut tokens = Vec::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        tokens.push(match character {
            '%' => LikeToken::Any,
            '_' => LikeToken::One,
            '\\' => LikeToken::Literal(characters.next().ok_or_else(|| {
                Error::validation(
                    r"a like pattern ends in a lone backslash; write \\ for the character itself",
                )
            })?),
            other => LikeToken::Literal(other),
        });
    }
    Ok(tokens)
}

/// Checks a pattern of `ilike`.
///
/// # Errors
/// As [`parse_like`], and `Validation` where it is longer than [`MAX_PATTERN`].
pub fn check_ilike(pattern: &str) -> Result<()> {
    check_length("ilike pattern", pattern)?;
    parse_like(pattern).map(drop)
}

/// Checks a regular expression against the syntax that means the same everywhere.
///
/// # Errors
/// As [`parse_regex`].
pub fn check_regex(pattern: &str) -> Result<()> {
    parse_regex(pattern).map(drop)
}

/// Reads a regular expression in the syntax that means the same everywhere: that of Rust's `regex`.
///
/// # Errors
/// `Validation` with the reason, or where it is longer than [`MAX_PATTERN`].
pub fn parse_regex(pattern: &str) -> Result<Hir> {
    check_length("regular expression", pattern)?;
    regex_syntax::Parser::new().parse(pattern).map_err(|error| {
        let reason = match &error {
            regex_syntax::Error::Parse(error) => error.kind().to_string(),
            regex_syntax::Error::Translate(error) => error.kind().to_string(),
            other => other.to_string(),
        };
        Error::validation(format!("the regular expression is not valid: {reason}"))
    })
}

fn check_length(what: &str, pattern: &str) -> Result<()> {
    // Counting is left out where bytes are few enough already.
    if pattern.len() > MAX_PATTERN {
        let length = pattern.chars().count();
        if length > MAX_PATTERN {
            return Err(Error::validation(format!(
                "the {what} has {length} characters and {MAX_PATTERN} are allowed"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_patterns_are_split_by_meaning() {
        let tokens = parse_like(r"a%\%_").unwrap();
        assert_eq!(
            tokens,
            [LikeToken::Literal('a'), LikeToken::Any, LikeToken::Literal('%'), LikeToken::One]
        );
        assert!(parse_like(r"a\").is_err());
    }

    #[test]
    fn long_patterns_are_refused() {
        let (fits, long) = ("ä".repeat(MAX_PATTERN), "ä".repeat(MAX_PATTERN + 1));
        assert!(check_regex(&fits).is_ok() && check_ilike(&fits).is_ok());
        assert!(check_regex(&long).is_err() && check_ilike(&long).is_err());
        assert!(parse_like(&long).is_ok());
    }

    #[test]
    fn look_around_is_refused() {
        assert!(check_regex("^a+$").is_ok());
        assert!(check_regex("(?=a)").unwrap_err().to_string().contains("look"));
    }
}
