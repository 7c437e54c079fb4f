//! Reads through the cache.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use ommi_core::Result;
use ommi_core::driver::{FetchOptions, RowStream};
use ommi_core::query::{Caching, Expr, Operation};
use ommi_core::value::{RowBatch, RowSink};

use super::QueryCache;
use super::entry::{Entry, Recorder};
use super::key::Key;
use super::loads::{Loading, Loads, Place};
use super::table::Seen;
use crate::session::Session;

/// A read that is to be kept, from the moment before it is sent.
struct Reading {
    key: Key,
    seen: Seen,
    expires: Option<u64>,
}

impl Session {
    /// Whether a read goes through the cache: never in a transaction, which sees what nobody else does, and never one of
    /// rows by chance.
    #[inline]
    pub(crate) fn is_cached(&self, operation: &Operation) -> bool {
        let wanted = match caching(operation) {
            Caching::AsHandle => self.handle().caches_all(),
            Caching::Wanted | Caching::For(_) => true,
            Caching::Never => false,
        };
        wanted && self.transaction().is_none() && !is_by_chance(operation)
    }

    /// As [`fetch_now`](Self::fetch_now), through the cache.
    #[inline(never)]
    pub(crate) fn cached_now(&self, operation: &Operation, sink: &mut dyn RowSink) -> Option<Result<()>> {
        if let Err(error) = self.check_open() {
            return Some(Err(error));
        }
        let cache = self.handle().query_cache_or_new();
        let key = match Key::of(operation) {
            Ok(key) => key,
            Err(error) => return Some(Err(error)),
        };
        if let Some(entry) = cache.find(&key) {
            return Some(entry.pour(sink));
        }
        let reading = match self.reading(cache, key, operation) {
            Ok(Some(reading)) => reading,
            Ok(None) => return self.read_now(operation, sink),
            Err(error) => return Some(Err(error)),
        };
        let mut recorder = Recorder::new(sink);
        let outcome = self.read_now(operation, &mut recorder)?;
        cache.missed();
        let batch = recorder.batch;
        if outcome.is_ok() {
            reading.keep(cache, vec![batch]);
        }
        Some(outcome)
    }

    /// As [`fetch`](Self::fetch), through the cache.
    pub(crate) fn cached_rows(&self, operation: Operation, options: FetchOptions) -> RowStream {
        let session = self.clone();
        let rows = async move {
            session.check_open()?;
            let cache = session.handle().query_cache_or_new();
            let key = Key::of(&operation)?;
            if let Some(entry) = cache.find(&key) {
                return Ok(entry.stream());
            }
            let mut place = cache.loads.enter(&key);
            if let Place::Taken(waiting) = place {
                Loads::wait(waiting).await;
                if let Some(entry) = cache.find(&key) {
                    return Ok(entry.stream());
                }
                place = cache.loads.enter(&key);
            }
            cache.missed();
            let reading = session.reading(cache, key, &operation)?;
            let rows = session.read(operation, options);
            match (place, reading) {
                (Place::First(loading), Some(reading)) => session.load(reading, rows, loading).await,
                // It took too long, or had to begin anew: this one goes by itself.
                (Place::Taken(_), _) | (_, None) => Ok(rows),
            }
        };
        Box::pin(stream::once(rows).try_flatten())
    }

    /// What is to be kept of a read that begins now; nothing where nobody can say what would change it.
    fn reading(&self, cache: &QueryCache, key: Key, operation: &Operation) -> Result<Option<Reading>> {
        let (prepared, _) = self.prepare(operation, true)?;
        let tables = match prepared.dependencies.get() {
            Some(tables) => tables,
            None => match cache.tables.behind(&prepared.models) {
                Some(tables) => prepared.dependencies.get_or_init(|| tables),
                None => return Ok(None),
            },
        };
        Ok(Some(Reading { key, seen: Seen::now(tables), expires: cache.expiry(caching(operation)) }))
    }

    /// Reads as far as rows are kept, in one go: others wait for this, and nothing that the reader does between two
    /// batches may keep them waiting.
    async fn load(&self, reading: Reading, mut rows: RowStream, loading: Loading) -> Result<RowStream> {
        let cache = self.handle().query_cache_or_new();
        let mut batches: Vec<RowBatch> = Vec::new();
        let mut size = 0;
        while let Some(batch) = rows.try_next().await? {
            size += batch.byte_size();
            batches.push(batch);
            if size > cache.options.max_bytes {
                drop(loading);
                return Ok(Box::pin(stream::iter(batches.into_iter().map(Ok)).chain(rows)));
            }
        }
        let copy = batches.clone();
        reading.keep(cache, batches);
        drop(loading);
        Ok(Box::pin(stream::iter(copy.into_iter().map(Ok))))
    }
}

impl Reading {
    fn keep(self, cache: &QueryCache, batches: Vec<RowBatch>) {
        if batches.iter().map(RowBatch::byte_size).sum::<usize>() <= cache.options.max_bytes {
            let entry = Entry { batches, seen: self.seen, expires: self.expires };
            cache.keep(&self.key, entry);
        }
    }
}

/// Whether equal reads give different rows.
fn is_by_chance(operation: &Operation) -> bool {
    matches!(operation, Operation::Fetch(query) if query.order.iter().any(|order| matches!(order.by, Expr::Random)))
}

/// What the user wants of the cache.
#[inline]
fn caching(operation: &Operation) -> Caching {
    match operation {
        Operation::Fetch(query) | Operation::Count(query) | Operation::Exists(query) => query.caching,
        Operation::Update(..) | Operation::Delete(_) | Operation::Insert { .. } => Caching::Never,
    }
}
