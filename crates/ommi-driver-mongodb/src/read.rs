//! Reading rows: raw documents of a cursor's batches become cells without anything in between.

use std::sync::Arc;

use mongodb::bson::raw::{CString, RawBsonRef, RawDocument, RawElement, RawIter};
use mongodb::raw_batch_cursor::{RawBatch, SessionRawBatchCursor};
use ommi_core::driver::{Params, Statement};
use ommi_core::plan::Reach;
use ommi_core::value::RowBatch;
use ommi_core::{Error, ErrorKind, Result};

use crate::command::Commands;
use crate::program::{Program, Read, Work};
use crate::value::decode;

/// A read that has begun: its cursor is open.
pub(crate) struct Reading {
    statement: Arc<Statement>,
    cursor: SessionRawBatchCursor,
}

/// What one step of a read gave.
pub(crate) struct Batch {
    /// Its rows.
    pub(crate) rows: RowBatch,
    /// The read, where more rows may follow.
    pub(crate) reading: Option<Reading>,
}

impl Reading {
    /// Starts a read and gives its first rows.
    pub(crate) async fn start(
        commands: &mut Commands<'_>,
        statement: Arc<Statement>,
        params: Params,
        batch_rows: usize,
    ) -> Result<Batch> {
        let text = statement.clone();
        let first = Self::first(commands, statement, &params, batch_rows).await;
        first.map_err(|error| error.with_statement(&text.text))
    }

    async fn first(
        commands: &mut Commands<'_>,
        statement: Arc<Statement>,
        params: &Params,
        batch_rows: usize,
    ) -> Result<Batch> {
        let program = Program::of(&statement)?;
        let read = read_of(program)?;
        // The protocol counts the rows of a batch with 31 bits.
        let batch_rows = batch_rows.clamp(1, i32::MAX as usize) as u32;
        let command = read.command(params, batch_rows)?;
        commands.note(&statement.text);
        commands.require(&program.collections).await?;
        let is_steady = match statement.reach {
            Reach::Unique => false,
            Reach::Limited | Reach::Unlimited => true,
        };
        let cursor = commands.open(command, batch_rows, is_steady).await?;
        let mut batch = Self { statement: statement.clone(), cursor }.step(commands).await?;
        if batch.rows.is_empty() && batch.reading.is_none() {
            commands.verify(&program.collections).await?;
            if let Some(cell) = read.otherwise {
                batch.rows = RowBatch::with_capacity(1, 1);
                batch.rows.push_row(&[cell]);
            }
        }
        Ok(batch)
    }

    /// Reads one batch more.
    pub(crate) async fn next(self, commands: &mut Commands<'_>) -> Result<Batch> {
        let statement = self.statement.clone();
        self.step(commands).await.map_err(|error| error.with_statement(&statement.text))
    }

    async fn step(mut self, commands: &mut Commands<'_>) -> Result<Batch> {
        let width = self.statement.columns.len();
        let Some(answer) = commands.next(&mut self.cursor).await? else {
            return Ok(Batch { rows: RowBatch::with_capacity(width, 0), reading: None });
        };
        let rows = rows_of(&answer, &self.statement)?;
        let is_last = is_last(&answer);
        Ok(Batch { rows, reading: (!is_last).then_some(self) })
    }
}

fn read_of(program: &Program) -> Result<&Read> {
    match &program.work {
        Work::Read(read) => Ok(read),
        Work::Update(_) | Work::Rekey(_) | Work::Delete(_) | Work::Insert(_) => {
            Err(Error::new(ErrorKind::Internal, "what writes cannot be read"))
        }
    }
}

/// Whether the server has closed the cursor.
pub(crate) fn is_last(answer: &RawBatch) -> bool {
    let cursor = answer.as_raw_document().get_document("cursor");
    cursor.and_then(|cursor| cursor.get_i64("id")).is_ok_and(|id| id == 0)
}

/// The documents of an answer.
pub(crate) fn documents(answer: &RawBatch) -> impl Iterator<Item = Result<&RawDocument>> {
    let (documents, failure) = match answer.doc_slices() {
        Ok(documents) => (Some(documents), None),
        Err(error) => (None, Some(Err(crate::error::translated(&error)))),
    };
    let documents = documents.into_iter().flatten().map(|document| match document {
        Ok(RawBsonRef::Document(document)) => Ok(document),
        Ok(_) | Err(_) => Err(unreadable()),
    });
    failure.into_iter().chain(documents)
}

fn unreadable() -> Error {
    Error::query("the server's answer cannot be read: a document in it is broken")
}

fn rows_of(answer: &RawBatch, statement: &Statement) -> Result<RowBatch> {
    let read = read_of(Program::of(statement)?)?;
    let mut batch = RowBatch::with_capacity(statement.columns.len(), 0);
    for document in documents(answer) {
        if let Err(error) = push_row(document?, &read.columns, statement, &mut batch) {
            batch.abandon_row();
            return Err(error);
        }
    }
    Ok(batch)
}

/// Pushes a document's row. Its fields stand in the columns' order nearly always: each column is expected where the one
/// before was found, and looked for in the whole document only where it is not there.
fn push_row(
    document: &RawDocument,
    columns: &[CString],
    statement: &Statement,
    batch: &mut RowBatch,
) -> Result<()> {
    let mut elements = document.iter_elements();
    let mut ahead = following(&mut elements)?;
    for (position, column) in columns.iter().enumerate() {
        let mut found = ahead.take_if(|element| element.key() == &**column);
        if found.is_none() {
            let mut others = document.iter_elements();
            while let Some(other) = following(&mut others)? {
                if other.key() == &**column {
                    (found, elements) = (Some(other), others);
                    break;
                }
            }
        }
        let value = match &found {
            Some(element) => element.value().map_err(|_| unreadable())?,
            None => RawBsonRef::Null,
        };
        decode(value, &statement.columns[position], &statement.labels[position], batch)?;
        if found.is_some() {
            ahead = following(&mut elements)?;
        }
    }
    batch.end_row();
    Ok(())
}

fn following<'d>(elements: &mut RawIter<'d>) -> Result<Option<RawElement<'d>>> {
    elements.next().transpose().map_err(|_| unreadable())
}
