//! `Ommi`: a database in use.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ommi_core::Result;
use ommi_core::driver::{Driver, PoolStats};
use ommi_core::schema::ModelDef;
use ommi_engine::migrations::SchemaManager;
use ommi_engine::{Handle, HandleOptions, QueryCache, QueryCacheOptions, Session};

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
    /// | `postgresql://user:password@host/name` | PostgreSQL, with libpq's options |
    /// | `mysql://user:password@host/name` | MySQL or MariaDB |
    /// | `mongodb://user:password@host/name` | MongoDB, with its standard options; `mongodb+srv://` too |
    /// | `memory://` | rows in the process's memory, for tests: as small and as slow as it is exact |
    ///
    /// Each is a feature of the crate. Options follow a `?`; the [builder](OmmiBuilder) has those of the pool, too.
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

    /// Takes migrations, and brings the database up and down by them.
    ///
    /// ```
    /// use ommi::migrations::{Hints, Migration, RunOptions, difference};
    /// use ommi::schema::{Change, ColumnDef, FieldType, SchemaDef};
    /// use ommi::{Model, Ommi, models};
    ///
    /// #[derive(Debug, Clone, Model)]
    /// struct User {
    ///     id: i64,
    ///     name: String,
    /// }
    ///
    /// # #[tokio::main]
    /// # async fn main() -> ommi::Result<()> {
    /// let db = Ommi::connect("sqlite://:memory:").await?;
    /// let mut schema = db.schema_manager();
    /// let users = SchemaDef::of(&models![User])?;
    /// let create = difference(&SchemaDef::default(), &users, &Hints::default())?;
    /// schema.add_migration(Migration::new("001", "Create users").changes(create))?;
    /// let email = ColumnDef { nullable: true, ..ColumnDef::new("email", FieldType::Text) };
    /// let add = Change::AddColumn { table: users.tables[0].name.clone(), column: email, fill: None };
    /// schema.add_migration(Migration::new("002", "Add email addresses").changes(vec![add]))?;
    ///
    /// assert_eq!(schema.migrate_up(None, &RunOptions::default()).await?, ["001", "002"]);
    /// assert_eq!(schema.plan_down(Some("001")).await?[0].steps.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn schema_manager(&self) -> SchemaManager {
        SchemaManager::new(self.handle().clone())
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

    /// What the driver knows of its connections: how many are open, idle and at work, who waits for one, and who holds
    /// them. Nothing where the database is not reached by connections.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> ommi::Result<()> {
    /// let db = ommi::Ommi::connect("sqlite://:memory:").await?;
    /// if let Some(stats) = db.pool_stats() {
    ///     println!("{} of {} connections at work", stats.used, stats.max);
    ///     for holder in stats.holders {
    ///         println!("{} for {:?}: {}", holder.purpose, holder.held, holder.statement);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn pool_stats(&self) -> Option<PoolStats> {
        self.handle().pool_stats()
    }

    /// The query cache: its statistics, and how to clear it. Nothing before the first query that asks for it, unless the
    /// handle was made with one.
    pub fn query_cache(&self) -> Option<&QueryCache> {
        self.handle().query_cache()
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
/// use std::time::Duration;
///
/// let db = ommi::Ommi::builder()
///     .implicit_setup(false)
///     .max_connections(20)
///     .connection_timeout(Duration::from_secs(5))
///     .connect("sqlite://:memory:")
///     .await?;
/// # db.close().await
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `connect` or `with_driver`"]
pub struct OmmiBuilder {
    options: HandleOptions,
    /// Options of the pool, as URLs spell them.
    pool: Vec<(&'static str, String)>,
}

impl Default for OmmiBuilder {
    fn default() -> Self {
        Self { options: HandleOptions { implicit_setup: true, ..HandleOptions::default() }, pool: Vec::new() }
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

    /// Reads outside of transactions go through a query cache. Each answer is given again until one of the tables that it
    /// comes from is written through this handle; what others write is noticed when its time to live is over.
    ///
    /// Options that make no sense are refused by [`connect`](Self::connect).
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> ommi::Result<()> {
    /// use ommi::QueryCacheOptions;
    ///
    /// let options = QueryCacheOptions { max_size: 500, ttl: None, ..QueryCacheOptions::default() };
    /// let db = ommi::Ommi::builder().query_cache(options).connect("sqlite://:memory:").await?;
    /// assert_eq!(db.query_cache().unwrap().stats().misses, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn query_cache(mut self, options: QueryCacheOptions) -> Self {
        self.options.query_cache = Some(options);
        self
    }

    /// At least so many connections are kept while idle. This and the other options of the pool are the URL's of the same
    /// names, and weigh more than what the URL says; a driver that was opened otherwise has options of its own.
    pub fn min_connections(self, connections: usize) -> Self {
        self.pool("min_connections", connections.to_string())
    }

    /// At most so many connections are open at once.
    pub fn max_connections(self, connections: usize) -> Self {
        self.pool("max_connections", connections.to_string())
    }

    /// How long an operation waits for a connection before it fails with `ErrorKind::PoolExhausted`.
    pub fn connection_timeout(self, time: Duration) -> Self {
        self.pool("connection_timeout", seconds(time))
    }

    /// A connection that is idle for so long is closed, where more than the least number are open.
    pub fn idle_timeout(self, time: Duration) -> Self {
        self.pool("idle_timeout", seconds(time))
    }

    /// A connection that is older is closed when it comes back.
    pub fn max_lifetime(self, time: Duration) -> Self {
        self.pool("max_lifetime", seconds(time))
    }

    fn pool(mut self, name: &'static str, value: String) -> Self {
        self.pool.retain(|(known, _)| *known != name);
        self.pool.push((name, value));
        self
    }

    /// Opens the database at the URL.
    ///
    /// # Errors
    /// As for [`Ommi::connect`].
    pub async fn connect(self, url: &str) -> Result<Ommi> {
        let db = self.unopened(url)?;
        db.driver().connect().await?;
        Ok(db)
    }

    /// A handle on the database at the URL, which is opened on first use.
    ///
    /// # Errors
    /// `Validation` for an unknown kind of database or option, listing the known ones.
    pub fn unopened(self, url: &str) -> Result<Ommi> {
        self.options.query_cache.as_ref().map_or(Ok(()), QueryCacheOptions::check)?;
        let driver = registry::driver_for(&with_options(url, &self.pool))?;
        Ok(self.with_driver(driver))
    }

    /// A handle on a driver, which opens its database on first use.
    pub fn with_driver(self, driver: Arc<dyn Driver>) -> Ommi {
        Ommi { session: Handle::new(driver, self.options).session() }
    }
}

/// A span as URLs spell it.
fn seconds(time: Duration) -> String {
    time.as_secs_f64().to_string()
}

/// The URL with these options in the place of its own of the same names.
fn with_options(url: &str, options: &[(&'static str, String)]) -> String {
    if options.is_empty() {
        return url.to_owned();
    }
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let is_other = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && options.iter().all(|(known, _)| *known != name)
    };
    let own = query.split('&').filter(is_other).map(str::to_owned);
    let given = options.iter().map(|(name, value)| format!("{name}={value}"));
    let query: Vec<String> = own.chain(given).collect();
    format!("{place}?{}", query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_options_take_the_place_of_the_urls_own() {
        let options =
            [("max_connections", "3".to_owned()), ("idle_timeout", seconds(Duration::from_millis(500)))];
        assert_eq!(
            with_options("x://h/d?max_connections=9&a=b", &options),
            "x://h/d?a=b&max_connections=3&idle_timeout=0.5"
        );
        assert_eq!(with_options("x://h/d", &options), "x://h/d?max_connections=3&idle_timeout=0.5");
        assert_eq!(with_options("x://h/d?max_connections=9", &[]), "x://h/d?max_connections=9");
    }

    #[tokio::test]
    async fn an_option_of_the_pool_reaches_the_driver() {
        let error = OmmiBuilder::default().max_connections(0).connect("sqlite://:memory:").await.unwrap_err();
        assert!(error.to_string().contains("max_connections"), "{error}");
    }
}
