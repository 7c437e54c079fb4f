//! Reading rows into batches.

use std::sync::Arc;

use ommi_core::driver::{Params, Statement};
use ommi_core::plan::Reach;
use ommi_core::value::RowBatch;
use ommi_core::{Error, Result};

use crate::bind::bind;
use crate::compiled::variant;
use crate::connection::Connection;
use crate::value::{Expected, Stored, decode};

/// A batch of large rows ends when it holds so many bytes.
const BATCH_BYTES: usize = 1 << 20;

/// A batch has room for so many rows from the start.
const SMALLEST_BATCH: usize = 16;

/// A read that has begun: its statement is running on a connection.
pub(crate) struct Reading {
    statement: Arc<Statement>,
    stored: Vec<Stored>,
    batch_rows: usize,
}

/// What one step of a read gave.
pub(crate) struct Batch {
    /// Its rows.
    pub(crate) rows: RowBatch,
    /// The read, where more rows may follow.
    pub(crate) reading: Option<Reading>,
}

impl Reading {
    /// Starts a read.
    pub(crate) async fn start(
        connection: &mut Connection,
        statement: Arc<Statement>,
        params: Params,
        batch_rows: usize,
    ) -> Result<Self> {
        let statement = variant(statement, connection.server().flavour);
        let bound = bind(&statement, &params).map_err(|error| error.with_statement(&statement.text))?;
        let started = connection.start(bound.key, &bound.text, bound.values).await;
        started.map_err(|error| error.with_statement(&statement.text))?;
        drop(bound.text);
        Ok(Self { statement, stored: Vec::new(), batch_rows: batch_rows.max(1) })
    }

    /// Reads one batch.
    ///
    /// # Errors
    /// After an error the answer may not have been read to its end: the connection is busy then.
    pub(crate) async fn next(mut self, connection: &mut Connection) -> Result<Batch> {
        let rows = match self.statement.reach {
            Reach::Unique => 1,
            Reach::Limited | Reach::Unlimited => SMALLEST_BATCH.min(self.batch_rows),
        };
        let mut batch = RowBatch::with_capacity(self.statement.columns.len(), rows);
        let mut scratch = String::new();
        loop {
            match connection.rows().next().await {
                Ok(Some(row)) => self.push(&row, &mut batch, &mut scratch)?,
                Ok(None) => {
                    connection.end_work(Ok(()))?;
                    return Ok(Batch { rows: batch, reading: None });
                }
                Err(error) => {
                    let ended = connection.end_work::<()>(Err(error)).map(|()| batch);
                    let rows = ended.map_err(|error| error.with_statement(&self.statement.text))?;
                    return Ok(Batch { rows, reading: None });
                }
            }
            if batch.len() >= self.batch_rows || batch.byte_size() >= BATCH_BYTES {
                return Ok(Batch { rows: batch, reading: Some(self) });
            }
        }
    }

    fn push(&mut self, row: &mysql_async::Row, batch: &mut RowBatch, scratch: &mut String) -> Result<()> {
        if self.stored.is_empty() {
            self.stored = row.columns_ref().iter().map(Stored::of).collect();
        }
        let (found, wanted) = (self.stored.len(), batch.width());
        if found != wanted {
            let message = format!("the statement gives {found} columns, and {wanted} are expected of it");
            return Err(Error::query(message).with_statement(&self.statement.text));
        }
        let expected = Expected { types: &self.statement.columns, labels: &self.statement.labels };
        for (column, stored) in self.stored.iter().enumerate() {
            // A row has a value for each of its columns.
            let value = row.as_ref(column).unwrap_or(&mysql_async::Value::NULL);
            match decode(value, *stored, column, &expected, scratch) {
                Ok(cell) => batch.push(cell),
                Err(error) => {
                    batch.abandon_row();
                    return Err(error.with_statement(&self.statement.text));
                }
            }
        }
        batch.end_row();
        Ok(())
    }
}
