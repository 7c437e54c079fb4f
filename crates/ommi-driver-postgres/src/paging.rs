//! Streams inside a transaction: a cursor on the server for each, which rests between pages while the transaction
//! does other things.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::{FutureExt, future};
use ommi_core::Result;
use ommi_core::driver::{Param, Statement};
use ommi_core::value::RowBatch;
use tokio_postgres::types::Type;

use crate::commands::Commands;
use crate::connection::Connection;
use crate::error;
use crate::rows::{Rows, bound};
use crate::session::Command;
use crate::statement::Part;
use crate::task::{Caller, Reply, Stage, Tasks};

/// A first page has at most so many rows: nobody knows yet how large they are.
const FIRST: usize = 256;

/// A page has about so many bytes.
const PAGE_BYTES: usize = 1 << 20;

/// Rows that were read, and where the rest of them is.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) batches: VecDeque<RowBatch>,
    pub(crate) cursor: Option<u32>,
}

/// The open cursors of a transaction. A number that is free is taken again, so that few statements are prepared.
#[derive(Default)]
pub(crate) struct Cursors(HashMap<u32, Cursor>);

struct Cursor {
    statement: Arc<Statement>,
    /// How many savepoints there were when it was opened.
    depth: usize,
    /// How many rows make a page.
    page: usize,
    /// Whether the server has it.
    is_open: bool,
}

impl Cursors {
    /// Takes a number for a cursor that is about to be opened.
    pub(crate) fn reserve(&mut self, statement: &Arc<Statement>, depth: usize) -> u32 {
        let number = (0..).find(|number| !self.0.contains_key(number)).unwrap_or_default();
        let cursor = Cursor { statement: statement.clone(), depth, page: FIRST, is_open: false };
        self.0.insert(number, cursor);
        number
    }

    /// What a cursor reads, and how many rows at once; nothing where it is gone.
    pub(crate) fn ask(&mut self, number: u32, rows: usize) -> Option<(Arc<Statement>, usize)> {
        let cursor = self.0.get(&number)?;
        Some((cursor.statement.clone(), cursor.page.min(rows).max(1)))
    }

    /// Notes what a cursor gave: where that was not all that was asked for, it is at its end and closed.
    pub(crate) fn settle(
        &mut self,
        connection: &Connection,
        number: u32,
        outcome: Result<(Page, usize)>,
    ) -> Result<Page> {
        let (mut page, asked) = match outcome {
            Ok(read) => read,
            Err(error) => {
                self.close(connection, number);
                return Err(error);
            }
        };
        let rows: usize = page.batches.iter().map(RowBatch::len).sum();
        if let Some(cursor) = self.0.get_mut(&number) {
            cursor.is_open = true;
            let bytes: usize = page.batches.iter().map(RowBatch::byte_size).sum();
            cursor.page = (PAGE_BYTES / (bytes / rows.max(1)).max(1)).clamp(1, 1 << 16);
            page.cursor = Some(number);
        }
        if rows < asked {
            page.cursor = None;
            self.close(connection, number);
        }
        Ok(page)
    }

    /// Closes a cursor. Nobody waits for the answer, which comes before that of whatever follows.
    pub(crate) fn close(&mut self, connection: &Connection, number: u32) {
        // One that failed to open is not there: closing it would end the transaction.
        if self.0.remove(&number).is_some_and(|cursor| cursor.is_open) {
            drop(connection.command(&format!("CLOSE {}", name(number))).now_or_never());
        }
    }

    /// The savepoint at `position` was rolled back to: the server dropped what was opened since.
    pub(crate) fn undo(&mut self, position: usize) {
        self.0.retain(|_, cursor| cursor.depth <= position);
    }

    /// The savepoint at `position` was released: what was opened since belongs to what is around it.
    pub(crate) fn merge(&mut self, position: usize) {
        self.0.values_mut().for_each(|cursor| cursor.depth = cursor.depth.min(position));
    }
}

fn name(number: u32) -> String {
    format!("ommi_cursor_{number}")
}

/// Opens a cursor and reads its first page, both sent at once.
pub(crate) async fn open(
    connection: &Connection,
    number: u32,
    statement: &Arc<Statement>,
    params: &[Param],
    rows: usize,
) -> Result<(Page, usize)> {
    let text = format!("DECLARE {} NO SCROLL CURSOR FOR {}", name(number), statement.text);
    let values = bound(statement, params)?;
    let prepared = connection.prepared(statement.id(), Part::Cursor(number), &text, &[], true).await?;
    let open = async {
        let opened = connection.execute(&prepared, &text, values.iter().copied()).await;
        opened.map_err(|failure| error::of(failure).with_statement(&text))
    };
    let (opened, page) = future::join(open, read(connection, number, statement, FIRST.min(rows))).await;
    opened?;
    page
}

/// Reads so many further rows.
pub(crate) async fn read(
    connection: &Connection,
    number: u32,
    statement: &Arc<Statement>,
    rows: usize,
) -> Result<(Page, usize)> {
    let text = format!("FETCH FORWARD {rows} FROM {}", name(number));
    let none: [(i64, Type); 0] = [];
    let stream = connection.client.query_typed_raw(&text, none).await;
    let stream = stream.map_err(|failure| error::of(failure).with_statement(&statement.text))?;
    let (batches, _) = Rows::untyped(stream).collect(rows, statement).await?;
    Ok((Page { batches, cursor: None }, rows))
}

/// The batches of a read inside a transaction.
pub(crate) struct Pages {
    asked: Option<Reply<Page>>,
    failed: Option<ommi_core::Error>,
    ready: VecDeque<RowBatch>,
    cursor: Option<u32>,
    rows: usize,
    commands: Commands,
    tasks: Arc<Tasks>,
}

impl Pages {
    pub(crate) fn new(
        first: Result<Reply<Page>>,
        rows: usize,
        commands: Commands,
        tasks: Arc<Tasks>,
    ) -> Self {
        let (asked, failed) = match first {
            Ok(reply) => (Some(reply), None),
            Err(error) => (None, Some(error)),
        };
        Self { asked, failed, ready: VecDeque::new(), cursor: None, rows, commands, tasks }
    }

    /// Asks for the next page, where there may be one.
    fn ask(&mut self) -> bool {
        let Some(cursor) = self.cursor.take() else { return false };
        let (caller, waiting) = Caller::new(&self.tasks, Stage::Closing);
        let (reply, asked) = Reply::new(&self.tasks, Some(waiting));
        let command = Command::Next { cursor, rows: self.rows, reply, caller };
        if self.commands.send(command) {
            self.asked = Some(asked);
        } else {
            let is_open = self.tasks.stage() == Stage::Open;
            self.failed = Some(if is_open { error::over() } else { error::closed() });
        }
        true
    }
}

impl Stream for Pages {
    type Item = Result<RowBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<RowBatch>>> {
        loop {
            if let Some(batch) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(batch)));
            }
            if let Some(error) = self.failed.take() {
                return Poll::Ready(Some(Err(error)));
            }
            let Some(asked) = &mut self.asked else {
                if self.ask() {
                    continue;
                }
                return Poll::Ready(None);
            };
            let page = ready!(Pin::new(asked).poll(cx));
            self.asked = None;
            match page {
                Ok(page) => (self.ready, self.cursor) = (page.batches, page.cursor),
                Err(error) => self.failed = Some(error),
            }
        }
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        if let Some(cursor) = self.cursor {
            // Where the transaction is over, so is its cursor.
            self.commands.send(Command::Close { cursor });
        }
    }
}
