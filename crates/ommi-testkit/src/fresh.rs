//! `Fresh`: an empty database for one case, and what has to live as long as it is used.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use ommi_core::driver::Driver;

/// An empty database that nothing else uses.
pub struct Fresh {
    pub(crate) driver: Arc<dyn Driver>,
    pub(crate) keep: Option<Box<dyn Any>>,
}

impl Fresh {
    /// The database behind `driver`.
    pub fn new(driver: impl Driver) -> Self {
        Self { driver: Arc::new(driver), keep: None }
    }

    /// The driver, for tests beside the suite.
    pub fn driver(&self) -> &Arc<dyn Driver> {
        &self.driver
    }

    /// Drops `guard` after the database was closed: a temporary folder, or whatever else removes the database.
    #[must_use]
    pub fn keep(mut self, guard: impl Any) -> Self {
        self.keep = Some(Box::new(guard));
        self
    }
}

impl From<Arc<dyn Driver>> for Fresh {
    fn from(driver: Arc<dyn Driver>) -> Self {
        Self { driver, keep: None }
    }
}

impl fmt::Debug for Fresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fresh").field("driver", &self.driver.name()).finish_non_exhaustive()
    }
}
