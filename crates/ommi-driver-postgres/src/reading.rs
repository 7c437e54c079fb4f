//! Reads outside of transactions: short ones share connections, long ones have one for themselves and are read as
//! fast as they are taken.

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use futures_core::Stream;
use ommi_core::driver::{FetchOptions, Param, Params, Statement};
use ommi_core::plan::Reach;
use ommi_core::value::{RowBatch, Value};
use ommi_core::{Error, Result};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::attend::{attended, cut_short};
use crate::connection::Connection;
use crate::driver::Core;
use crate::error;
use crate::execute::{self, Within};
use crate::lane::Reading;
use crate::loan::{self, Loan};
use crate::rows::{Filled, Rows};
use crate::statement::Compiled;
use crate::task::{Active, Caller, Reply, Stage, Tasks, stopped};

/// A read of at most so many rows may be short.
const SHORT: i64 = 1000;

/// So many batches wait to be taken before the server has to wait.
const AHEAD: usize = 2;

/// How long a shared connection may take to answer a read that nobody waits for any more: no answer after that is
/// none at all, and the connection is closed.
const UNWANTED: Duration = Duration::from_secs(10);

/// Whether a read brings a few rows only, as far as is known beforehand.
pub(crate) fn is_short(statement: &Statement, params: &[Param]) -> bool {
    match statement.reach {
        Reach::Unique => true,
        Reach::Unlimited => false,
        Reach::Limited => {
            // The limit is a parameter, and so is the offset; what else is one may be large and only costs a cursor.
            let limit = Compiled::of(statement).and_then(|compiled| compiled.limit);
            limit.is_none_or(|limit| {
                matches!(params.get(limit), Some(Param::Scalar(Value::Int(limit))) if *limit <= SHORT)
            })
        }
    }
}

/// Begins a read when it is first polled.
pub(crate) fn fetch(
    core: &Arc<Core>,
    statement: Arc<Statement>,
    params: Params,
    options: FetchOptions,
) -> Batches {
    let core = core.clone();
    let rows = options.batch_rows.max(1);
    Batches::Unasked(Some(Box::new(move || begin(&core, statement, params, rows))))
}

fn begin(core: &Arc<Core>, statement: Arc<Statement>, params: Params, rows: usize) -> Batches {
    let may_share = core.lanes.are_used()
        && is_short(&statement, &params)
        && Compiled::of(&statement).is_some_and(Compiled::may_share);
    let begun =
        if may_share { share(core, statement, params, rows) } else { own(core, statement, params, rows) };
    begun.unwrap_or_else(|error| Batches::Ready(VecDeque::new(), Some(error)))
}

/// A read on a shared connection. It is read to its end even where nobody waits any more: no cancel may be sent.
///
/// It is an operation of the connection, never polled by its caller: an answer that a caller leaves unread would
/// stand in the way of all answers behind it.
fn share(core: &Arc<Core>, statement: Arc<Statement>, params: Params, rows: usize) -> Result<Batches> {
    let (runtime, active) = core.start()?;
    let (sender, reply) = Reply::new(&core.tasks, None);
    let read = Shared { core: core.clone(), statement, params, rows };
    match core.lanes.join_now(&core.pool) {
        Some(reading) => {
            let drive = reading.lane.pooled.drive.clone();
            // Behind others, it goes out with those that come meanwhile.
            let now = reading.is_alone();
            drive.begin(read.answer(Some(reading), active, sender), now);
        }
        None => drop(runtime.spawn(read.answer(None, active, sender))),
    }
    Ok(Batches::Once(reply))
}

/// A read that shares a connection.
struct Shared {
    core: Arc<Core>,
    statement: Arc<Statement>,
    params: Params,
    rows: usize,
}

impl Shared {
    async fn answer(
        self,
        reading: Option<Reading>,
        active: Active,
        mut sender: oneshot::Sender<Result<VecDeque<RowBatch>>>,
    ) {
        let _active = active;
        let tasks = &self.core.tasks;
        let work = async {
            tokio::select! {
                biased;
                outcome = self.read(reading) => outcome,
                () = tasks.reached(Stage::Closing) => Err(error::closed()),
            }
        };
        let mut work = pin!(work);
        tokio::select! {
            biased;
            outcome = &mut work => drop(sender.send(outcome)),
            () = sender.closed() => drop(timeout(UNWANTED, work).await),
        }
    }

    async fn read(&self, reading: Option<Reading>) -> Result<VecDeque<RowBatch>> {
        let Self { core, statement, params, rows } = self;
        let reading = match reading {
            Some(reading) => reading,
            None => core.lanes.join(&core.pool).await?,
        };
        let connection: &Connection = &reading.lane.pooled;
        let begun = Instant::now();
        // Dropped half-way, the connection is not idle, and is closed when it goes back.
        connection.enter();
        let read = async {
            let read = execute::read(connection, statement, params, Within::Autocommit).await?;
            read.collect(*rows, statement).await
        };
        let outcome = read.await;
        connection.left(&outcome);
        let (batches, bytes) = outcome?;
        note(statement, reading.taken(begun), bytes);
        Ok(batches)
    }
}

fn note(statement: &Statement, taken: Duration, bytes: usize) {
    if let Some(compiled) = Compiled::of(statement) {
        compiled.pace.note(taken, bytes);
    }
}

