//! Tables as the cache knows them: how often each was written, and until when nobody knows what became of a write.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ommi_core::schema::{Action, ModelDef};
use parking_lot::RwLock;
use smallvec::SmallVec;

/// One table.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// Grows with each write that has ended.
    writes: AtomicU64,
    /// When the last write whose end nobody saw is surely over, by the cache's clock.
    unsure_until: AtomicU64,
}

impl Table {
    /// A write has ended: what was read before is not good any more.
    pub(super) fn changed(&self) {
        self.writes.fetch_add(1, Ordering::Release);
    }

    /// A write may still happen: what is read until then may not be good a moment later.
    pub(super) fn unsure_until(&self, moment: u64) {
        self.unsure_until.fetch_max(moment, Ordering::Release);
    }
}

/// The tables that the rows of a read come from.
pub(crate) type Dependencies = Arc<[Arc<Table>]>;

/// All tables that the handle has read or written since it has a cache.
#[derive(Debug, Default)]
pub(super) struct Tables {
    known: RwLock<HashMap<Box<str>, Arc<Table>>>,
    /// Changes when anything may have changed. Every read depends on it.
    any: Arc<Table>,
}

impl Tables {
    pub(super) fn table(&self, name: &str) -> Arc<Table> {
        if let Some(table) = self.known.read().get(name) {
            return table.clone();
        }
        self.known.write().entry(name.into()).or_default().clone()
    }

    /// Anything may have changed.
    pub(super) fn change_all(&self) {
        self.any.changed();
    }

    /// As a table that every read depends on.
    pub(super) fn any(&self) -> Arc<Table> {
        self.any.clone()
    }

    /// The tables of these models, and those whose rows take rows of these along when they go or change. Nothing where
    /// one of those is not defined yet.
    pub(super) fn behind(&self, models: &[Arc<ModelDef>]) -> Option<Dependencies> {
        let mut names = HashSet::new();
        let mut left: Vec<Arc<ModelDef>> = models.to_vec();
        while let Some(model) = left.pop() {
            if !names.insert(model.table().to_owned()) {
                continue;
            }
            for reference in model.references() {
                let acts = reference.on_delete != Action::Restrict || reference.on_update != Action::Restrict;
                if acts {
                    left.push(reference.target.resolve().ok()?);
                }
            }
        }
        Some(names.iter().map(|name| self.table(name)).chain([self.any()]).collect())
    }
}

/// How often some tables had been written when a read began.
#[derive(Debug)]
pub(super) struct Seen {
    tables: Dependencies,
    writes: SmallVec<[u64; 4]>,
}

impl Seen {
    /// Now, before the read is sent.
    pub(super) fn now(tables: &Dependencies) -> Self {
        let writes = tables.iter().map(|table| table.writes.load(Ordering::Acquire)).collect();
        Self { tables: tables.clone(), writes }
    }

    /// Whether none of the tables was written since, nor may be by somebody who has left.
    #[inline]
    pub(super) fn holds(&self, now: u64) -> bool {
        self.tables.iter().zip(&self.writes).all(|(table, writes)| {
            table.writes.load(Ordering::Acquire) == *writes
                && table.unsure_until.load(Ordering::Acquire) <= now
        })
    }
}
