//! Where the batches of a stream come from: a connection of the stream's own, or that of a transaction.

use std::sync::Arc;

use ommi_core::driver::{FetchOptions, Params, Statement};
use ommi_core::value::RowBatch;
use ommi_core::{Error, Result};
use ommi_net::batches::{Batches, Feed, Read};

use crate::core::Core;
use crate::held::Held;
use crate::operation::{Flight, Operation, stop_resting};
use crate::read::{Batch, Reading};
use crate::seat::{Seat, SharedSeat};

/// What is read.
pub(crate) struct Question {
    statement: Arc<Statement>,
    params: Params,
    batch_rows: usize,
}

/// What reads it.
pub(crate) struct Source {
    core: Arc<Core>,
    /// The transaction's, and where rows go that something else has to read.
    seat: Option<(Arc<SharedSeat>, Arc<Feed>)>,
}

/// The rows of a statement, read on a connection of the stream's own or in a transaction.
pub(crate) fn batches(
    core: Arc<Core>,
    seat: Option<Arc<SharedSeat>>,
    statement: Arc<Statement>,
    params: Params,
    options: FetchOptions,
) -> Batches<Source> {
    let seat = seat.map(|seat| (seat, Arc::default()));
    let question = Question { statement, params, batch_rows: options.batch_rows };
    Batches::new(Source { core, seat }, question)
}

impl ommi_net::batches::Source for Source {
    type Question = Question;
    type Rest = (Held, Reading);
    type Reading = Operation<Batch>;

    fn begin(&self, question: Question) -> Operation<Batch> {
        let seat = self.seat.clone();
        Operation::new(self.core.clone(), move |core, flight| async move {
            match seat {
                None => begin_on_loan(core, flight, question).await,
                Some((seat, _)) => begin_in_turn(core, flight, seat, question).await,
            }
        })
    }

    fn go_on(&self, (mut held, reading): (Held, Reading)) -> Operation<Batch> {
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

    fn go_on_in_turn(&self) -> Operation<Batch> {
        let seat = self.seat.clone();
        Operation::new(self.core.clone(), move |core, flight| async move {
            let Some((seat, feed)) = seat else { return (None, Err(crate::error::over())) };
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

    fn conclude(&self, (held, batch): (Option<Held>, Result<Batch>)) -> Read<(Held, Reading)> {
        match (batch, held, &self.seat) {
            (Ok(Batch { rows, reading: Some(reading) }), Some(Held::Turn(mut turn)), Some((_, feed))) => {
                turn.leave(reading, feed.clone());
                Read::SomeInTurn(rows)
            }
            (Ok(Batch { rows, reading: Some(reading) }), Some(held), _) => Read::Some(rows, (held, reading)),
            (Ok(_), None, Some(_)) => Read::Elsewhere,
            (Ok(Batch { rows, .. }), _, _) => Read::Last(rows),
            (Err(error), held, _) => Read::Failed(self.failed(error, held)),
        }
    }

    fn feed(&self) -> Option<&Feed> {
        self.seat.as_ref().map(|(_, feed)| &**feed)
    }

    fn stop(&self, (held, _): (Held, Reading)) {
        self.core.spawn(stop_resting(self.core.clone(), held));
    }

    fn stop_in_turn(&self) {
        let Some((seat, feed)) = &self.seat else { return };
        // Where another operation has its turn, it throws the rows away itself.
        let Ok(mut turn) = seat.clone().try_lock_owned() else { return };
        if turn.take_back(feed).is_some() {
            self.core.spawn(stop_resting(self.core.clone(), Held::Turn(turn)));
        }
    }
}

impl Source {
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
