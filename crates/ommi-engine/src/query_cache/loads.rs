//! Reads on their way: who asks for what another one is reading waits for that.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::select;
use futures_util::lock::{Mutex as AsyncMutex, OwnedMutexGuard};
use parking_lot::Mutex;

use super::key::Key;
use crate::timer;

/// Nobody waits longer for another one's read: that one's user may have stopped looking at it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Held by the one who reads.
type Turn = Arc<AsyncMutex<()>>;

/// The reads on their way, by what they ask for.
#[derive(Debug, Default, Clone)]
pub(super) struct Loads(Arc<Mutex<HashMap<Box<[u8]>, Turn>>>);

/// What somebody who wants to read finds.
pub(super) enum Place {
    /// Nobody reads this: the others wait until the guard is dropped.
    First(Loading),
    /// Somebody does.
    Taken(Turn),
}

impl Loads {
    pub(super) fn enter(&self, key: &Key) -> Place {
        let mut loads = self.0.lock();
        if let Some(turn) = loads.get(key.bytes()) {
            return Place::Taken(turn.clone());
        }
        let turn = Turn::default();
        let held = turn.try_lock_owned();
        loads.insert(key.bytes().into(), turn);
        Place::First(Loading { loads: self.clone(), key: key.bytes().into(), _held: held })
    }

    /// Waits for another one's read to end, however it does.
    pub(super) async fn wait(turn: Turn) {
        select(pin!(turn.lock()), timer::sleep(PATIENCE)).await;
    }
}

/// A read on its way. Dropping it lets the others go on.
pub(super) struct Loading {
    loads: Loads,
    key: Box<[u8]>,
    /// Dropped after this has left the list.
    _held: Option<OwnedMutexGuard<()>>,
}

impl Drop for Loading {
    fn drop(&mut self) {
        self.loads.0.lock().remove(&self.key);
    }
}
