//! Rows as a stream, outside of a transaction and inside one. It reads a batch when it is asked for one, so that a slow
//! reader slows the server down and nothing piles up.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use ommi_core::Result;
use ommi_core::driver::{FetchOptions, Params, Statement};
use ommi_core::value::RowBatch;

use crate::command::{Commands, Place};
use crate::hub::Hub;
use crate::read::{Batch, Reading};
use crate::seat::{Effect, Feed, Seat, SharedSeat};
use crate::session::Own;
use crate::task::{Flight, Held, Operation};

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
    /// Rows are left for a cursor in a session of the stream's own; the cursor goes before its session.
    Resting(Box<Reading>, Own),
    /// Rows are left in the transaction, or in memory.
    InTransaction,
    Done,
}

/// A stream of batches.
pub(crate) struct Batches {
    hub: Arc<Hub>,
    seat: Option<(Arc<SharedSeat>, Arc<Feed>)>,
    step: Step,
}

impl Batches {
    /// A read in a session of its own.
    pub(crate) fn new(
        hub: Arc<Hub>,
        statement: Arc<Statement>,
        params: Params,
        options: FetchOptions,
    ) -> Self {
        let step = Step::Begin(Question { statement, params, batch_rows: options.batch_rows });
        Self { hub, seat: None, step }
    }

    /// The same in a transaction.
    pub(crate) fn within(mut self, seat: Arc<SharedSeat>) -> Self {
        self.seat = Some((seat, Arc::default()));
        self
    }

    fn begin(&self, question: Question) -> Operation<Batch> {
        let seat = self.seat.clone();
        Operation::new(self.hub.clone(), move |hub, flight| async move {
            match seat {
                None => begin_alone(hub, flight, question).await,
                Some((seat, _)) => begin_in_turn(hub, flight, seat, question).await,
            }
        })
    }

    fn go_on(&self, reading: Reading, mut own: Own) -> Operation<Batch> {
        Operation::new(self.hub.clone(), move |hub, flight| async move {
            if let Err(error) = hub.check_open() {
                return (Some(Held::Own(own)), Err(error));
            }
            flight.begin(own.id());
            let batch = reading.next(&mut Commands::new(&hub, &mut own, &flight, Place::Alone)).await;
            (Some(Held::Own(own)), batch)
        })
    }

    /// Reads on in the transaction.
    fn go_on_in_turn(&self, seat: Arc<SharedSeat>, feed: Arc<Feed>) -> Operation<Batch> {
        Operation::new(self.hub.clone(), move |hub, flight| async move {
            let mut turn = match Seat::turn(&hub, seat, &flight, Effect::None).await {
                Ok(turn) => turn,
                Err(error) => return (None, Err(error)),
            };
            let Some(reading) = turn.take_back(&feed) else {
                // Something else was faster, and read it all into memory.
                return (None, Ok(Batch { rows: RowBatch::default(), reading: None }));
            };
            let (batch, has_failed) = match turn.commands(&hub, &flight) {
                Ok(mut commands) => (reading.next(&mut commands).await, commands.has_failed()),
                Err(error) => (Err(error), false),
            };
            turn.concluded(&batch, has_failed);
            (Some(Held::Turn(turn)), batch)
        })
    }

    /// Takes in what an operation gave.
    fn conclude(&mut self, held: Option<Held>, batch: Result<Batch>) -> Option<Result<RowBatch>> {
        match (batch, held) {
            (Ok(Batch { rows, reading: Some(reading) }), Some(held)) => {
                self.step = match (held, &self.seat) {
                    (Held::Own(own), _) => Step::Resting(Box::new(reading), own),
                    (Held::Turn(mut turn), Some((_, feed))) => {
                        turn.leave(reading, feed.clone());
                        Step::InTransaction
                    }
                    (Held::Turn(_), None) => Step::Done,
                };
                Some(Ok(rows))
            }
            (Ok(Batch { rows, .. }), _) => {
                self.step = Step::Done;
                (!rows.is_empty()).then_some(Ok(rows))
            }
            (Err(error), _) => {
                self.step = Step::Done;
                Some(Err(self.hub.explained(error)))
            }
        }
    }
}

async fn begin_alone(
    hub: Arc<Hub>,
    flight: Arc<Flight>,
    question: Question,
) -> (Option<Held>, Result<Batch>) {
    let mut own = match hub.own("read").await {
        Ok(own) => own,
        Err(error) => return (None, Err(error)),
    };
    flight.begin(own.id());
    let Question { statement, params, batch_rows } = question;
    let mut commands = Commands::new(&hub, &mut own, &flight, Place::Alone);
    let batch = Reading::start(&mut commands, statement, params, batch_rows).await;
    (Some(Held::Own(own)), batch)
}

async fn begin_in_turn(
    hub: Arc<Hub>,
    flight: Arc<Flight>,
    seat: Arc<SharedSeat>,
    question: Question,
) -> (Option<Held>, Result<Batch>) {
    let mut turn = match Seat::turn(&hub, seat, &flight, Effect::None).await {
        Ok(turn) => turn,
        Err(error) => return (None, Err(error)),
    };
    let Question { statement, params, batch_rows } = question;
    let (batch, has_failed) = match turn.commands(&hub, &flight) {
        Ok(mut commands) => {
            let batch = Reading::start(&mut commands, statement, params, batch_rows).await;
            (batch, commands.has_failed())
        }
        Err(error) => (Err(error), false),
    };
    turn.concluded(&batch, has_failed);
    (Some(Held::Turn(turn)), batch)
}

impl Stream for Batches {
    type Item = Result<RowBatch>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            match std::mem::replace(&mut this.step, Step::Done) {
                Step::Begin(question) => this.step = Step::Busy(this.begin(question)),
                Step::Resting(reading, own) => this.step = Step::Busy(this.go_on(*reading, own)),
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
    /// A cursor in a transaction is closed, unless another operation has its turn and does it itself. Everything else
    /// ends as it is dropped.
    fn drop(&mut self) {
        if let (Step::InTransaction, Some((seat, feed))) = (&self.step, &self.seat)
            && let Ok(mut turn) = seat.try_lock()
        {
            drop(turn.take_back(feed));
        }
    }
}
