//! `Ommi`: a database in use.

use std::fmt;
use std::sync::Arc;

use ommi_core::Result;
use ommi_core::driver::Driver;
use ommi_core::schema::ModelDef;
use ommi_engine::{Handle, HandleOptions, Session};

use super::registry;

/// A database in use: its driver, its connections and its caches. Clones are the same handle and cost next to nothing.
///
/// Operations are methods of [`Db`](crate::Db), which transactions have too.
#[derive(Clone)]
pub struct Ommi {
    session: Session,
}

impl Ommi {
    /// Opens the database at the URL.
    ///
    /// | URL | database |
    /// | --- | --- |
    /// | `sqlite:///app.db` | SQLite in a file, relative to the current directory; `sqlite:////var/app.db` is absolute |
    /// | `sqlite://:memory:` | SQLite in memory: shared by all users of the handle, seen by no other |
    ///
    /// Missing tables are made before the first operation on their model; [`builder`](Self::builder) turns that off.
    ///
    /// # Errors
    /// `Validation` for an unknown kind of database or option, listing the known ones; `Connection` when it cannot be
    /// opened.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> ommi::Result<()> {
    /// let db = ommi::Ommi::connect("sqlite://:memory:").await?;
    /// db.close().await
    /// # }
    /// ```
    pub async fn connect(url: &str) -> Result<Self> {
        Self::builder().connect(url).await
    }

    /// A handle with options.
    pub fn builder() -> OmmiBuilder {
        OmmiBuilder::default()
    }

    /// A handle on a driver, which opens its database on first use.
    pub fn with_driver(driver: Arc<dyn Driver>) -> Self {
        Self::builder().with_driver(driver)
    }

    /// Creates missing tables, checks those that exist, and adds their new optional columns. Nothing is destroyed. Models
    /// that the given ones refer to come with them.
    ///
    /// # Errors
    /// `IncompatibleSchema` naming every difference of a table that needs a migration.
    pub async fn use_models(&self, models: Vec<Arc<ModelDef>>) -> Result<()> {
        self.handle().use_models(models).await
    }

    /// Drops the models' tables with all their rows.
    ///
    /// # Errors
    /// What the database says.
    pub async fn remove_models(&self, models: Vec<Arc<ModelDef>>) -> Result<()> {
        self.handle().remove_models(models).await
    }

    /// Drops the models' tables with all their rows, and creates them anew.
    ///
    /// # Errors
    /// What the database says.
    pub async fn recreate_models(&self, models: Vec<Arc<ModelDef>>) -> Result<()> {
        self.handle().recreate_models(models).await
    }

    /// Ends all work and releases connections, threads and files. Later use of any clone is a `Closed` error.
    ///
    /// # Errors
    /// What the driver says when it cannot finish cleanly; the handle is closed all the same.
    pub async fn close(&self) -> Result<()> {
        self.handle().close().await
    }

    /// Whether the handle was closed.
    pub fn is_closed(&self) -> bool {
        self.handle().is_closed()
    }

    /// The driver.
    pub fn driver(&self) -> &Arc<dyn Driver> {
        self.handle().driver()
    }

    /// The engine's handle, for what this face does not offer.
    pub fn handle(&self) -> &Handle {
        self.session.handle()
    }

    pub(crate) fn own_session(&self) -> &Session {
        &self.session
    }
}

impl fmt::Debug for Ommi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ommi({} {})", self.driver().name(), self.driver().location())
    }
}

/// Options of a handle.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> ommi::Result<()> {
/// let db = ommi::Ommi::builder().implicit_setup(false).connect("sqlite://:memory:").await?;
/// # db.close().await
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `connect` or `with_driver`"]
pub struct OmmiBuilder {
    options: HandleOptions,
}

impl Default for OmmiBuilder {
    fn default() -> Self {
        Self { options: HandleOptions { implicit_setup: true, ..HandleOptions::default() } }
    }
}

impl OmmiBuilder {
    /// Whether missing tables are made before the first operation on their model: yes unless said here. Nothing is ever
    /// altered or dropped by that.
    pub fn implicit_setup(mut self, wanted: bool) -> Self {
        self.options.implicit_setup = wanted;
        self
    }

    /// How many shapes of queries keep their statement: 1024 unless said here.
    pub fn plan_cache_size(mut self, shapes: usize) -> Self {
        self.options.plan_cache_size = shapes;
        self
    }

    /// Opens the database at the URL.
    ///
    /// # Errors
    /// As for [`Ommi::connect`].
    pub async fn connect(self, url: &str) -> Result<Ommi> {
        let db = self.with_driver(registry::driver_for(url)?);
        db.driver().connect().await?;
        Ok(db)
    }

    /// A handle on a driver, which opens its database on first use.
    pub fn with_driver(self, driver: Arc<dyn Driver>) -> Ommi {
        Ommi { session: Handle::new(driver, self.options).session() }
    }
}
