//! Rows on their way from the server into batches, without an allocation for a cell.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::StreamExt;
use ommi_core::driver::{Param, Statement};
use ommi_core::plan::ParamType;
use ommi_core::value::{Cell, RowBatch};
use ommi_core::{Error, Result};
use ommi_sql::postgres::array_item;
use tokio_postgres::{Row, RowStream};

use crate::error::{self, internal};
use crate::statement::{Compiled, Prepared};
use crate::value::{Bound, Item, Raw, Scratch, unreadable};

/// So many values fit into one message.
const MOST_VALUES: usize = 65_535;

/// A batch is full with so many bytes, however few rows that are.
const BATCH_BYTES: usize = 1 << 20;

/// The values of a statement's placeholders, in their order.
///
/// # Errors
/// `Validation` where there are more than a statement takes, `Internal` where one is missing.
pub(crate) fn bound<'a>(statement: &'a Statement, params: &'a [Param]) -> Result<Vec<Bound<'a>>> {
    if statement.binds.len() > MOST_VALUES {
        let message = format!(
            "the operation has {} values and PostgreSQL takes {MOST_VALUES} in one statement: use in_ for many values",
            statement.binds.len()
        );
        return Err(Error::validation(message));
    }
    let types =
        Compiled::of(statement).map(|compiled| compiled.details.params.as_slice()).unwrap_or_default();
    let bind = |bind: &ommi_core::driver::Bind| {
        let param = params
            .get(bind.param)
            .ok_or_else(|| internal(format!("a statement lacks its parameter {}", bind.param)))?;
        let literals = match types.get(bind.param) {
            Some(ParamType::List(list)) => array_item(list).and_then(Item::of_field),
            Some(ParamType::Scalar(_)) | None => None,
        };
        Ok(Bound { param, transform: bind.transform, literals })
    };
    statement.binds.iter().map(bind).collect()
}

/// The rows of a running statement.
pub(crate) struct Rows {
    stream: Pin<Box<RowStream>>,
    /// How the columns are read; without it, the first row tells.
    prepared: Option<Arc<Prepared>>,
    scratch: Scratch,
    pub(crate) bytes: usize,
}

/// How far a batch was filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filled {
    /// There may be more rows.
    Full,
    /// That was the last row.
    Last,
}

impl Rows {
    pub(crate) fn new(stream: RowStream, prepared: Arc<Prepared>) -> Self {
        Self { stream: Box::pin(stream), prepared: Some(prepared), scratch: Scratch::default(), bytes: 0 }
    }

    /// The rows of a statement that was not prepared.
    pub(crate) fn untyped(stream: RowStream) -> Self {
        Self { stream: Box::pin(stream), prepared: None, scratch: Scratch::default(), bytes: 0 }
    }

    /// Adds rows to a batch until it has so many, or there is none left.
    pub(crate) async fn fill(
        &mut self,
        batch: &mut RowBatch,
        rows: usize,
        statement: &Statement,
    ) -> Result<Filled> {
        let bytes = batch.byte_size();
        while batch.len() < rows {
            let Some(row) = self.stream.next().await else {
                return Ok(Filled::Last);
            };
            let row = row.map_err(|error| error::of(error).with_statement(&statement.text))?;
            self.bytes += row.raw_size_bytes();
            self.push(&row, batch, statement)?;
            if batch.byte_size() - bytes > BATCH_BYTES {
                break;
            }
        }
        Ok(Filled::Full)
    }

    /// All rows, in batches.
    pub(crate) async fn collect(
        mut self,
        rows: usize,
        statement: &Statement,
    ) -> Result<(VecDeque<RowBatch>, usize)> {
        let mut batches = VecDeque::with_capacity(1);
        loop {
            let mut batch = RowBatch::with_capacity(statement.columns.len(), 1);
            match self.fill(&mut batch, rows.max(1), statement).await? {
                Filled::Full => batches.push_back(batch),
                Filled::Last => {
                    if !batch.is_empty() {
                        batches.push_back(batch);
                    }
                    return Ok((batches, self.bytes));
                }
            }
        }
    }

    fn push(&mut self, row: &Row, batch: &mut RowBatch, statement: &Statement) -> Result<()> {
        let prepared = self
            .prepared
            .get_or_insert_with(|| Arc::new(Prepared::of_columns(row.columns(), &statement.columns)));
        if prepared.readers.len() != batch.width() {
            return Err(other_width(prepared.readers.len(), statement));
        }
        for (column, reader) in prepared.readers.iter().enumerate() {
            let raw: Raw<'_> = row.try_get(column).map_err(error::of)?;
            match raw.0 {
                None => batch.push(Cell::Null),
                Some(raw) => match reader.read(raw, &mut self.scratch) {
                    Some(cell) => batch.push(cell),
                    None => {
                        batch.abandon_row();
                        return Err(refused(prepared, column, statement));
                    }
                },
            }
        }
        batch.end_row();
        Ok(())
    }
}

/// A statement of a program's own gives another number of columns than the program says.
#[cold]
fn other_width(found: usize, statement: &Statement) -> Error {
    let expected = statement.columns.len();
    Error::query(format!("the statement gives {found} columns, and {expected} are expected of it"))
        .with_statement(&statement.text)
}

#[cold]
fn refused(prepared: &Prepared, column: usize, statement: &Statement) -> Error {
    let (ty, reader) = (&prepared.types[column], &prepared.readers[column]);
    unreadable(column, &statement.labels, &statement.columns, ty, reader).with_statement(&statement.text)
}
