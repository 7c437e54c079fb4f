//! What writes do to the cache.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use ommi_core::driver::RowStream;
use ommi_core::schema::ModelDef;
use ommi_core::{ErrorKind, Result};
use smallvec::SmallVec;

use super::QueryCache;
use super::table::Table;
use crate::handle::Handle;
use crate::session::Session;

/// A write that was given up may still happen for so long: the server may be at it, and hear of it late.
const UNSURE: Duration = Duration::from_secs(60);

/// Tables that are being written, or whose writes are being committed. Dropped before the end, nobody knows what became
/// of it.
#[must_use = "a write has an end"]
pub(crate) struct Written {
    handle: Handle,
    tables: SmallVec<[Arc<Table>; 2]>,
    is_over: bool,
}

impl Written {
    pub(crate) fn new(handle: Handle, tables: impl IntoIterator<Item = Arc<Table>>) -> Self {
        Self { handle, tables: tables.into_iter().collect(), is_over: false }
    }

    /// The write has ended so.
    pub(crate) fn ended<T>(mut self, outcome: &Result<T>) {
        self.is_over = !outcome
            .as_ref()
            .is_err_and(|error| matches!(error.kind(), ErrorKind::Connection | ErrorKind::Timeout));
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let Some(cache) = self.handle.query_cache() else { return };
        for table in &self.tables {
            if !self.is_over {
                table.unsure_until(cache.clock.after(UNSURE));
            }
            table.changed();
        }
    }
}

impl QueryCache {
    /// The table of a model.
    pub(crate) fn table_of(&self, model: &ModelDef) -> Arc<Table> {
        self.tables.table(model.table())
    }

    /// As a table: anything.
    pub(crate) fn anything(&self) -> Arc<Table> {
        self.tables.any()
    }
}

impl Session {
    /// Says that rows of the model are about to be written. In a transaction that counts from its commit on.
    #[inline]
    pub(crate) fn writing(&self, model: &ModelDef) -> Option<Written> {
        self.handle().query_cache().and_then(|cache| self.writing_table(cache.table_of(model)))
    }

    /// Says that anything is about to be changed.
    pub(crate) fn writing_anything(&self) -> Option<Written> {
        self.handle().query_cache().and_then(|cache| self.writing_table(cache.anything()))
    }

    fn writing_table(&self, table: Arc<Table>) -> Option<Written> {
        match self.transaction() {
            Some(transaction) => {
                transaction.note_written(table);
                None
            }
            None => Some(Written::new(self.handle().clone(), [table])),
        }
    }
}

/// The end of a write, where anything is cached.
pub(crate) fn ended<T>(written: Option<Written>, outcome: &Result<T>) {
    if let Some(written) = written {
        written.ended(outcome);
    }
}

/// The rows of a statement that may write: it is over when they are.
pub(crate) fn until_ended(written: Option<Written>, rows: RowStream) -> RowStream {
    let Some(written) = written else { return rows };
    Box::pin(stream::unfold((Some(written), rows), |(mut written, mut rows)| async move {
        let batch = rows.next().await;
        match &batch {
            Some(Ok(_)) => {}
            Some(failed) => ended(written.take(), failed),
            None => ended(written.take(), &Ok(())),
        }
        batch.map(|batch| (batch, (written, rows)))
    }))
}
