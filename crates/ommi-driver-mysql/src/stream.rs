//! Rows as a stream, outside of a transaction and inside one. It reads a batch when it is asked for one, so that a slow
//! reader slows the server down and nothing piles up.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use ommi_core::driver::{FetchOptions, Params, Statement};
use ommi_core::value::RowBatch;
use ommi_core::{Error, Result};

use crate::core::Core;
use crate::held::Held;
use crate::operation::{Flight, Operation, stop_resting};
use crate::read::{Batch, Reading};
use crate::seat::{Feed, Seat, SharedSeat};

/// What is read.
struct Question {
    statement: Arc<Statement>,
    params: Params,
    batch_rows: usize,
}

/// How far the stream is.
enum Step {
    Begin(Question),
    /// A batch is being read.
    Busy(Operation<Batch>),
    /// Rows are left on a connection of the stream's own.
    Resting(Held, Reading),
    /// Rows are left on the connection of the transaction, or in memory.
    InTransaction,
    Done,
}

/// A stream of batches.
pub(crate) struct Batches {
    core: Arc<Core>,
    seat: Option<(Arc<SharedSeat>, Arc<Feed>)>,
    step: Step,
}

impl Batches {
    /// A read on a connection of its own.
    pub(crate) fn new(
        core: Arc<Core>,
        statement: Arc<Statement>,
        params: Params,
        options: FetchOptions,
    ) -> Self {
        let step = Step::Begin(Question { statement, params, batch_rows: options.batch_rows });
        Self { core, seat: None, step }
    }

    /// The same in a transaction.
    pub(crate) fn within(mut self, seat: Arc<SharedSeat>) -> Self {
        self.seat = Some((seat, Arc::default()));
        self
    }

    fn begin(&self, question: Question) -> Operation<Batch> {
        let seat = self.seat.clone();
        Operation::new(self.core.clone(), move |core, flight| async move {
            match seat {
                None => begin_on_loan(core, flight, question).await,
                Some((seat, _)) => begin_in_turn(core, flight, seat, question).await,
            }
        })
    }

    fn go_on(&self, mut held: Held, reading: Reading) -> Operation<Batch> {
        Operation::new(self.core.clone(), move |core, flight| async move {
            if let Err(error) = core.check_open() {
                return (Some(held), Err(error));
            }
            let Some(connection) = held.connection() else { return (None, Err(crate::error::over())) };
            flight.begin(connection.id());
            let batch = reading.next(connection).await;
            (Some(held), batch)
        })
    }

    /// Reads on in the transaction.
    fn go_on_in_turn(&self, seat: Arc<SharedSeat>, feed: Arc<Feed>) -> Operation<Batch> {
        Operation::new(self.core.clone(), move |core, flight| async move {
            let mut turn = seat.lock_owned().await;
            let Some(reading) = turn.take_back(&feed) else {
                // Something else was faster, and read it all into memory.
                return (None, Ok(Batch { rows: RowBatch::default(), reading: None }));
            };
            if let Err(error) = core.check_open() {
                return (Some(Held::Turn(turn)), Err(error));
            }
            let Some(connection) = turn.connection_if_open() else {
                return (None, Err(crate::error::over()));
            };
            flight.begin(connection.id());
            let batch = reading.next(connection).await;
            (Some(Held::Turn(turn)), batch)
        })
    }

    /// Takes in what an operation gave.
    fn conclude(&mut self, held: Option<Held>, batch: Result<Batch>) -> Option<Result<RowBatch>> {
        match (batch, held) {
            (Ok(Batch { rows, reading: Some(reading) }), Some(held)) => {
                self.step = match (held, &self.seat) {
                    (Held::Turn(mut turn), Some((_, feed))) => {
                        turn.leave(reading, feed.clone());
                        Step::InTransaction
                    }
                    (held, _) => Step::Resting(held, reading),
                };
                Some(Ok(rows))
            }
            (Ok(Batch { rows, .. }), _) => {
                self.step = Step::Done;
                (!rows.is_empty()).then_some(Ok(rows))
            }
            (Err(error), held) => {
                self.step = Step::Done;
                Some(Err(self.failed(error, held)))
            }
        }
    }

