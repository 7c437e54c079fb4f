//! `Handle`: a driver, the cache of its plans, and what is set up in its database. Faces wrap it.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use futures_util::lock::Mutex as AsyncMutex;
use ommi_core::driver::{BoxFuture, Driver, PoolStats, TransactionOptions};
use ommi_core::schema::ModelDef;
use ommi_core::{Error, ErrorKind, Result};
use parking_lot::RwLock;

use crate::cache::PlanCache;
use crate::limits::Limits;
use crate::query_cache::{QueryCache, QueryCacheOptions};
use crate::readiness::Readiness;
use crate::session::Session;
use crate::setup;
use crate::transaction::{self, Tx, TxOptions};

/// Finds the models that are set up together with one.
pub type Companions = Arc<dyn Fn(&Arc<ModelDef>) -> Result<Vec<Arc<ModelDef>>> + Send + Sync>;

/// How a handle works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandleOptions {
    /// Whether missing tables are created before the first operation on their model. Nothing is ever altered
    /// or dropped by this.
    pub implicit_setup: bool,
    /// How many shapes of operations keep their statement.
    pub plan_cache_size: usize,
    /// Whether all reads outside of transactions go through a query cache, and how it works. Without it those reads do
    /// that ask for it, through one with the usual options.
    pub query_cache: Option<QueryCacheOptions>,
}

impl Default for HandleOptions {
    fn default() -> Self {
        Self { implicit_setup: false, plan_cache_size: 1024, query_cache: None }
    }
}

/// A database in use. Clones are the same handle.
#[derive(Clone)]
pub struct Handle(Arc<HandleInner>);

struct HandleInner {
    driver: Arc<dyn Driver>,
    options: HandleOptions,
    limits: Limits,
    plans: PlanCache,
    query_cache: OnceLock<QueryCache>,
    readiness: Readiness,
    companions: RwLock<Companions>,
    setup_gate: AsyncMutex<()>,
    closed: AtomicBool,
    operations: AtomicU64,
}

impl Handle {
    /// A handle on `driver`, which opens its database on first use.
    pub fn new(driver: Arc<dyn Driver>, options: HandleOptions) -> Self {
        let limits = Limits::of(driver.as_ref());
        let query_cache = OnceLock::new();
        if let Some(options) = options.query_cache {
            query_cache.get_or_init(|| QueryCache::new(options));
        }
        Self(Arc::new(HandleInner {
            driver,
            options,
            limits,
            plans: PlanCache::new(options.plan_cache_size),
            query_cache,
            readiness: Readiness::default(),
            companions: RwLock::new(Arc::new(|model| setup::order::closure(std::slice::from_ref(model)))),
            setup_gate: AsyncMutex::new(()),
            closed: AtomicBool::new(false),
            operations: AtomicU64::new(0),
        }))
    }

    /// The database.
    pub fn driver(&self) -> &Arc<dyn Driver> {
        &self.0.driver
    }

    /// The options that the handle was made with.
    pub fn options(&self) -> &HandleOptions {
        &self.0.options
    }

    /// Runs operations each on its own, outside of any transaction.
    pub fn session(&self) -> Session {
        Session::autocommit(self.clone())
    }

    /// Says which models are set up together with one; by default those that it refers to, directly or not,
    /// and the association models of their relations.
    pub fn set_companions(&self, companions: Companions) {
        *self.0.companions.write() = companions;
    }

    /// Whether the model was set up on this handle.
    pub fn is_ready(&self, model: &ModelDef) -> bool {
        self.0.readiness.contains(model)
    }

    /// The number of shapes whose statement is kept.
    pub fn cached_plans(&self) -> usize {
        self.0.plans.len()
    }

    /// The query cache: nothing before the first read that asks for it, unless the handle was made with one.
    #[inline]
    pub fn query_cache(&self) -> Option<&QueryCache> {
        self.0.query_cache.get()
    }

    /// The query cache, made now if there is none.
    pub(crate) fn query_cache_or_new(&self) -> &QueryCache {
        self.0.query_cache.get_or_init(|| QueryCache::new(self.0.options.query_cache.unwrap_or_default()))
    }

    /// Whether reads are cached unless they say otherwise.
    #[inline]
    pub(crate) fn caches_all(&self) -> bool {
        self.0.options.query_cache.is_some()
    }

