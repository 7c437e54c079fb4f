//! A read in progress: a statement between two steps, which fills a feed batch by batch and can rest in between.

use std::sync::Arc;

use ommi_core::driver::{FetchOptions, Params, Statement};
use ommi_core::value::RowBatch;
use ommi_core::{Error, Result};

use crate::connection::{Connection, Entry};
use crate::error::{closed, lost, stopped};
use crate::execute::{Stop, bind_params, failed};
use crate::feed::Feed;
use crate::reply::Answer;
use crate::statement::Step;
use crate::value::{Expected, Scratch, decode};

/// A batch of large rows ends when it holds so many bytes.
const BATCH_BYTES: usize = 1 << 20;

/// A batch has room for so many rows from the start, though the statement used to return fewer.
const SMALLEST_BATCH: usize = 16;

/// How far a read has come.
#[derive(Debug)]
pub(crate) enum Progress {
    /// All rows are in the feed, or all until this error.
    Done(Result<()>),
    /// The feed is full.
    Resting,
}

/// Why filling the feed has stopped.
enum Filled {
    Enough,
    ToTheEnd,
}

/// A read with its statement. It runs on one connection from begin to end.
pub(crate) struct Cursor {
    statement: Arc<Statement>,
    params: Params,
    batch_rows: usize,
    feed: Arc<Feed>,
    entry: Option<Entry>,
    finished: bool,
    in_transaction: bool,
    /// How many rows were read.
    rows: usize,
}

impl Cursor {
    /// A read that has not begun.
    pub(crate) fn new(
        statement: Arc<Statement>,
        params: Params,
        options: FetchOptions,
        feed: Arc<Feed>,
    ) -> Self {
        let batch_rows = options.batch_rows.max(1);
        Self {
            statement,
            params,
            batch_rows,
            feed,
            entry: None,
            finished: false,
            in_transaction: false,
            rows: 0,
        }
    }

    /// The read belongs to a transaction and must not run outside of it.
    pub(crate) fn in_transaction(mut self) -> Self {
        self.in_transaction = true;
        self
    }

    /// Where the rows go.
    pub(crate) fn feed(&self) -> &Arc<Feed> {
        &self.feed
    }

    /// Ends the read with an error: gives what tells the stream.
    pub(crate) fn fail(self, error: Error) -> Answer {
        self.conclude(Err(error))
    }

    /// Ends the read: gives what tells the stream.
    pub(crate) fn conclude(mut self, outcome: Result<()>) -> Answer {
        self.finished = true;
        let feed = self.feed.clone();
        Box::new(move || match outcome {
            Ok(()) => feed.finish(),
            Err(error) => feed.fail(error),
        })
    }

    /// Reads on until the feed is full, or to the end where `unbounded`.
    pub(crate) fn advance(&mut self, connection: &mut Connection, unbounded: bool) -> Progress {
        connection.guard.patient(Some(self.feed.cancel().clone()));
        let outcome = if self.feed.cancel().is_raised() {
            Ok(Filled::ToTheEnd)
        } else {
            self.fill(connection, unbounded)
        };
        connection.guard.patient(None);
        let outcome = match outcome {
            Ok(Filled::Enough) => return Progress::Resting,
            Ok(Filled::ToTheEnd) => Ok(()),
            Err(error) => Err(error),
        };
        if let Some(entry) = self.entry.take() {
            connection.give_back(&self.statement, entry);
        }
        Progress::Done(outcome)
    }

    fn fill(&mut self, connection: &mut Connection, unbounded: bool) -> Result<Filled> {
        let statement = &self.statement;
        let mut entry = match self.entry.take() {
            Some(entry) => entry,
            None if self.in_transaction && connection.handle().is_autocommit() => return Err(lost()),
            None => {
                let mut entry =
                    connection.take(statement).map_err(|failure| failed(connection, failure, statement))?;
                if let Err(error) = bind_params(&mut entry.prepared.bind_copies(), statement, &self.params) {
                    connection.give_back(statement, entry);
                    return Err(error.with_statement(&statement.text));
                }
                self.params = Params::new();
                entry
            }
        };
        loop {
            let expected = entry.usual_rows.saturating_sub(self.rows).max(SMALLEST_BATCH);
            let capacity = expected.min(self.batch_rows);
            let mut batch = RowBatch::with_capacity(entry.prepared.columns(), capacity);
            let outcome = fill_batch(&mut entry, statement, &mut batch, self.batch_rows);
            self.rows += batch.len();
            if !batch.is_empty() {
                self.feed.push(Ok(batch));
            }
            match outcome {
                Ok(Step::Done) => {
                    entry.usual_rows = self.rows;
                    self.entry = Some(entry);
                    return Ok(Filled::ToTheEnd);
                }
                Ok(Step::Row) => {}
                Err(stop) => {
                    let error = stop.into_error(connection, statement);
                    self.entry = Some(entry);
                    return Err(error);
                }
            }
            if !unbounded && !self.feed.has_room() {
                self.entry = Some(entry);
                return Ok(Filled::Enough);
            }
        }
    }
}

impl Drop for Cursor {
    /// Whoever waits for rows learns that none will come: the thread or the driver that read has ended.
    fn drop(&mut self) {
        if !self.finished {
            self.feed.fail(if std::thread::panicking() { stopped() } else { closed() });
        }
    }
}

/// Reads one batch. `Row` means that it is full and rows may follow.
fn fill_batch(
    entry: &mut Entry,
    statement: &Statement,
    batch: &mut RowBatch,
    batch_rows: usize,
) -> std::result::Result<Step, Stop> {
    let columns = entry.prepared.columns();
    let expected = Expected { types: &statement.columns, labels: &statement.labels };
    while batch.len() < batch_rows {
        if entry.prepared.step().map_err(Stop::Code)? == Step::Done {
            return Ok(Step::Done);
        }
        let (row, scratch) = (entry.prepared.row(), Scratch::default());
        for column in 0..columns {
            match decode(row, column, &expected, &scratch) {
                Ok(cell) => batch.push(cell),
                Err(error) => {
                    batch.abandon_row();
                    return Err(error.into());
                }
            }
        }
        batch.end_row();
        if batch.byte_size() >= BATCH_BYTES {
            break;
        }
    }
    Ok(Step::Row)
}
