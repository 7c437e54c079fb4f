//! `Db`: what a case works on: a handle on a fresh database, its session, and a watch on what is sent to it.

use std::any::Any;
use std::ops::Deref;
use std::sync::Arc;

use futures_executor::block_on;
use ommi_core::driver::{Capabilities, TransactionOptions};
use ommi_core::schema::ModelDef;
use ommi_core::{Error, ErrorKind, Result};
use ommi_engine::{Handle, HandleOptions, Session, Tx};

use crate::fresh::Fresh;
use crate::watch::Watch;

/// A fresh database. It derefs to the session outside of any transaction; models are set up when first used.
pub(crate) struct Db {
    session: Session,
    watch: Arc<Watch>,
    // Dropped last: the database goes after the handle on it.
    _keep: Option<Box<dyn Any>>,
}

impl Db {
    pub(crate) fn new(fresh: Fresh) -> Self {
        let watch = Arc::new(Watch::new(fresh.driver));
        let handle = Handle::new(watch.clone(), with_setup(true));
        Self { session: handle.session(), watch, _keep: fresh.keep }
    }

    pub(crate) fn handle(&self) -> &Handle {
        self.session.handle()
    }

    pub(crate) fn capabilities(&self) -> &Capabilities {
        self.handle().driver().capabilities()
    }

    /// Another handle on the same database, which knows nothing of what was set up by this one.
    pub(crate) fn other(&self, options: HandleOptions) -> Handle {
        Handle::new(self.watch.clone(), options)
    }

    /// Another handle that creates no tables of its own accord.
    pub(crate) fn explicit(&self) -> Handle {
        self.other(with_setup(false))
    }

    pub(crate) fn begin(&self) -> Result<Tx> {
        now(self.handle().begin(TransactionOptions::default()))
    }

    pub(crate) fn set_up(&self, models: &[&Arc<ModelDef>]) -> Result<()> {
        now(self.handle().use_models(models.iter().copied().cloned().collect()))
    }

    pub(crate) fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Runs `work`, which must be over without anything sent to the database.
    #[track_caller]
    pub(crate) fn unsent<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = self.watch.sent();
        let outcome = work();
        assert_eq!(self.watch.sent(), before, "something was sent to the database");
        outcome
    }
}

impl Deref for Db {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

fn with_setup(implicit_setup: bool) -> HandleOptions {
    HandleOptions { implicit_setup, ..HandleOptions::default() }
}

/// Waits for a future.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    block_on(future)
}

/// Begins again after a lost race, where the database does not wait for rows that another transaction has changed: the end of
/// that one is under way.
pub(crate) fn when_free<T>(db: &Db, attempt: impl Fn() -> Result<T>) -> Result<T> {
    for _ in 0..2000 {
        match attempt() {
            Err(error) if error.kind() == ErrorKind::Conflict && !db.capabilities().row_waits => {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            outcome => return outcome,
        }
    }
    attempt()
}

/// The error, which must be of `kind`.
#[track_caller]
pub(crate) fn refused<T>(outcome: Result<T>, kind: ErrorKind) -> Error {
    match outcome {
        Err(error) if error.kind() == kind => error,
        Err(error) => panic!("expected an error of kind {kind:?}, got {error:?}"),
        Ok(_) => panic!("expected an error of kind {kind:?}, and there was none"),
    }
}
