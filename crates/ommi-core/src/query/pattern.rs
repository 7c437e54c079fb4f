//! The patterns of `like` and `regex`, read once here so that no database's dialect leaks through.

use crate::{Error, Result};

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

/// Checks a regular expression against the syntax that means the same everywhere.
///
/// # Errors
/// `Validation` with the position and the reason.
pub fn check_regex(pattern: &str) -> Result<()> {
    regex_syntax::Parser::new().parse(pattern).map(drop).map_err(|error| {
        let reason = match &error {
            regex_syntax::Error::Parse(error) => error.kind().to_string(),
            regex_syntax::Error::Translate(error) => error.kind().to_string(),
            other => other.to_string(),
        };
        Error::validation(format!("the regular expression is not valid: {reason}"))
    })
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
    fn look_around_is_refused() {
        assert!(check_regex("^a+$").is_ok());
        assert!(check_regex("(?=a)").unwrap_err().to_string().contains("look"));
    }
}
