//! Where connections come from: the one place that opens them. The first one opened is the writer's, because it
//! creates the file and sets its journal mode; readers come after.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use ommi_core::Result;
use parking_lot::Mutex;

use crate::config::{Location, Mode, SqliteConfig};
use crate::connection::{Connection, Role};
use crate::guard::Flag;
use crate::memory::Memory;

/// Opens connections to one database.
pub(crate) struct Source {
    config: SqliteConfig,
    ready: AtomicBool,
    state: Mutex<State>,
    pub(crate) readers_closing: Flag,
    pub(crate) writer_closing: Flag,
}

#[derive(Default)]
struct State {
    memory: Option<Memory>,
    /// The writer's connection, opened on behalf of a reader that came first.
    writer: Option<Connection>,
}

impl Source {
    pub(crate) fn new(config: SqliteConfig) -> Self {
        Self {
            config,
            ready: AtomicBool::new(false),
            state: Mutex::new(State::default()),
            readers_closing: Flag::default(),
            writer_closing: Flag::default(),
        }
    }

    pub(crate) fn config(&self) -> &SqliteConfig {
        &self.config
    }

    /// Whether the database has been opened once.
    #[inline]
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// As [`Connection::open`], and `Storage` where a database in memory finds no place for its file.
    pub(crate) fn open(&self, role: Role) -> Result<Connection> {
        let mut state = self.state.lock();
        let path = self.path(&mut state)?;
        match role {
            Role::Writer => {
                let connection = match state.writer.take() {
                    Some(connection) => connection,
                    None => Connection::open(&self.config, &path, Role::Writer, &self.writer_closing)?,
                };
                self.ready.store(true, Ordering::Release);
                Ok(connection)
            }
            Role::Reader => {
                if !self.is_ready() && self.config.mode != Mode::ReadOnly {
                    let writer = Connection::open(&self.config, &path, Role::Writer, &self.writer_closing)?;
                    state.writer = Some(writer);
                }
                self.ready.store(true, Ordering::Release);
                drop(state);
                Connection::open(&self.config, &path, Role::Reader, &self.readers_closing)
            }
        }
    }

    fn path(&self, state: &mut State) -> Result<PathBuf> {
        match (&self.config.location, &state.memory) {
            (Location::File(path), _) => Ok(path.clone()),
            (Location::Memory, Some(memory)) => Ok(memory.path()),
            (Location::Memory, None) => {
                let memory = Memory::new()?;
                let path = memory.path();
                state.memory = Some(memory);
                Ok(path)
            }
        }
    }

    /// Lets go of what is left after all connections have been closed.
    pub(crate) fn close(&self) {
        let state = std::mem::take(&mut *self.state.lock());
        // In this order: the file is removed after its last connection is gone.
        drop(state.writer);
        drop(state.memory);
    }
}
