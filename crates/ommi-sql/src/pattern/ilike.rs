//! `ilike` as a regular expression: each character in any case, by Unicode's simple folding.

use ommi_core::query::LikeToken;
use ommi_core::query::pattern::{RegexDialect, any_case};

use super::syntax::Syntax;

/// The expression that matches the whole of a text.
pub(super) fn regex(tokens: &[LikeToken], syntax: Syntax) -> String {
    let mut text = String::from(r"\A");
    let mut parts = tokens.split(|token| *token == LikeToken::Any).peekable();
    if let Some(first) = parts.next() {
        push_part(first, syntax, &mut text);
    }
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        push_anything(part, is_last, syntax, &mut text);
    }
    text.push_str(syntax.end());
    text
}

/// What `%` stands before. But for the last part its first place is as good as every other one, and saying so keeps
/// engines that backtrack from trying them all.
fn push_anything(part: &[LikeToken], is_last: bool, syntax: Syntax, text: &mut String) {
    match syntax {
        Syntax::Mysql | Syntax::MysqlCompact if part.is_empty() && !is_last => {}
        Syntax::Mysql | Syntax::MysqlCompact if !is_last => {
            text.push_str("(?>(?s:.)*?");
            push_part(part, syntax, text);
            text.push(')');
        }
        Syntax::Postgres | Syntax::Mysql | Syntax::MysqlCompact => {
            text.push_str(syntax.any());
            text.push('*');
            push_part(part, syntax, text);
        }
    }
}

fn push_part(part: &[LikeToken], syntax: Syntax, text: &mut String) {
    for token in part {
        match token {
            LikeToken::Any => {}
            LikeToken::One => text.push_str(syntax.any()),
            LikeToken::Literal(character) => syntax.push_class(&any_case(*character), text),
        }
    }
}
