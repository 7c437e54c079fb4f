//! What can be said about a SQLite database before it is opened.

use std::path::PathBuf;
use std::time::Duration;

use ommi_core::{Error, Result};

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file.
    File(PathBuf),
    /// A database of its own for each driver, gone when the driver is.
    Memory,
}

/// Whether the file may be created and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// It exists and is only read.
    ReadOnly,
    /// It exists.
    ReadWrite,
    /// It is created if missing.
    #[default]
    Create,
}

/// How SQLite keeps its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum JournalMode {
    /// Readers and the writer do not wait for each other.
    #[default]
    Wal,
    /// A rollback journal, deleted at each commit.
    Delete,
    /// A rollback journal, truncated at each commit.
    Truncate,
    /// A rollback journal, overwritten at each commit.
    Persist,
}

/// How hard SQLite makes sure that a commit is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Synchronous {
    /// It leaves that to the operating system: a crash of the machine may damage the file.
    Off,
    /// With a write-ahead log the last commits may be lost when the machine crashes; the file stays whole.
    Normal,
    /// Commits last.
    #[default]
    Full,
    /// Commits last, and so does the journal's directory entry.
    Extra,
}

/// How to open a database. Build one with [`file`](Self::file), [`memory`](Self::memory) or
/// [`from_url`](Self::from_url), and change its public fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteConfig {
    /// Where the data is.
    pub location: Location,
    /// Whether the file may be created and written.
    pub mode: Mode,
    /// The journal.
    pub journal_mode: JournalMode,
    /// What a commit waits for.
    pub synchronous: Synchronous,
    /// How long a statement waits for a lock that another connection or process holds.
    pub busy_timeout: Duration,
    /// Whether references are checked.
    pub foreign_keys: bool,
    /// How many threads read, beside the one that writes: at least 1.
    pub readers: usize,
    /// How many connections may read at once: at least 1. Streams that rest keep theirs.
    pub max_connections: usize,
    /// How long a read waits for one of them.
    pub connection_timeout: Duration,
    /// How many prepared statements each connection keeps: at least 1.
    pub statement_cache: usize,
    /// How long a read may run on the thread that asked for it before it is handed to a reading thread; zero
    /// sends every read there.
    pub inline_budget: Duration,
}

impl SqliteConfig {
    /// A database in the file at `path`, created if missing.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::at(Location::File(path.into()))
    }

    /// A database of its own, gone when the driver is.
    pub fn memory() -> Self {
        Self { synchronous: Synchronous::Off, ..Self::at(Location::Memory) }
    }

    fn at(location: Location) -> Self {
        Self {
            location,
            mode: Mode::default(),
            journal_mode: JournalMode::default(),
            synchronous: Synchronous::default(),
            busy_timeout: Duration::from_secs(5),
            foreign_keys: true,
            readers: 4,
            max_connections: 128,
            connection_timeout: Duration::from_secs(30),
            statement_cache: 256,
            inline_budget: Duration::from_micros(200),
        }
    }

    /// Refuses what cannot work, where fields were set by hand.
    pub(crate) fn check(&self) -> Result<()> {
        if self.readers == 0 || self.statement_cache == 0 || self.max_connections == 0 {
            let message =
                "a SQLite database needs at least one reader, one connection and one kept statement";
            return Err(Error::validation(message));
        }
        Ok(())
    }

    /// The location for people: the path, or `:memory:`.
    pub fn describe(&self) -> String {
        match &self.location {
            Location::File(path) => path.display().to_string(),
            Location::Memory => ":memory:".into(),
        }
    }
}

impl Default for SqliteConfig {
    fn default() -> Self {
        Self::memory()
    }
}

impl JournalMode {
    /// The mode's name in SQLite's words.
    pub fn name(self) -> &'static str {
        match self {
            JournalMode::Wal => "wal",
            JournalMode::Delete => "delete",
            JournalMode::Truncate => "truncate",
            JournalMode::Persist => "persist",
        }
    }
}

impl Synchronous {
    /// The level's name in SQLite's words.
    pub fn name(self) -> &'static str {
        match self {
            Synchronous::Off => "off",
            Synchronous::Normal => "normal",
            Synchronous::Full => "full",
            Synchronous::Extra => "extra",
        }
    }
}
