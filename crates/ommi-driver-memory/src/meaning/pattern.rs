//! Patterns: `like`, `ilike` and `regex`.

use std::collections::HashMap;

use ommi_core::query::{LikeToken, parse_like};
use ommi_core::value::Value;
use ommi_core::{Error, Result};
use parking_lot::Mutex;
use regex::{Regex, RegexBuilder};

use super::mismatched;

/// The regular expressions of one statement, each compiled once.
#[derive(Debug, Default)]
pub(crate) struct Patterns(Mutex<HashMap<(Kind, String), Regex>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    ILike,
    Regex,
}

/// A text and a `like` pattern.
pub(super) fn like(subject: &Value, pattern: &Value) -> Result<Value> {
    let (text, pattern) = texts(subject, pattern)?;
    Ok(Value::Bool(is_like(&text.chars().collect::<Vec<_>>(), &parse_like(pattern)?)))
}

fn texts<'a>(subject: &'a Value, pattern: &'a Value) -> Result<(&'a str, &'a str)> {
    match (subject, pattern) {
        (Value::Text(text), Value::Text(pattern)) => Ok((text, pattern)),
        _ => Err(mismatched(subject, pattern)),
    }
}

/// Character by character; where that fails, the latest `%` takes in one character more.
fn is_like(text: &[char], pattern: &[LikeToken]) -> bool {
    let (mut at, mut token) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(token) {
            Some(LikeToken::Any) => {
                token += 1;
                retry = Some((at, token));
                continue;
            }
            Some(LikeToken::One) => (at, token) = (at + 1, token + 1),
            Some(LikeToken::Literal(wanted)) if text[at] == *wanted => (at, token) = (at + 1, token + 1),
            Some(LikeToken::Literal(_)) | None => match retry {
                Some((from, after)) => {
                    retry = Some((from + 1, after));
                    (at, token) = (from + 1, after);
                }
                None => return false,
            },
        }
    }
    pattern[token..].iter().all(|rest| *rest == LikeToken::Any)
}

impl Patterns {
    /// A text and an `ilike` pattern.
    pub(super) fn ilike(&self, subject: &Value, pattern: &Value) -> Result<Value> {
        self.matches(Kind::ILike, subject, pattern)
    }

    /// A text and a regular expression.
    pub(super) fn regex(&self, subject: &Value, pattern: &Value) -> Result<Value> {
        self.matches(Kind::Regex, subject, pattern)
    }

    fn matches(&self, kind: Kind, subject: &Value, pattern: &Value) -> Result<Value> {
        let (text, pattern) = texts(subject, pattern)?;
        let mut compiled = self.0.lock();
        let key = (kind, pattern.to_owned());
        if let Some(regex) = compiled.get(&key) {
            return Ok(Value::Bool(regex.is_match(text)));
        }
        let regex = compile(kind, pattern)?;
        let found = regex.is_match(text);
        compiled.insert(key, regex);
        Ok(Value::Bool(found))
    }
}

fn compile(kind: Kind, pattern: &str) -> Result<Regex> {
    let regex = match kind {
        Kind::Regex => Regex::new(pattern),
        Kind::ILike => {
            let parts: Vec<String> = parse_like(pattern)?.into_iter().map(as_regex).collect();
            RegexBuilder::new(&format!(r"\A{}\z", parts.concat()))
                .case_insensitive(true)
                .dot_matches_new_line(true)
                .build()
        }
    };
    // The message of a regular expression's error repeats it, and it may be a secret.
    regex.map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => {
            Error::query(format!("the pattern is too large: compiled, it takes more than {limit} bytes"))
        }
        _ => Error::query("the regular expression is not valid"),
    })
}

fn as_regex(token: LikeToken) -> String {
    match token {
        LikeToken::Any => ".*".to_owned(),
        LikeToken::One => ".".to_owned(),
        LikeToken::Literal(character) => regex::escape(&character.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_goes_back_to_the_latest_run() {
        let is_like = |text: &str, pattern: &str| {
            is_like(&text.chars().collect::<Vec<_>>(), &parse_like(pattern).unwrap())
        };
        for (text, pattern) in [("", ""), ("", "%%"), ("aab", "%ab"), ("abcabd", "a%b_"), ("a%c", r"a\%_")] {
            assert!(is_like(text, pattern), "{text} like {pattern}");
        }
        for (text, pattern) in [("a", ""), ("", "_"), ("ab", "%a"), ("abc", r"a\%c"), ("A", "a")] {
            assert!(!is_like(text, pattern), "{text} like {pattern}");
        }
    }

    #[test]
    fn ilike_folds_case_as_unicode_does() {
        let patterns = Patterns::default();
        let is_match = |text: &str, pattern: &str| {
            patterns.ilike(&text.into(), &pattern.into()).unwrap() == Value::Bool(true)
        };
        assert!(is_match("ΣΊΣΥΦΟΣ", "σίσυφος") && is_match("a\nB", "A%b") && is_match("K", "k"));
        assert!(!is_match("straße", "STRASSE"));
    }
}
