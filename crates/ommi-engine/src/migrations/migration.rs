//! Migrations as values: what they do, and what undoes them.

use ommi_core::schema::{Change, Risk};

/// One step of a migration.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A change of the schema, the same for every database.
    Change(Box<Change>),
    /// A statement in the database's own language, which may change rows. A change of the schema behind it is written
    /// for the schema as the changes before it leave it.
    Execute(String),
}

impl From<Change> for Step {
    fn from(change: Change) -> Self {
        Step::Change(Box::new(change))
    }
}

impl Step {
    /// Whether values are gone afterwards, as far as that can be told: what a statement does cannot.
    pub(super) fn loses_data(&self) -> bool {
        match self {
            Step::Change(change) => change.risk() == Risk::LosesData,
            Step::Execute(_) => false,
        }
    }

    /// The step in words.
    pub fn describe(&self) -> String {
        match self {
            Step::Change(change) => change.to_string(),
            Step::Execute(text) => {
                let first = text.lines().next().unwrap_or_default();
                let cut: String = first.chars().take(60).collect();
                let more = if cut.len() < text.len() { "…" } else { "" };
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
        }
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

    /// Notes the text that it was read from. Line endings, and spaces at the end of lines, are no edit.
    #[must_use]
    pub fn source(mut self, text: &str) -> Self {
        self.checksum = Some(checksum(text));
        self
    }
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
