//! Where the batches of a stream come from: a session of the stream's own, or that of a transaction.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::driver::{FetchOptions, Params, Statement};
use ommi_core::value::RowBatch;
use ommi_net::batches::{Batches, Feed, Read};

use crate::command::{Commands, Place};
use crate::hub::Hub;
use crate::read::{Batch, Reading};
use crate::seat::{Effect, Seat, SharedSeat};
use crate::session::Own;
use crate::task::{Flight, Held, Operation};

/// What is read.
pub(crate) struct Question {
    statement: Arc<Statement>,
    params: Params,
    batch_rows: usize,
}

/// What reads it.
pub(crate) struct Source {
    hub: Arc<Hub>,
    /// The transaction's, and where rows go that something else has to read.
    seat: Option<(Arc<SharedSeat>, Arc<Feed>)>,
}

/// A cursor in a session of the stream's own; the cursor goes before its session.
type Rest = (Box<Reading>, Own);

/// The rows of a statement, read in a session of the stream's own or in a transaction.
pub(crate) fn batches(
    hub: Arc<Hub>,
    seat: Option<Arc<SharedSeat>>,
    statement: Arc<Statement>,
    params: Params,
    options: FetchOptions,
) -> Batches<Source> {
    let seat = seat.map(|seat| (seat, Arc::default()));
    let question = Question { statement, params, batch_rows: options.batch_rows };
    Batches::new(Source { hub, seat }, question)
}

impl ommi_net::batches::Source for Source {
    type Question = Question;
    type Rest = Rest;
    type Reading = Operation<Batch>;

    fn begin(&self, question: Question) -> Operation<Batch> {
        let seat = self.seat.clone();
        Operation::new(self.hub.clone(), move |hub, flight| async move {
            match seat {
                None => begin_alone(hub, flight, question).await,
                Some((seat, _)) => begin_in_turn(hub, flight, seat, question).await,
            }
        })
    }

    fn go_on(&self, (reading, mut own): Rest) -> Operation<Batch> {
        Operation::new(self.hub.clone(), move |hub, flight| async move {
            if let Err(error) = hub.check_open() {
                return (Some(Held::Own(own)), Err(error));
            }
            flight.begin(own.id());
            let batch = reading.next(&mut Commands::new(&hub, &mut own, &flight, Place::Alone)).await;
            (Some(Held::Own(own)), batch)
        })
    }

    fn go_on_in_turn(&self) -> Operation<Batch> {
        let seat = self.seat.clone();
        Operation::new(self.hub.clone(), move |hub, flight| async move {
            let Some((seat, feed)) = seat else { return (None, Err(crate::error::over())) };
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

    fn conclude(&self, (held, batch): (Option<Held>, Result<Batch>)) -> Read<Rest> {
        match (batch, held, &self.seat) {
            (Ok(Batch { rows, reading: Some(reading) }), Some(Held::Own(own)), _) => {
                Read::Some(rows, (Box::new(reading), own))
            }
            (Ok(Batch { rows, reading: Some(reading) }), Some(Held::Turn(mut turn)), Some((_, feed))) => {
                turn.leave(reading, feed.clone());
                Read::SomeInTurn(rows)
            }
            (Ok(_), None, Some(_)) => Read::Elsewhere,
            (Ok(Batch { rows, .. }), _, _) => Read::Last(rows),
            (Err(error), _, _) => Read::Failed(self.hub.explained(error)),
        }
    }

    fn feed(&self) -> Option<&Feed> {
        self.seat.as_ref().map(|(_, feed)| &**feed)
    }

    /// The cursor ends as it is dropped.
    fn stop(&self, rest: Rest) {
        drop(rest);
    }

    /// The cursor is closed, unless another operation has its turn and does it itself.
    fn stop_in_turn(&self) {
        if let Some((seat, feed)) = &self.seat
            && let Ok(mut turn) = seat.try_lock()
        {
            drop(turn.take_back(feed));
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