    /// An error ends the stream; in a transaction the rest of the answer must not stay on the connection.
    fn failed(&self, error: Error, held: Option<Held>) -> Error {
        match held {
            Some(Held::Turn(mut turn)) => {
                if turn.connection_if_open().is_some_and(|connection| connection.is_reading()) {
                    self.core.spawn(stop_resting(self.core.clone(), Held::Turn(turn)));
                    return self.core.explained(error);
                }
                let concluded = turn.concluded::<()>(Err(error));
                drop(turn);
                self.core.explained(concluded.err().unwrap_or_else(crate::error::over))
            }
            // A connection that is still busy is closed by the pool.
            Some(Held::Loan(_)) | None => self.core.explained(error),
        }
    }
}

async fn begin_on_loan(
    core: Arc<Core>,
    flight: Arc<Flight>,
    question: Question,
) -> (Option<Held>, Result<Batch>) {
    let mut loan = match core.loan("read").await {
        Ok(loan) => loan,
        Err(error) => return (None, Err(error)),
    };
    flight.begin(loan.id());
    loan.note(&question.statement.text);
    let Question { statement, params, batch_rows } = question;
    let batch = match Reading::start(&mut loan, statement, params, batch_rows).await {
        Ok(reading) => reading.next(&mut loan).await,
        Err(error) => Err(error),
    };
    (Some(Held::Loan(loan)), batch)
}

async fn begin_in_turn(
    core: Arc<Core>,
    flight: Arc<Flight>,
    seat: Arc<SharedSeat>,
    question: Question,
) -> (Option<Held>, Result<Batch>) {
    let mut turn = match Seat::turn(&core, seat, &flight).await {
        Ok(turn) => turn,
        Err(error) => return (None, Err(error)),
    };
    turn.note(&question.statement.text);
    let Question { statement, params, batch_rows } = question;
    let batch = match turn.connection() {
        Ok(connection) => match Reading::start(connection, statement, params, batch_rows).await {
            Ok(reading) => reading.next(connection).await,
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    (Some(Held::Turn(turn)), batch)
}

impl Stream for Batches {
    type Item = Result<RowBatch>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            match std::mem::replace(&mut this.step, Step::Done) {
                Step::Begin(question) => this.step = Step::Busy(this.begin(question)),
                Step::Resting(held, reading) => this.step = Step::Busy(this.go_on(held, reading)),
                Step::InTransaction => {
                    let Some((seat, feed)) = this.seat.clone() else { return Poll::Ready(None) };
                    match feed.take() {
                        Some(None) => return Poll::Ready(None),
                        Some(Some(batch)) => {
                            this.step = if batch.is_ok() { Step::InTransaction } else { Step::Done };
                            return Poll::Ready(Some(batch));
                        }
                        None => this.step = Step::Busy(this.go_on_in_turn(seat, feed)),
                    }
                }
                Step::Busy(mut operation) => {
                    let (held, batch) = match Pin::new(&mut operation).poll(context) {
                        Poll::Ready(outcome) => outcome,
                        Poll::Pending => {
                            this.step = Step::Busy(operation);
                            return Poll::Pending;
                        }
                    };
                    let was_left = held.is_none() && batch.is_ok();
                    if was_left && this.seat.is_some() {
                        this.step = Step::InTransaction;
                        continue;
                    }
                    return Poll::Ready(this.conclude(held, batch));
                }
                Step::Done => return Poll::Ready(None),
            }
        }
    }
}

impl Drop for Batches {
    /// A read that rests is stopped; one that is under way stops itself.
    fn drop(&mut self) {
        match std::mem::replace(&mut self.step, Step::Done) {
            Step::Resting(held, _) => self.core.spawn(stop_resting(self.core.clone(), held)),
            Step::InTransaction => {
                let Some((seat, feed)) = self.seat.take() else { return };
                // Where another operation has its turn, it throws the rows away itself.
                let Ok(mut turn) = seat.try_lock_owned() else { return };
                if turn.take_back(&feed).is_some() {
                    self.core.spawn(stop_resting(self.core.clone(), Held::Turn(turn)));
                }
            }
            Step::Begin(_) | Step::Busy(_) | Step::Done => {}
        }
    }
}
