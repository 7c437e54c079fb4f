//! `Entry`: the rows of one read.

use std::sync::Arc;

use futures_util::stream;
use ommi_core::Result;
use ommi_core::driver::RowStream;
use ommi_core::value::{Cell, RowBatch, RowSink};
use smallvec::SmallVec;

use super::table::Seen;

/// Rows that were read, and for how long they are good.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) batches: Vec<RowBatch>,
    pub(super) seen: Seen,
    pub(super) expires: Option<u64>,
}

impl Entry {
    #[inline]
    pub(super) fn is_good(&self, now: u64) -> bool {
        self.expires.is_none_or(|expires| now < expires) && self.seen.holds(now)
    }

    /// Hands all rows over, one by one.
    pub(super) fn pour(&self, sink: &mut dyn RowSink) -> Result<()> {
        let mut cells: SmallVec<[Cell<'_>; 16]> = SmallVec::new();
        for batch in &self.batches {
            for row in 0..batch.len() {
                cells.clear();
                cells.extend(batch.row(row));
                sink.row(&cells)?;
            }
        }
        Ok(())
    }

    /// Copies of the batches, as a read gives them.
    pub(super) fn stream(self: Arc<Self>) -> RowStream {
        let mut place = 0;
        Box::pin(stream::iter(std::iter::from_fn(move || {
            place += 1;
            self.batches.get(place - 1).cloned().map(Ok)
        })))
    }
}

/// Takes rows down on their way to somebody else.
pub(super) struct Recorder<'a> {
    sink: &'a mut dyn RowSink,
    pub(super) batch: RowBatch,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(sink: &'a mut dyn RowSink) -> Self {
        Self { sink, batch: RowBatch::default() }
    }
}

impl RowSink for Recorder<'_> {
    fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        RowSink::row(&mut self.batch, cells)?;
        self.sink.row(cells)
    }

    fn restart(&mut self) {
        self.batch.restart();
        self.sink.restart();
    }
}
