//! `Rows`: a stream of what rows become.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use ommi_core::driver::{BoxFuture, RowStream};
use ommi_core::query::{Operation, Query};
use ommi_core::value::RowBatch;
use ommi_core::{Error, Result};
use ommi_engine::Session;

use super::Reader;
use super::fetch::{hydrate, options};

/// Rows as they are read, a batch in memory at a time: [`Find::stream`](super::Find::stream).
///
/// It is a [`Stream`]; [`next`](Self::next) spares the import of an extension trait. After an error it ends.
#[must_use = "a stream does nothing until its rows are asked for"]
pub struct Rows<R: Reader> {
    state: State<R>,
    /// Rows that were read and not handed out.
    ready: VecDeque<R::Item>,
    /// What has to be loaded before they are.
    loads: Vec<BoxFuture<Result<()>>>,
}

enum State<R> {
    Reading {
        session: Session,
        batches: RowStream,
        reader: R,
    },
    /// An error to be told, or nothing more.
    Over(Option<Error>),
}

impl<R: Reader> Rows<R> {
    pub(crate) fn new(session: &Session, query: Query, reader: R, batch_rows: Option<usize>) -> Self {
        let batches = session.fetch(Operation::Fetch(query), options(batch_rows));
        Self::in_state(State::Reading { session: session.clone(), batches, reader })
    }

    pub(crate) fn failed(error: Error) -> Self {
        Self::in_state(State::Over(Some(error)))
    }

    fn in_state(state: State<R>) -> Self {
        Self { state, ready: VecDeque::new(), loads: Vec::new() }
    }

    /// The next row; `None` after the last one.
    pub async fn next(&mut self) -> Option<Result<R::Item>> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<R::Item>>> {
        loop {
            while let Some(load) = self.loads.last_mut() {
                let outcome = ready!(load.as_mut().poll(context));
                self.loads.pop();
                if let Err(error) = outcome {
                    return self.fail(error);
                }
            }
            if let Some(row) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(row)));
            }
            let batch = match &mut self.state {
                State::Over(error) => return Poll::Ready(error.take().map(Err)),
                State::Reading { batches, .. } => ready!(batches.as_mut().poll_next(context)),
            };
            match batch {
                None => {
                    self.state = State::Over(None);
                    return Poll::Ready(None);
                }
                Some(batch) => {
                    if let Err(error) = batch.and_then(|batch| self.take(&batch)) {
                        return self.fail(error);
                    }
                }
            }
        }
    }

    fn take(&mut self, batch: &RowBatch) -> Result<()> {
        if let State::Reading { session, reader, .. } = &self.state {
            let mut rows = Vec::new();
            let shared = hydrate(reader, batch, &mut rows)?;
            self.loads = reader.eager(&shared, session);
            self.ready = rows.into();
        }
        Ok(())
    }

    fn fail(&mut self, error: Error) -> Poll<Option<Result<R::Item>>> {
        self.state = State::Over(None);
        self.ready.clear();
        self.loads.clear();
        Poll::Ready(Some(Err(error)))
    }
}

// Nothing in it is pinned in place: streams and futures are boxed.
impl<R: Reader> Unpin for Rows<R> {}

impl<R: Reader> Stream for Rows<R> {
    type Item = Result<R::Item>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(context)
    }
}

impl<R: Reader> fmt::Debug for Rows<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("ready", &self.ready.len()).finish_non_exhaustive()
    }
}
