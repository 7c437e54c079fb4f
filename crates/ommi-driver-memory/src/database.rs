//! One database: what is committed, and whose turn it is to write.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Weak};

use futures_util::lock::{Mutex as AsyncMutex, OwnedMutexGuard};
use parking_lot::{Mutex, RwLock};

use crate::config::MemoryConfig;
use crate::data::State;

/// The databases that have a name, as long as a driver uses them.
static NAMED: LazyLock<Mutex<HashMap<String, Weak<Database>>>> = LazyLock::new(Mutex::default);

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Database {
    committed: RwLock<State>,
    /// Held by whoever writes, from the first look to the commit.
    writing: Arc<AsyncMutex<()>>,
}

/// The turn to write. It ends when this is dropped.
pub(crate) type Turn = OwnedMutexGuard<()>;

impl Database {
    /// The database that a configuration tells of.
    pub(crate) fn of(config: &MemoryConfig) -> Arc<Self> {
        let Some(name) = &config.name else { return Arc::default() };
        let mut named = NAMED.lock();
        named.retain(|_, database| database.strong_count() > 0);
        if let Some(database) = named.get(name).and_then(Weak::upgrade) {
            return database;
        }
        let database = Arc::default();
        named.insert(name.clone(), Arc::downgrade(&database));
        database
    }

    /// What is committed now; it does not change any more.
    pub(crate) fn snapshot(&self) -> State {
        self.committed.read().clone()
    }

    /// Waits until nobody else writes.
    pub(crate) async fn turn(&self) -> Turn {
        self.writing.clone().lock_owned().await
    }

    /// Makes a state the one that everybody sees. Only whoever has the turn may do that.
    pub(crate) fn commit(&self, state: State, _turn: &Turn) {
        *self.committed.write() = state;
    }
}