    /// The number of reads and writes that were handed to the database since the handle was made, those of its
    /// transactions with them. Setting models up, and beginning and ending transactions, do not count.
    pub fn operations(&self) -> u64 {
        self.0.operations.load(Ordering::Relaxed)
    }

    /// Counts an operation that is handed to the database.
    #[inline]
    pub(crate) fn count_operation(&self) {
        self.0.operations.fetch_add(1, Ordering::Relaxed);
    }

    /// Creates missing tables, checks existing ones and adds their new optional columns. Models that the given
    /// ones refer to come with them. Nothing is destroyed.
    ///
    /// # Errors
    /// `IncompatibleSchema` naming every difference, before anything is changed.
    pub fn use_models(&self, models: Vec<Arc<ModelDef>>) -> BoxFuture<Result<()>> {
        self.session().use_models(models)
    }

    /// Drops the tables of these models, with their rows.
    ///
    /// # Errors
    /// What the database says, `ForeignKeyViolation` for one where other rows still refer to them.
    pub fn remove_models(&self, models: Vec<Arc<ModelDef>>) -> BoxFuture<Result<()>> {
        self.session().remove_models(models)
    }

    /// Drops the tables of these models, with their rows, and creates them anew, all or nothing.
    ///
    /// # Errors
    /// As for [`remove_models`](Self::remove_models) and [`use_models`](Self::use_models).
    pub fn recreate_models(&self, models: Vec<Arc<ModelDef>>) -> BoxFuture<Result<()>> {
        self.session().recreate_models(models)
    }

    /// Begins a transaction. An isolation level that the database lacks becomes its next stronger one.
    ///
    /// # Errors
    /// `Unsupported` when every level of the database is weaker; `Conflict` when it stays busy; `Timeout` when the
    /// transaction's time is over before it began.
    pub fn begin(&self, options: impl Into<TxOptions>) -> BoxFuture<Result<Tx>> {
        let (handle, options) = (self.clone(), options.into());
        Box::pin(async move {
            handle.check_open()?;
            if options.timeout.is_some_and(|timeout| timeout.is_zero()) {
                return Err(Error::validation("a transaction's timeout is longer than nothing"));
            }
            let wanted = options.isolation.unwrap_or_default();
            let Some(isolation) = handle.driver().capabilities().isolation_at_least(wanted) else {
                let name = handle.driver().name();
                return Err(Error::unsupported(format!(
                    "{name} has no isolation level as strong as {wanted:?}"
                )));
            };
            let found = TransactionOptions { isolation, read_only: options.read_only };
            transaction::begin(handle, found, options.timeout).await
        })
    }

    /// What the driver knows of its connections; nothing where the database is not reached by any.
    pub fn pool_stats(&self) -> Option<PoolStats> {
        self.driver().pool_stats()
    }

    /// Ends all work and releases threads, connections and files. A second call does nothing.
    ///
    /// # Errors
    /// What the driver says when it cannot finish cleanly; the handle is closed all the same.
    pub fn close(&self) -> BoxFuture<Result<()>> {
        let handle = self.clone();
        Box::pin(async move {
            if handle.0.closed.swap(true, Ordering::AcqRel) {
                return Ok(());
            }
            handle.driver().close().await
        })
    }

    /// Whether [`close`](Self::close) was called.
    pub fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Acquire)
    }

    #[inline]
    pub(crate) fn check_open(&self) -> Result<()> {
        if self.is_closed() { Err(closed(self)) } else { Ok(()) }
    }

    pub(crate) fn plans(&self) -> &PlanCache {
        &self.0.plans
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn readiness(&self) -> &Readiness {
        &self.0.readiness
    }

    pub(crate) fn companions(&self) -> Companions {
        self.0.companions.read().clone()
    }

    pub(crate) fn setup_gate(&self) -> &AsyncMutex<()> {
        &self.0.setup_gate
    }
}

#[cold]
fn closed(handle: &Handle) -> Error {
    Error::new(ErrorKind::Closed, format!("the handle on {} is closed", handle.driver().location()))
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("driver", &self.driver().name())
            .field("location", &self.driver().location())
            .field("closed", &self.is_closed())
            .finish()
    }
}
