//! Migrations as values: what they do, and what undoes them.

use ommi_core::Result;
use ommi_core::schema::{Change, Risk, SchemaDef};

use super::Edit;

/// One step of a migration.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A change of the schema, the same for every database.
    Change(Box<Change>),
    /// A change that names what it works on.
    Edit(Box<Edit>),
    /// A statement in the database's own language, which may change rows. A change of the schema behind it is written
    /// for the schema as the changes before it leave it.
    Execute(String),
    /// As [`Execute`](Self::Execute), and values are gone afterwards.
    Discard(String),
}

impl From<Change> for Step {
    fn from(change: Change) -> Self {
        Step::Change(Box::new(change))
    }
}

impl From<Edit> for Step {
    fn from(edit: Edit) -> Self {
        Step::Edit(Box::new(edit))
    }
}

impl Step {
    /// Whether values are gone afterwards, as far as that is known: of a statement it has to be said.
    pub(super) fn loses_data(&self) -> bool {
        match self {
            Step::Change(change) => change.risk() == Risk::LosesData,
            Step::Edit(edit) => edit.loses_data(),
            Step::Discard(_) => true,
            Step::Execute(_) => false,
        }
    }

    /// The changes that it is for tables as `schema` has them; none for a statement.
    pub(super) fn changes(&self, schema: &SchemaDef) -> Result<Vec<Change>> {
        match self {
            Step::Change(change) => Ok(vec![change.as_ref().clone()]),
            Step::Edit(edit) => edit.changes(schema),
            Step::Execute(_) | Step::Discard(_) => Ok(Vec::new()),
        }
    }

    /// The text of a statement.
    pub(super) fn statement(&self) -> Option<&str> {
        match self {
            Step::Execute(text) | Step::Discard(text) => Some(text),
            Step::Change(_) | Step::Edit(_) => None,
        }
    }

    /// The step in words.
    pub fn describe(&self) -> String {
        match self {
            Step::Change(change) => change.to_string(),
            Step::Edit(edit) => edit.to_string(),
            Step::Execute(text) | Step::Discard(text) => {
                let first = first_line(text);
                let cut: String = first.chars().take(60).collect();
                let is_whole = text.trim().ends_with(&cut);
                let more = if !is_whole { "…" } else { "" };
                format!("run {cut}{more}")
            }
        }
    }
}

/// A migration: a version, a description, and the way there and back.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    /// Its place in the order of all: versions are compared as text.
    pub version: String,
    /// What it is for, in a line.
    pub description: String,
    /// The way there.
    pub up: Vec<Step>,
    /// The way back; nothing where there is none.
    pub down: Option<Vec<Step>>,
    /// A number of the text that it was read from, by which a later edit is noticed.
    pub checksum: Option<u64>,
    /// The file that it was read from, for messages.
    pub file: Option<String>,
}

impl Migration {
    /// A migration that does nothing yet and cannot be undone.
    pub fn new(version: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            version: version.into(),
            description: description.into(),
            up: Vec::new(),
            down: None,
            checksum: None,
            file: None,
        }
    }

    /// What people know it by: its version, its description, and the file that it stands in.
    pub fn title(&self) -> String {
        let file = self.file.as_ref().map(|file| format!(" ({file})")).unwrap_or_default();
        format!("{} {:?}{file}", self.version, self.description)
    }

    /// Makes these changes, and their inverses on the way back.
    #[must_use]
    pub fn changes(mut self, changes: Vec<Change>) -> Self {
        self.down = Some(Change::undoing(&changes).into_iter().map(Step::from).collect());
        self.up = changes.into_iter().map(Step::from).collect();
        self
    }

    /// Takes these steps on the way there.
    #[must_use]
    pub fn up(mut self, steps: Vec<Step>) -> Self {
        self.up = steps;
        self
    }

    /// Takes these steps on the way back.
    #[must_use]
    pub fn down(mut self, steps: Vec<Step>) -> Self {
        self.down = Some(steps);
        self
    }

    /// Notes the file that it stands in.
    #[must_use]
    pub fn file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Notes the text that it was read from. Line endings, and spaces at the end of lines, are no edit.
    #[must_use]
    pub fn source(mut self, text: &str) -> Self {
        self.checksum = Some(checksum(text));
        self
    }
}

/// The first line that is no comment.
fn first_line(text: &str) -> &str {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.clone().find(|line| !line.starts_with("--")).or(lines.next()).unwrap_or_default()
}

/// FNV-1a over the lines: the same on every machine and in every version.
fn checksum(text: &str) -> u64 {
    let lines = text.trim_end().lines().map(str::trim_end);
    let bytes = lines.flat_map(|line| line.bytes().chain([b'\n']));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_endings_are_no_edit() {
        let of = |text: &str| Migration::new("1", "").source(text).checksum;
        assert_eq!(
            of("CREATE TABLE a (x INT);\nDROP TABLE b;\n"),
            of("CREATE TABLE a (x INT);  \r\nDROP TABLE b;")
        );
        assert_ne!(of("CREATE TABLE a (x INT);"), of("CREATE TABLE a (y INT);"));
    }
}
