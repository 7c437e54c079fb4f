//! The query cache: what reads gave is given again until one of the tables that they read is written through the same
//! handle. It knows of nothing that others write; against that there is a time to live.
//!
//! Rows are kept as the driver gave them, so that whoever receives them builds objects of his own.

mod entry;
mod key;
mod loads;
mod read;
mod table;
mod write;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ommi_core::query::Caching;
use ommi_core::{Error, Result};
use quick_cache::sync::Cache;
use quick_cache::{DefaultHashBuilder, Lifecycle, UnitWeighter};

use entry::Entry;
use key::Key;
use loads::Loads;
use table::Tables;

pub(crate) use table::Dependencies;
pub(crate) use table::Table;
pub(crate) use write::{Written, ended, until_ended};

/// How a query cache works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryCacheOptions {
    /// How many reads are kept. Beyond that, those that were not asked for of late go first.
    pub max_size: usize,
    /// For how long a read is good; without it, until its tables are written.
    pub ttl: Option<Duration>,
    /// The most memory that the rows of one read may take, in bytes; larger ones are not kept.
    pub max_bytes: usize,
}

impl Default for QueryCacheOptions {
    fn default() -> Self {
        Self { max_size: 1000, ttl: Some(Duration::from_secs(300)), max_bytes: 1 << 20 }
    }
}

impl QueryCacheOptions {
    /// # Errors
    /// `Validation` naming the option that makes no sense.
    pub fn check(&self) -> Result<()> {
        if self.max_size == 0 {
            return Err(Error::validation(
                "a query cache's max_size is at least 1; leave the cache out to have none",
            ));
        }
        if self.ttl.is_some_and(|ttl| ttl.is_zero()) {
            return Err(Error::validation(
                "a query cache's ttl is longer than nothing; None keeps reads until a write",
            ));
        }
        Ok(())
    }
}

/// What a query cache tells of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueryCacheStats {
    /// Reads that were answered from the cache.
    pub hits: u64,
    /// Reads that went to the database though they might have been answered.
    pub misses: u64,
    /// Reads that were given up for others.
    pub evictions: u64,
    /// Reads that are kept now, those among them that are no longer good.
    pub size: usize,
}

/// The reads of one handle.
pub struct QueryCache {
    options: QueryCacheOptions,
    entries: Cache<Box<[u8]>, Arc<Entry>, UnitWeighter, DefaultHashBuilder, CountEvictions>,
    tables: Tables,
    loads: Loads,
    clock: Clock,
    hits: AtomicU64,
    misses: AtomicU64,
    evictions: Arc<AtomicU64>,
}

impl QueryCache {
    /// An empty cache.
    pub(crate) fn new(options: QueryCacheOptions) -> Self {
        let evictions = Arc::<AtomicU64>::default();
        let size = options.max_size.max(1);
        let entries = Cache::with(
            size,
            size as u64,
            UnitWeighter,
            DefaultHashBuilder::default(),
            CountEvictions(evictions.clone()),
        );
        Self {
            options,
            entries,
            tables: Tables::default(),
            loads: Loads::default(),
            clock: Clock::default(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            evictions,
        }
    }

    /// The options that it was made with.
    pub fn options(&self) -> &QueryCacheOptions {
        &self.options
    }

    /// How well it does.
    pub fn stats(&self) -> QueryCacheStats {
        QueryCacheStats {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            evictions: self.evictions.load(Ordering::Relaxed),
            size: self.entries.len(),
        }
    }

    /// Forgets everything: for who knows that the database was changed from elsewhere.
    pub fn clear(&self) {
        self.tables.change_all();
        self.entries.clear();
    }

    /// What is kept of a read, if it is still good.
    fn find(&self, key: &Key) -> Option<Arc<Entry>> {
        let entry = self.entries.get(key.bytes()).filter(|entry| entry.is_good(self.clock.now()))?;
        self.hits.fetch_add(1, Ordering::Relaxed);
        Some(entry)
    }

    /// A read that goes to the database.
    fn missed(&self) {
        self.misses.fetch_add(1, Ordering::Relaxed);
    }

    fn keep(&self, key: &Key, entry: Entry) {
        // What was written meanwhile is not what was read.
        if entry.is_good(self.clock.now()) {
            self.entries.insert(key.bytes().into(), Arc::new(entry));
        }
    }

    /// Until when a read of now is good; `None` for as long as nothing is written.
    fn expiry(&self, caching: Caching) -> Option<u64> {
        let ttl = match caching {
            Caching::For(ttl) => Some(ttl),
            Caching::AsHandle | Caching::Wanted | Caching::Never => self.options.ttl,
        };
        ttl.map(|ttl| self.clock.after(ttl))
    }
}

impl fmt::Debug for QueryCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryCache").field("options", &self.options).field("stats", &self.stats()).finish()
    }
}

/// Nanoseconds since the cache was made.
#[derive(Debug)]
struct Clock(Instant);

impl Default for Clock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock {
    #[inline]
    fn now(&self) -> u64 {
        nanoseconds(self.0.elapsed())
    }

    fn after(&self, time: Duration) -> u64 {
        self.now().saturating_add(nanoseconds(time))
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Counts what has to leave for others.
#[derive(Debug, Clone)]
struct CountEvictions(Arc<AtomicU64>);

impl Lifecycle<Box<[u8]>, Arc<Entry>> for CountEvictions {
    type RequestState = ();

    fn on_evict(&self, _: &mut Self::RequestState, _: Box<[u8]>, _: Arc<Entry>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