/// A read on a connection of its own. The server waits when the batches are not taken.
fn own(core: &Arc<Core>, statement: Arc<Statement>, params: Params, rows: usize) -> Result<Batches> {
    let (runtime, active) = core.start()?;
    // There is always room for the end: it waits for nobody, on a connection that is others' by then.
    let (sender, receiver) = mpsc::channel(AHEAD + 1);
    let end = sender.clone().try_reserve_owned();
    let (caller, waiting) = Caller::new(&core.tasks, Stage::Closing);
    let loan = Loan::new(core, "read");
    let drive = loan.drive();
    let operation = async move {
        let _active = active;
        let outcome = owned(loan, &statement, &params, rows, &caller, &sender).await;
        if let Ok(end) = end {
            drop(end.send(outcome.map(|()| None)));
        }
    };
    loan::begin(&runtime, drive, operation);
    Ok(Batches::Many(Flow { receiver, tasks: core.tasks.clone(), _waiting: waiting }))
}

type Sender = mpsc::Sender<Result<Option<RowBatch>>>;

async fn owned(
    loan: Loan,
    statement: &Statement,
    params: &[Param],
    rows: usize,
    caller: &Caller,
    sender: &Sender,
) -> Result<()> {
    let pooled = loan.taken(caller).await?;
    pooled.note(&statement.text);
    let connection: &Connection = &pooled;
    let begun = Instant::now();
    connection.enter();
    let begin = async {
        let read = execute::read(connection, statement, params, Within::Autocommit).await?;
        // Rows that nobody takes would keep back the answers behind them.
        connection.check_wanted().map(|()| read)
    };
    let began = attended(connection, caller, begin).await;
    let Some(began) = began else {
        return Err(caller.reason());
    };
    if began.is_err() {
        connection.left(&began);
    }
    let mut read = began?;
    let outcome = pass_on(statement, rows, caller, sender, &mut read).await;
    match outcome {
        Ok(Passed::Whole) => {
            connection.leave();
            note(statement, begun.elapsed(), read.bytes);
            Ok(())
        }
        Ok(Passed::Cut) => {
            drop(read);
            cut_short(connection).await;
            connection.leave();
            Err(caller.reason())
        }
        Err(error) => {
            drop(read);
            if error.kind() != ommi_core::ErrorKind::Connection {
                // A value that could not be read stops in the middle of the rows.
                cut_short(connection).await;
                connection.leave();
            }
            Err(error)
        }
    }
}

enum Passed {
    Whole,
    Cut,
}

async fn pass_on(
    statement: &Statement,
    rows: usize,
    caller: &Caller,
    sender: &Sender,
    read: &mut Rows,
) -> Result<Passed> {
    let mut capacity = 1;
    loop {
        let mut batch = RowBatch::with_capacity(statement.columns.len(), capacity);
        let filled = tokio::select! {
            biased;
            filled = read.fill(&mut batch, rows, statement) => filled?,
            () = caller.gone() => return Ok(Passed::Cut),
        };
        capacity = batch.len();
        if !batch.is_empty() {
            let sent = tokio::select! {
                biased;
                sent = sender.send(Ok(Some(batch))) => sent.is_ok(),
                () = caller.gone() => false,
            };
            if !sent {
                return Ok(if filled == Filled::Last { Passed::Whole } else { Passed::Cut });
            }
        }
        if filled == Filled::Last {
            return Ok(Passed::Whole);
        }
    }
}

/// The batches of a read.
pub(crate) enum Batches {
    Unasked(Option<Box<dyn FnOnce() -> Batches + Send>>),
    Once(Reply<VecDeque<RowBatch>>),
    Many(Flow),
    Ready(VecDeque<RowBatch>, Option<Error>),
}

/// All that there is.
fn done(outcome: Result<VecDeque<RowBatch>>) -> Batches {
    match outcome {
        Ok(batches) => Batches::Ready(batches, None),
        Err(error) => Batches::Ready(VecDeque::new(), Some(error)),
    }
}

/// Batches that come one by one.
pub(crate) struct Flow {
    receiver: mpsc::Receiver<Result<Option<RowBatch>>>,
    tasks: Arc<Tasks>,
    _waiting: crate::task::Waiting,
}

impl Stream for Batches {
    type Item = Result<RowBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<RowBatch>>> {
        loop {
            let next = match &mut *self {
                Batches::Unasked(begin) => match begin.take() {
                    Some(begin) => begin(),
                    None => return Poll::Ready(None),
                },
                Batches::Once(reply) => done(ready!(Pin::new(reply).poll(cx))),
                Batches::Many(flow) => match ready!(flow.receiver.poll_recv(cx)) {
                    Some(Ok(Some(batch))) => return Poll::Ready(Some(Ok(batch))),
                    Some(Ok(None)) => Batches::Ready(VecDeque::new(), None),
                    Some(Err(error)) => Batches::Ready(VecDeque::new(), Some(error)),
                    None => Batches::Ready(VecDeque::new(), Some(stopped(&flow.tasks))),
                },
                Batches::Ready(batches, error) => {
                    let batch = batches.pop_front().map(Ok);
                    return Poll::Ready(batch.or_else(|| error.take().map(Err)));
                }
            };
            *self = next;
        }
    }
}
