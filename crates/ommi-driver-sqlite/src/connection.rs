//! One open connection: its settings, its prepared statements and its guard. Lanes, readers and the inline
//! connections own one each and use it from one thread at a time.

use std::ffi::c_int;
use std::path::Path;
use std::sync::{Arc, Once};
use std::time::Instant;

use ommi_core::driver::Statement;
use ommi_core::{Error, ErrorKind, Result};
use quick_cache::UnitWeighter;
use quick_cache::unsync::{Cache, DefaultLifecycle};
use rusqlite::config::DbConfig;
use rusqlite::vtab::array;
use rusqlite::{OpenFlags, ffi};
use rustc_hash::FxBuildHasher;

use crate::config::{Mode, SqliteConfig};
use crate::error::{Failure, cancelled, closed};
use crate::guard::{Flag, Guard};
use crate::pace::Pace;
use crate::statement::{Handle, Prepared};
use crate::{aggregate, collation, function, written};

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The one that writes: it also creates the file and sets the journal mode.
    Writer,
    /// One of many that read; writes are refused.
    Reader,
}

/// A statement that a connection keeps prepared, and how long it used to take.
pub(crate) struct Entry {
    pub(crate) prepared: Prepared,
    pub(crate) pace: Pace,
    /// How many rows it returned when it was last read in batches.
    pub(crate) usual_rows: usize,
}

impl Entry {
    fn new(prepared: Prepared) -> Self {
        Self { prepared, pace: Pace::default(), usual_rows: 0 }
    }
}

type Statements = Cache<u64, Entry, UnitWeighter, FxBuildHasher>;

/// An open connection. The fields are dropped in this order: statements need the connection, and it the guard.
/// In a process forked from its own it is left as it is: closing it would drop the locks that both share.
pub(crate) struct Connection {
    statements: Statements,
    handle: Handle,
    /// Closes when it is dropped.
    inner: Option<rusqlite::Connection>,
    pub(crate) guard: Arc<Guard>,
    process: u32,
}

/// Statements that every connection needs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Command {
    /// Begins a read.
    Begin,
    /// Begins a write: takes the write lock at once.
    BeginImmediate,
    Commit,
    Rollback,
}

impl Command {
    fn text(self) -> &'static str {
        match self {
            Command::Begin => "BEGIN",
            Command::BeginImmediate => "BEGIN IMMEDIATE",
            Command::Commit => "COMMIT",
            Command::Rollback => "ROLLBACK",
        }
    }

    /// Identifies the command among the kept statements: real ones count up from 1.
    fn id(self) -> u64 {
        u64::MAX - self as u64
    }
}

impl Connection {
    /// Opens the database at `path`.
    ///
    /// # Errors
    /// `Connection`: no such file or directory, a directory, no database, damaged; `Conflict`: locked.
    pub(crate) fn open(config: &SqliteConfig, path: &Path, role: Role, closing: &Flag) -> Result<Self> {
        check_path(path, config.mode)?;
        settle_library();
        let access = match (config.mode, role) {
            (Mode::ReadOnly, Role::Writer | Role::Reader) => OpenFlags::SQLITE_OPEN_READ_ONLY,
            (Mode::Create, Role::Writer) => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            (Mode::ReadWrite, Role::Writer | Role::Reader) | (Mode::Create, Role::Reader) => {
                OpenFlags::SQLITE_OPEN_READ_WRITE
            }
        };
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
        let failed = |error: rusqlite::Error| opening(Failure::of(&error), path);
        let inner = rusqlite::Connection::open_with_flags(path, flags).map_err(failed)?;
        inner.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false).map_err(failed)?;
        // Without this, binding a LIMIT (and other values that a plan could depend on) has SQLite prepare the
        // statement anew at each run.
        inner.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed)?;
        collation::register(&inner).map_err(failed)?;
        let guard = Guard::new(closing.clone(), config.busy_timeout);
        function::register(&inner, &guard).map_err(failed)?;
        aggregate::register(&inner).map_err(failed)?;
        array::load_module(&inner).map_err(failed)?;
        let handle = Handle::of(&inner).ok_or_else(closed)?;
        guard.install(handle);
        let connection = Self {
            statements: statements(config.statement_cache),
            handle,
            inner: Some(inner),
            guard,
            process: std::process::id(),
        };
        connection.configure(config, role).map_err(|failure| opening(failure, path))?;
        Ok(connection)
    }

    fn configure(&self, config: &SqliteConfig, role: Role) -> Result<(), Failure> {
        let switch = if config.foreign_keys { "ON" } else { "OFF" };
        self.handle.run(&format!("PRAGMA foreign_keys = {switch}"))?;
        self.handle.run(&format!("PRAGMA synchronous = {}", config.synchronous.name()))?;
        match role {
            Role::Reader => self.handle.run("PRAGMA query_only = ON")?,
            Role::Writer if config.mode == Mode::ReadOnly => {}
            Role::Writer => self.set_journal_mode(config)?,
        }
        // The first look at the file: what is no database, or damaged, or locked for good, shows here.
        self.handle.run("PRAGMA schema_version")
    }

    /// SQLite does not call the busy handler while it changes the journal mode, so we wait here.
    fn set_journal_mode(&self, config: &SqliteConfig) -> Result<(), Failure> {
        let (text, started) =
            (format!("PRAGMA journal_mode = {}", config.journal_mode.name()), Instant::now());
        loop {
            match self.handle.run(&text) {
                Err(failure) if failure.is_busy() && started.elapsed() < config.busy_timeout => {
                    if self.guard.is_closing() {
                        return Err(failure);
                    }
                    std::thread::sleep(std::time::Duration::from_millis(2));
                }
                outcome => return outcome,
            }
        }
    }

    pub(crate) fn handle(&self) -> Handle {
        self.handle
    }

    /// The statement, prepared, and the guard: together, because runs need both.
    ///
    /// # Errors
    /// The failure of preparing it.
    #[inline]
    pub(crate) fn prepared(&mut self, statement: &Statement) -> Result<(EntryRef<'_>, &Guard), Failure> {
        if !self.statements.contains_key(&statement.id()) {
            let entry = prepare(self.handle, statement)?;
            self.statements.insert(statement.id(), entry);
        }
        match self.statements.get_mut(&statement.id()) {
            Some(entry) => Ok((entry, &self.guard)),
            None => Err(internal("a statement that was just kept is gone")),
        }
    }

    /// The statement, prepared, to be kept by a cursor meanwhile; [`give_back`](Self::give_back) ends that.
    pub(crate) fn take(&mut self, statement: &Statement) -> Result<Entry, Failure> {
        match self.statements.remove(&statement.id()) {
            Some((_, entry)) => Ok(entry),
            None => prepare(self.handle, statement),
        }
    }

    /// Keeps a statement that was taken, for its next run.
    pub(crate) fn give_back(&mut self, statement: &Statement, mut entry: Entry) {
        entry.prepared.reset();
        self.statements.insert(statement.id(), entry);
    }

    /// Runs one of the standing commands.
    pub(crate) fn command(&mut self, command: Command) -> Result<(), Failure> {
        let id = command.id();
        if !self.statements.contains_key(&id) {
            let prepared = Prepared::new(self.handle, command.text())?;
            self.statements.insert(id, Entry::new(prepared));
        }
        let handle = self.handle;
        match self.statements.get_mut(&id) {
            Some(mut entry) => entry.prepared.start().step().map(drop).map_err(|code| handle.failure(code)),
            None => Err(internal("a statement that was just kept is gone")),
        }
    }

    /// Undoes what is open, if anything is, whatever else goes on.
    pub(crate) fn roll_back(&mut self) {
        if !self.handle.is_autocommit() {
            self.guard.unstoppable();
            // SQLite's ROLLBACK cannot fail where a transaction is open; were it to, closing rolls back.
            let _ = self.command(Command::Rollback);
        }
    }

    /// The error for `failure`: cancelled or closed where that is why it was interrupted.
    pub(crate) fn error(&self, failure: Failure) -> Error {
        if failure.is_busy() || failure.primary() == ffi::SQLITE_INTERRUPT {
            if self.guard.is_cancelled() {
                return cancelled();
            }
            if self.guard.is_closing() {
                return closed();
            }
        }
        failure.into_error()
    }

    /// As [`error`](Self::error), for a code that a statement's step or binding gave.
    pub(crate) fn step_error(&self, code: c_int, statement: &Statement) -> Error {
        let failure = written::explained(self.handle.failure(code), statement);
        self.error(failure).with_statement(&statement.text)
    }
}

