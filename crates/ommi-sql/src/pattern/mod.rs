//! Patterns on their way in: `ilike` and `regex` mean in every database what they mean in Rust's `regex`.
//!
//! A pattern is read by Rust's own parser, and `ommi_core` writes it with nothing but what means the same in a database's
//! dialect. Case is part of the classes by then, so no database folds anything.
//!
//! PostgreSQL searches in time linear in the text. MariaDB and MySQL try one way after the other, and answer no when
//! they have tried too many: patterns with nested repeats of the same (`(a*)*b`) can do that to them.

mod ilike;
mod syntax;
mod weight;

use ommi_core::driver::Transform;
use ommi_core::query::pattern::{parse_regex, rewritten};
use ommi_core::query::{check_ilike, parse_like};
use ommi_core::{Error, ErrorKind, Result};
use regex_syntax::hir::{Hir, HirKind};

use syntax::Syntax;

/// What the value of a text parameter goes in as; `None` for NULL, which only [`Transform::PrefixEnd`] makes of a
/// text.
///
/// # Errors
/// `Validation` for a pattern that is none, is longer than allowed, or repeats too much; `Internal` for a transform
/// that belongs to another database.
pub fn transformed(transform: Transform, text: &str) -> Result<Option<String>> {
    match transform {
        Transform::Plain => Ok(Some(text.to_owned())),
        Transform::PrefixEnd => Ok(prefix_end(text)),
        Transform::RegexToPostgres => regex(text, Syntax::Postgres).map(Some),
        Transform::IlikeToPostgres => ilike(text, Syntax::Postgres).map(Some),
        Transform::RegexToMysql => regex(text, Syntax::Mysql).map(Some),
        Transform::IlikeToMysql => ilike(text, Syntax::Mysql).map(Some),
        Transform::LikeToGlob => Err(Error::new(ErrorKind::Internal, "GLOB is SQLite's alone")),
    }
}

/// The smallest text greater than all that begin with `prefix`, by code point; none where there is none.
fn prefix_end(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // The range steps over the surrogates, which are no characters.
        if let Some(next) = (last..=char::MAX).nth(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// More parts than this, repeats counted as often as they repeat, are refused: every database has a limit there.
const MAX_SIZE: u64 = 50_000;

fn regex(pattern: &str, syntax: Syntax) -> Result<String> {
    let hir = parse_regex(pattern)?;
    if size(&hir) > MAX_SIZE {
        return Err(Error::validation(
            "the regular expression repeats so much that databases refuse it; use smaller counts",
        ));
    }
    let is_compact = syntax == Syntax::Mysql && weight::is_large(&hir);
    Ok(rewritten(&hir, &if is_compact { Syntax::MysqlCompact } else { syntax }))
}

fn ilike(pattern: &str, syntax: Syntax) -> Result<String> {
    check_ilike(pattern)?;
    Ok(ilike::regex(&parse_like(pattern)?, syntax))
}

/// The number of characters and classes once all repeats are written out.
fn size(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len() as u64,
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1);
            size(&repetition.sub).saturating_mul(times.into())
        }
        HirKind::Capture(capture) => size(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(size).fold(0, u64::saturating_add)
        }
    }
}

#[cfg(test)]
mod tests;
