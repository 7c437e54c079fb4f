//! `like` and `ilike` as regular expressions over the whole of a text.

use ommi_core::query::LikeToken;
use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::class::{ANY, Detail, push_char, push_class};

/// `like`.
pub(super) fn exact(tokens: &[LikeToken]) -> String {
    whole(tokens, push_char)
}

/// `ilike`, with each character in every case by Unicode's simple folding.
pub(super) fn in_any_case(tokens: &[LikeToken]) -> String {
    whole(tokens, |character, text| {
        let mut class = ClassUnicode::new([ClassUnicodeRange::new(character, character)]);
        class.case_fold_simple();
        push_class(&class, Detail::Listed, text);
    })
}

/// `ilike`, with the folding left to PCRE2: shorter, and by its own version of Unicode.
pub(super) fn caseless(tokens: &[LikeToken]) -> String {
    format!("(?i){}", exact(tokens))
}

fn whole(tokens: &[LikeToken], push: impl Fn(char, &mut String)) -> String {
    let mut text = String::from(r"\A");
    let push_part = |part: &[LikeToken], text: &mut String| {
        for token in part {
            match token {
                LikeToken::Any => {}
                LikeToken::One => text.push_str(ANY),
                LikeToken::Literal(character) => push(*character, text),
            }
        }
    };
    let mut parts = tokens.split(|token| *token == LikeToken::Any).peekable();
    if let Some(first) = parts.next() {
        push_part(first, &mut text);
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            text.push_str(ANY);
            text.push('*');
            push_part(part, &mut text);
        } else if !part.is_empty() {
            // Where it occurs first is as good as any other place, and saying so keeps PCRE2 from trying them all.
            text.push_str("(?>");
            text.push_str(ANY);
            text.push_str("*?");
            push_part(part, &mut text);
            text.push(')');
        }
    }
    text.push_str(r"\z");
    text
}
