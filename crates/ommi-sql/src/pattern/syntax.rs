//! How characters and classes are written in each database's regular expressions.

use ommi_core::query::pattern::{RegexDialect, by_property};
use regex_syntax::hir::ClassUnicode;

/// Whose regular expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// PostgreSQL's "advanced" ones: <https://www.postgresql.org/docs/current/functions-matching.html>.
    Postgres,
    /// What PCRE2 (MariaDB) and ICU (MySQL) have in common.
    Mysql,
    /// The same with Unicode's properties in place of the largest classes: PCRE2 takes no more than 64 KiB of compiled
    /// pattern.
    MysqlCompact,
}

impl RegexDialect for Syntax {
    fn max_repeat(&self) -> u32 {
        match self {
            Syntax::Postgres => 255,
            Syntax::Mysql | Syntax::MysqlCompact => 65_535,
        }
    }

    fn end(&self) -> &'static str {
        match self {
            Syntax::Postgres => r"\Z",
            Syntax::Mysql | Syntax::MysqlCompact => r"\z",
        }
    }

    fn any(&self) -> &'static str {
        match self {
            Syntax::Postgres => ".",
            Syntax::Mysql | Syntax::MysqlCompact => "(?s:.)",
        }
    }

    /// No text has NUL in it, and PostgreSQL's patterns cannot name it.
    fn has_nul(&self) -> bool {
        false
    }

    /// Letters and digits stand as they are, of every alphabet; everything else by its number, so that no mode gives it
    /// another meaning.
    fn push_char(&self, character: char, text: &mut String) {
        if character.is_alphanumeric() {
            text.push(character);
            return;
        }
        let number = u32::from(character);
        match self {
            Syntax::Postgres if number <= 0xFFFF => text.push_str(&format!("\\u{number:04x}")),
            Syntax::Postgres => text.push_str(&format!("\\U{number:08x}")),
            Syntax::Mysql | Syntax::MysqlCompact => text.push_str(&format!("\\x{{{number:x}}}")),
        }
    }

    fn name_of(&self, class: &ClassUnicode) -> Option<&'static str> {
        match self {
            Syntax::Postgres | Syntax::Mysql => None,
            Syntax::MysqlCompact => by_property(class),
        }
    }
}