/// Settings of our copy of SQLite, which have to come before its first use. Its memory statistics are switched
/// off: they take a lock of the whole process at each allocation, and nobody reads them.
fn settle_library() {
    static SETTLED: Once = Once::new();
    SETTLED.call_once(|| {
        // SAFETY: the option takes one int. Where SQLite is in use already it refuses, which does no harm.
        let _ = unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MEMSTATUS, 0) };
    });
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            std::mem::forget(std::mem::replace(&mut self.statements, statements(1)));
            std::mem::forget(self.inner.take());
        }
    }
}

/// A kept statement in use.
pub(crate) type EntryRef<'a> =
    quick_cache::unsync::RefMut<'a, u64, Entry, UnitWeighter, FxBuildHasher, DefaultLifecycle<u64, Entry>>;

fn statements(capacity: usize) -> Statements {
    Cache::with(capacity, capacity as u64, UnitWeighter, FxBuildHasher, DefaultLifecycle::default())
}

#[cold]
fn prepare(handle: Handle, statement: &Statement) -> Result<Entry, Failure> {
    let prepared = Prepared::new(handle, &statement.text)?;
    let wanted = if statement.inputs.is_empty() { statement.binds.len() } else { statement.inputs.len() };
    if prepared.placeholders() != wanted {
        let found = prepared.placeholders();
        return Err(internal(&format!("a statement has {found} placeholders and {wanted} values")));
    }
    if !statement.columns.is_empty() && prepared.columns() != statement.columns.len() {
        let (found, wanted) = (prepared.columns(), statement.columns.len());
        return Err(internal(&format!("a statement returns {found} columns, {wanted} were expected")));
    }
    Ok(Entry::new(prepared))
}

fn internal(message: &str) -> Failure {
    Failure { code: ffi::SQLITE_INTERNAL, message: message.to_owned() }
}

fn opening(failure: Failure, path: &Path) -> Error {
    let error = failure.into_error();
    let message = format!("{}: {}", path.display(), error.message());
    error.with_message(message)
}

/// What SQLite would only call "unable to open database file".
fn check_path(path: &Path, mode: Mode) -> Result<()> {
    let refuse =
        |reason: &str| Err(Error::new(ErrorKind::Connection, format!("{}: {reason}", path.display())));
    if path.is_dir() {
        return refuse("this is a directory, not a database file");
    }
    if path.exists() {
        return Ok(());
    }
    match (mode, path.parent()) {
        (Mode::ReadOnly | Mode::ReadWrite, _) => {
            refuse("the database file does not exist, and the mode (ro, rw) does not create it")
        }
        (Mode::Create, Some(parent)) if !parent.as_os_str().is_empty() && !parent.is_dir() => {
            refuse("the directory for the database file does not exist; create it first")
        }
        (Mode::Create, _) => Ok(()),
    }
}
