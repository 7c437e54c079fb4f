//! Rows as a stream of batches, outside of a transaction and inside one. A batch is read when it is asked for, so that a
//! slow reader slows the server down and nothing piles up. How a batch is read is the driver's [`Source`].

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use ommi_core::value::RowBatch;
use ommi_core::{Error, Result};
use parking_lot::Mutex;

/// Where batches come from.
pub trait Source: Send + Unpin + 'static {
    /// What is asked of the server, before it is.
    type Question: Send + Unpin;
    /// What holds the rest of an answer between two batches, outside of a transaction.
    type Rest: Send + Unpin;
    /// The reading of one batch.
    type Reading: Future + Send + Unpin;

    /// Asks the question, and reads the first batch.
    fn begin(&self, question: Self::Question) -> Self::Reading;

    /// Reads the next batch.
    fn go_on(&self, rest: Self::Rest) -> Self::Reading;

    /// Reads the next batch of what was left in the transaction.
    fn go_on_in_turn(&self) -> Self::Reading;

    /// What a reading came to. What it says to be left in the transaction was left there by it.
    fn conclude(&self, read: <Self::Reading as Future>::Output) -> Read<Self::Rest>;

    /// Where rows are that something else in the transaction had to read; nothing outside of one.
    fn feed(&self) -> Option<&Feed>;

    /// Stops a read whose rest nobody wants.
    fn stop(&self, rest: Self::Rest);

    /// The same for what was left in the transaction.
    fn stop_in_turn(&self);
}

/// What the reading of a batch came to.
#[derive(Debug)]
pub enum Read<R> {
    /// The last rows, if any.
    Last(RowBatch),
    /// Rows, and more of them are left outside of a transaction.
    Some(RowBatch, R),
    /// Rows, and more of them are left in the transaction.
    SomeInTurn(RowBatch),
    /// Nothing: something else in the transaction read the rest into the [`Feed`] first.
    Elsewhere,
    /// An error, which ends the stream.
    Failed(Error),
}

/// Rows of a stream in a transaction that were read into memory because something else had to run.
#[derive(Debug, Default)]
pub struct Feed {
    state: Mutex<Fed>,
}

#[derive(Debug, Default)]
struct Fed {
    batches: VecDeque<Result<RowBatch>>,
    is_finished: bool,
}

impl Feed {
    /// Adds a batch, or the error that is in its place.
    pub fn push(&self, batch: Result<RowBatch>) {
        self.state.lock().batches.push_back(batch);
    }

    /// No more follows.
    pub fn finish(&self) {
        self.state.lock().is_finished = true;
    }

    /// The next batch, or the end; `None` where the stream has to read on by itself.
    fn take(&self) -> Option<Option<Result<RowBatch>>> {
        let mut state = self.state.lock();
        match state.batches.pop_front() {
            Some(batch) => Some(Some(batch)),
            None if state.is_finished => Some(None),
            None => None,
        }
    }
}

/// How far the stream is.
enum Step<S: Source> {
    Begin(S::Question),
    /// A batch is being read.
    Busy(S::Reading),
    /// Rows are left outside of a transaction.
    Resting(S::Rest),
    /// Rows are left in the transaction, or in memory.
    InTransaction,
    Done,
}

/// A stream of batches. It ends with its first error.
pub struct Batches<S: Source> {
    source: S,
    step: Step<S>,
}

impl<S: Source> Batches<S> {
    /// A stream that has asked nothing yet.
    pub fn new(source: S, question: S::Question) -> Self {
        Self { source, step: Step::Begin(question) }
    }

    /// Takes in what a reading came to: what is given out, unless it has to be looked for elsewhere.
    fn conclude(&mut self, read: Read<S::Rest>) -> Option<Option<Result<RowBatch>>> {
        let (step, item) = match read {
            Read::Last(rows) => (Step::Done, Some((!rows.is_empty()).then_some(Ok(rows)))),
            Read::Some(rows, rest) => (Step::Resting(rest), Some(Some(Ok(rows)))),
            Read::SomeInTurn(rows) => (Step::InTransaction, Some(Some(Ok(rows)))),
            Read::Elsewhere => (Step::InTransaction, None),
            Read::Failed(error) => (Step::Done, Some(Some(Err(error)))),
        };
        self.step = step;
        item
    }
}

impl<S: Source> Stream for Batches<S> {
    type Item = Result<RowBatch>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            match std::mem::replace(&mut this.step, Step::Done) {
                Step::Begin(question) => this.step = Step::Busy(this.source.begin(question)),
                Step::Resting(rest) => this.step = Step::Busy(this.source.go_on(rest)),
                Step::InTransaction => match this.source.feed().and_then(Feed::take) {
                    Some(None) => return Poll::Ready(None),
                    Some(Some(batch)) => {
                        this.step = if batch.is_ok() { Step::InTransaction } else { Step::Done };
                        return Poll::Ready(Some(batch));
                    }
                    None => this.step = Step::Busy(this.source.go_on_in_turn()),
                },
                Step::Busy(mut reading) => match Pin::new(&mut reading).poll(context) {
                    Poll::Ready(output) => {
                        let read = this.source.conclude(output);
                        if let Some(item) = this.conclude(read) {
                            return Poll::Ready(item);
                        }
                    }
                    Poll::Pending => {
                        this.step = Step::Busy(reading);
                        return Poll::Pending;
                    }
                },
                Step::Done => return Poll::Ready(None),
            }
        }
    }
}

impl<S: Source> Drop for Batches<S> {
    /// A read that rests is stopped; one that is under way stops itself.
    fn drop(&mut self) {
        match std::mem::replace(&mut self.step, Step::Done) {
            Step::Resting(rest) => self.source.stop(rest),
            Step::InTransaction => self.source.stop_in_turn(),
            Step::Begin(_) | Step::Busy(_) | Step::Done => {}
        }
    }
}

impl<S: Source> fmt::Debug for Batches<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match self.step {
            Step::Begin(_) => "begin",
            Step::Busy(_) => "busy",
            Step::Resting(_) => "resting",
            Step::InTransaction => "in transaction",
            Step::Done => "done",
        };
        f.debug_struct("Batches").field("step", &step).finish_non_exhaustive()
    }
}
