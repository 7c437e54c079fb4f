//! One file of a migration: its name, its text, and what stands at its head.

use std::path::{Path, PathBuf};

use ommi_core::{Error, ErrorKind, Result};
use ommi_engine::migrations::Migration;

use super::sql;

/// What a migration is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Statements of one database.
    Sql,
    /// A class, which the Python face reads.
    Python,
}

/// A file of a migration, `0001_create_users.sql`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationFile {
    /// Where it is.
    pub path: PathBuf,
    /// The digits that its name begins with.
    pub version: String,
    /// The rest of its name, without the ending.
    pub slug: String,
    /// What it is written in.
    pub language: Language,
    /// What it says.
    pub text: String,
}

impl Language {
    /// The ending of its files.
    pub fn ending(self) -> &'static str {
        match self {
            Language::Sql => "sql",
            Language::Python => "py",
        }
    }

    fn comment(self) -> &'static str {
        match self {
            Language::Sql => "--",
            Language::Python => "#",
        }
    }
}

impl MigrationFile {
    /// The file at `path`; nothing where the name is none of a migration's: hidden, private (`_`) or of another ending.
    ///
    /// # Errors
    /// `Schema`, naming the file, where the name is not made as it has to be, or the text cannot be read.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let language = match path.extension().and_then(|ending| ending.to_str()) {
            Some("sql") => Language::Sql,
            Some("py") => Language::Python,
            Some(_) | None => return Ok(None),
        };
        if name.starts_with(['_', '.']) {
            return Ok(None);
        }
        let wrong = || {
            refused(
                path,
                "a migration's file is named by digits, an underscore and words, as in 0001_create_users.sql; rename it, \
                 or let its name begin with an underscore where it is none",
            )
        };
        let stem = name.strip_suffix(language.ending()).and_then(|stem| stem.strip_suffix('.'));
        let (version, slug) = stem.and_then(|stem| stem.split_once('_')).ok_or_else(wrong)?;
        if version.is_empty() || slug.is_empty() || !version.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong());
        }
        let bytes =
            std::fs::read(path).map_err(|error| refused(path, &format!("it cannot be read: {error}")))?;
        let text =
            String::from_utf8(bytes).map_err(|_| refused(path, "it is no UTF-8 text; save it as such"))?;
        let text = text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned);
        let (version, slug) = (version.to_owned(), slug.to_owned());
        Ok(Some(Self { path: path.to_owned(), version, slug, language, text }))
    }

    /// Its name without the ending: `0001_create_users`.
    pub fn stem(&self) -> String {
        format!("{}_{}", self.version, self.slug)
    }

    /// Where it is, for messages.
    pub fn place(&self) -> String {
        self.path.display().to_string()
    }

    /// The migration that it was written after, by a comment `parent: 0001_create_users` at its head.
    pub fn parent(&self) -> Option<&str> {
        self.comments().find_map(|line| line.strip_prefix("parent:")).map(str::trim)
    }

    /// What it is for: the first comment of an SQL file, else the words of its name.
    pub fn description(&self) -> String {
        let said = match self.language {
            Language::Sql => self.comments().find(|line| !line.contains(':') && !line.is_empty()),
            Language::Python => None,
        };
        said.filter(|line| !sql::is_marker(line)).map_or_else(|| self.slug.replace('_', " "), str::to_owned)
    }

    /// The migration of an SQL file.
    ///
    /// # Errors
    /// `Schema`, naming file and line, where it has no part for the way up, or a text in it has no end; `Unsupported` for
    /// a file of another language.
    pub fn sql(&self) -> Result<Migration> {
        match self.language {
            Language::Sql => {}
            Language::Python => {
                let message = format!(
                    "{} is written in Python: run it by the command `ommi` of the Python package, pip install ommi",
                    self.place()
                );
                return Err(Error::unsupported(message));
            }
        }
        let parts = sql::parts(&self.text).map_err(|problem| refused(&self.path, &problem))?;
        let migration = self.empty().up(parts.up);
        Ok(match parts.down {
            Some(down) => migration.down(down),
            None => migration,
        })
    }

    /// The migration without its steps: what its file's name and text say of it.
    pub fn empty(&self) -> Migration {
        Migration::new(&self.version, self.description()).source(&self.text).file(self.place())
    }

    /// The comments among the first lines.
    fn comments(&self) -> impl Iterator<Item = &str> {
        let lines = self.text.lines().take(30).map(str::trim);
        lines.filter_map(|line| line.strip_prefix(self.language.comment())).map(str::trim)
    }
}

pub(super) fn refused(path: &Path, problem: &str) -> Error {
    Error::new(ErrorKind::Schema, format!("{}: {problem}", path.display()))
}
