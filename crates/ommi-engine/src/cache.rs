//! The plan cache: from an operation's shape to its compiled statement. Keys are compared whole; it is bounded.

use std::sync::{Arc, OnceLock};

use ommi_core::driver::{Driver, Statement};
use ommi_core::schema::ModelDef;
use ommi_core::{Error, Result};
use quick_cache::sync::Cache;

use crate::planner::{ParamCheck, Planned};
use crate::query_cache::Dependencies;
use crate::readiness::SeenReady;

/// All that one shape of operation needs to run.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) statement: Arc<Statement>,
    pub(crate) checks: Vec<ParamCheck>,
    /// The models whose tables the statement names.
    pub(crate) models: Vec<Arc<ModelDef>>,
    pub(crate) seen_ready: SeenReady,
    /// The tables that the query cache looks at, once they were looked up.
    pub(crate) dependencies: OnceLock<Dependencies>,
}

/// Statements by shape.
pub(crate) struct PlanCache {
    entries: Cache<Box<[u8]>, Arc<Prepared>>,
}

impl PlanCache {
    /// A cache of about `size` shapes.
    pub(crate) fn new(size: usize) -> Self {
        Self { entries: Cache::new(size.max(1)) }
    }

    /// The statement for a shape, planned and compiled on the first meeting. Two threads that meet a shape at
    /// once may both plan it; either outcome serves.
    #[inline]
    pub(crate) fn get(
        &self,
        shape: &[u8],
        driver: &dyn Driver,
        plan: impl FnOnce() -> Result<Planned>,
    ) -> Result<Arc<Prepared>> {
        match self.entries.get(shape) {
            Some(prepared) => Ok(prepared),
            None => self.prepare(shape, driver, plan()?),
        }
    }

    #[cold]
    fn prepare(&self, shape: &[u8], driver: &dyn Driver, planned: Planned) -> Result<Arc<Prepared>> {
        let Planned { plan, checks } = planned;
        let statement =
            driver.compile(&plan).map_err(|error: Error| error.with_model(plan.model().name()))?;
        let prepared = Arc::new(Prepared {
            statement: Arc::new(statement),
            checks,
            models: plan.models(),
            seen_ready: SeenReady::default(),
            dependencies: OnceLock::new(),
        });
        self.entries.insert(shape.into(), prepared.clone());
        Ok(prepared)
    }

    /// A statement that a program wrote itself, made on the first meeting.
    pub(crate) fn raw(
        &self,
        key: &[u8],
        models: Vec<Arc<ModelDef>>,
        make: impl FnOnce() -> Result<Statement>,
    ) -> Result<Arc<Prepared>> {
        if let Some(prepared) = self.entries.get(key) {
            return Ok(prepared);
        }
        let (statement, seen_ready) = (Arc::new(make()?), SeenReady::default());
        let dependencies = OnceLock::new();
        let prepared = Arc::new(Prepared { statement, checks: Vec::new(), models, seen_ready, dependencies });
        self.entries.insert(key.into(), prepared.clone());
        Ok(prepared)
    }

    /// The number of shapes kept.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}
