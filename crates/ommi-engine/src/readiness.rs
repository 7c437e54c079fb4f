//! Which models are set up: asked on every operation, so the usual answer costs one comparison.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ommi_core::schema::{ModelDef, ModelId};
use parking_lot::RwLock;

/// The models that are set up in a database.
#[derive(Debug)]
pub(crate) struct Readiness {
    ready: RwLock<HashSet<ModelId>>,
    /// Grows whenever a model stops being ready; what was found ready at this count still is.
    epoch: AtomicU64,
}

/// Remembers at which epoch some models were all found ready.
#[derive(Debug, Default)]
pub(crate) struct SeenReady(AtomicU64);

impl Default for Readiness {
    fn default() -> Self {
        Self { ready: RwLock::default(), epoch: AtomicU64::new(1) }
    }
}

impl Readiness {
    pub(crate) fn contains(&self, model: &ModelDef) -> bool {
        self.ready.read().contains(&model.id())
    }

    /// Whether all models are ready; `seen` makes the second answer cheap.
    #[inline]
    pub(crate) fn covers(&self, models: &[Arc<ModelDef>], seen: &SeenReady) -> bool {
        seen.0.load(Ordering::Relaxed) == self.epoch.load(Ordering::Acquire) || self.look(models, seen)
    }

    #[cold]
    fn look(&self, models: &[Arc<ModelDef>], seen: &SeenReady) -> bool {
        let ready = self.ready.read();
        let all = models.iter().all(|model| ready.contains(&model.id()));
        if all {
            // Under the lock: the epoch cannot move between the look and the note.
            seen.0.store(self.epoch.load(Ordering::Acquire), Ordering::Relaxed);
        }
        all
    }

    pub(crate) fn add(&self, models: impl IntoIterator<Item = ModelId>) {
        self.ready.write().extend(models);
    }

    pub(crate) fn remove(&self, models: &[Arc<ModelDef>]) {
        let mut ready = self.ready.write();
        for model in models {
            ready.remove(&model.id());
        }
        self.epoch.fetch_add(1, Ordering::Release);
    }
}
