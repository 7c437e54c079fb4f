//! `like` and `ilike` as regular expressions over the whole of a text.

use ommi_core::query::LikeToken;
use ommi_core::query::pattern::{RegexDialect, any_case};

use super::dialect::Pcre2;

/// `like`.
pub(super) fn exact(tokens: &[LikeToken]) -> String {
    whole(tokens, |character, text| Pcre2::Listed.push_char(character, text))
}

/// `ilike`, with each character in every case by Unicode's simple folding.
pub(super) fn in_any_case(tokens: &[LikeToken]) -> String {
    whole(tokens, |character, text| Pcre2::Listed.push_class(&any_case(character), text))
}

/// `ilike`, with the folding left to PCRE2: shorter, and by its own version of Unicode.
pub(super) fn caseless(tokens: &[LikeToken]) -> String {
    format!("(?i){}", exact(tokens))
}

fn whole(tokens: &[LikeToken], push: impl Fn(char, &mut String)) -> String {
    let any = Pcre2::Listed.any();
    let push_part = |part: &[LikeToken], text: &mut String| {
        for token in part {
            match token {
                LikeToken::Any => {}
                LikeToken::One => text.push_str(any),
                LikeToken::Literal(character) => push(*character, text),
            }
        }
    };
    if let Some(part) = contained(tokens) {
        let mut text = String::new();
        push_part(part, &mut text);
        return text;
    }
    let mut text = String::from(r"\A");
    let mut parts = parts_of(tokens).peekable();
    if let Some(first) = parts.next() {
        push_part(first, &mut text);
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() && part.is_empty() {
            text.push_str(any);
            text.push('*');
        } else if parts.peek().is_none() {
            // All the rest, which ends so: PCRE2 would look for the end at each place.
            text.push_str(&format!("{any}{{{},}}+(?<=", part.len()));
            push_part(part, &mut text);
            text.push(')');
        } else if !part.is_empty() {
            // Where it occurs first is as good as any other place, and saying so keeps PCRE2 from trying them all.
            text.push_str("(?>");
            text.push_str(any);
            text.push_str("*?");
            push_part(part, &mut text);
            text.push(')');
        }
    }
    text.push_str(r"\z");
    text
}

/// Whether PCRE2 may give a search up: looking for a part of the text between two others takes a try for each character.
pub(super) fn may_be_given_up(tokens: &[LikeToken]) -> bool {
    let inner = parts_of(tokens).filter(|part| !part.is_empty()).count();
    let at_ends = [tokens.first(), tokens.last()];
    let at_ends = at_ends.iter().flatten().filter(|token| ***token != LikeToken::Any).count();
    contained(tokens).is_none() && inner > at_ends
}

fn parts_of(tokens: &[LikeToken]) -> impl Iterator<Item = &[LikeToken]> {
    tokens.split(|token| *token == LikeToken::Any)
}

/// The one part that a text may hold anywhere, where that is all that is asked: the search is PCRE2's own then.
fn contained(tokens: &[LikeToken]) -> Option<&[LikeToken]> {
    let [LikeToken::Any, .., LikeToken::Any] = tokens else { return None };
    let mut parts = parts_of(tokens).filter(|part| !part.is_empty());
    let part = parts.next()?;
    parts.next().is_none().then_some(part)
}
