//! A transaction: its own session, operations one at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture as LocalFuture;
use ommi_core::driver::{
    BoxFuture, Executor, FetchOptions, Param, Params, RowStream, Statement, Transaction, TransactionOptions,
};
use ommi_core::schema::TableInfo;
use ommi_core::value::{RowBatch, RowSink};
use ommi_core::{Error, ErrorKind, Result};

use crate::command::Commands;
use crate::error::over;
use crate::explain::explain;
use crate::hub::Hub;
use crate::insert::insert;
use crate::schema;
use crate::seat::{Effect, Seat, SharedSeat, commit};
use crate::stream::batches;
use crate::task::{Flight, Held, Operation};
use crate::write::write;

/// A transaction that has begun.
pub(crate) struct MongodbTransaction {
    hub: Arc<Hub>,
    seat: Arc<SharedSeat>,
    /// Its end has begun, so that dropping it is not one.
    is_ending: Arc<AtomicBool>,
}

impl MongodbTransaction {
    /// Begins a transaction. The server hears of it with its first command, which fixes the state that it sees.
    pub(crate) fn begin(hub: Arc<Hub>, _: TransactionOptions) -> BoxFuture<Result<Arc<dyn Transaction>>> {
        let begun = Operation::new(hub.clone(), move |hub, _| async move {
            let begun = async {
                hub.check_open()?;
                hub.require_transactions().await?;
                let mut own = hub.own("transaction").await?;
                hub.begin(own.session()).await?;
                Ok(own)
            };
            (None, begun.await)
        });
        Box::pin(async move {
            let own = begun.await.1.map_err(|error| hub.explained(error))?;
            let seat = Arc::new(SharedSeat::new(Seat::new(own)));
            hub.register(&seat);
            Ok(Arc::new(Self { hub, seat, is_ending: Arc::default() }) as Arc<dyn Transaction>)
        })
    }

    /// Runs `work` when it is its turn.
    fn run<T, W>(&self, effect: Effect, work: W) -> BoxFuture<Result<T>>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut Commands<'_>) -> LocalFuture<'c, Result<T>> + Send + 'static,
    {
        let seat = self.seat.clone();
        let operation = Operation::new(self.hub.clone(), move |hub, flight| async move {
            let mut turn = match Seat::turn(&hub, seat, &flight, effect).await {
                Ok(turn) => turn,
                Err(error) => return (None, Err(error)),
            };
            let (outcome, has_failed) = match turn.commands(&hub, &flight) {
                Ok(mut commands) => (work(&mut commands).await, commands.has_failed()),
                Err(error) => (Err(error), false),
            };
            turn.concluded(&outcome, has_failed);
            (Some(Held::Turn(turn)), outcome)
        });
        operation.outcome()
    }

    /// Ends the transaction: what was done is kept, or not.
    fn end(&self, keep: bool) -> BoxFuture<Result<()>> {
        let (seat, is_ending) = (self.seat.clone(), self.is_ending.clone());
        let operation = Operation::new(self.hub.clone(), move |hub, flight| async move {
            (None, end(&hub, seat, &flight, &is_ending, keep).await)
        });
        operation.outcome()
    }
}

async fn end(
    hub: &Hub,
    seat: Arc<SharedSeat>,
    flight: &Flight,
    is_ending: &AtomicBool,
    keep: bool,
) -> Result<()> {
    flight.must_finish(true);
    let turn = Seat::turn(hub, seat.clone(), flight, Effect::Changes).await;
    is_ending.store(true, Ordering::Release);
    let error = match turn {
        Ok(mut turn) => {
            let mut own = turn.take().ok_or_else(over)?;
            drop(turn);
            return match keep {
                true => commit(hub, &mut own).await,
                false => {
                    // What the server does not hear of, it rolls back by itself in time.
                    let _ = own.session().abort_transaction().await;
                    Ok(())
                }
            };
        }
        Err(error) => error,
    };
    // The server may have ended it before: then only the session is left to be given back.
    let mut turn = seat.lock_owned().await;
    let was_lost = turn.is_lost();
    turn.abandon().await;
    if was_lost && !keep { Ok(()) } else { Err(error) }
}

impl Executor for MongodbTransaction {
    fn fetch_now(&self, _: &Statement, _: &[Param], _: &mut dyn RowSink) -> Option<Result<()>> {
        None
    }

    fn write_now(&self, _: &Statement, _: &[Param]) -> Option<Result<u64>> {
        None
    }

    fn fetch(&self, statement: Arc<Statement>, params: Params, options: FetchOptions) -> RowStream {
        let seat = Some(self.seat.clone());
        Box::pin(batches(self.hub.clone(), seat, statement, params, options))
    }

    fn write(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<u64>> {
        self.run(Effect::Changes, move |commands| write(commands, statement, params).boxed())
    }

    fn insert(&self, statement: Arc<Statement>, rows: RowBatch) -> BoxFuture<Result<Vec<i64>>> {
        self.run(Effect::Changes, move |commands| insert(commands, statement, rows).boxed())
    }

    fn run_script(&self, _: Vec<String>) -> BoxFuture<Result<()>> {
        let message = "MongoDB changes the schema outside of transactions only: run scripts outside of it";
        Box::pin(std::future::ready(Err(Error::unsupported(message))))
    }

    fn explain(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<Vec<String>>> {
        // The server explains nothing inside of a transaction; a plan does not depend on it.
        self.run(Effect::None, move |commands| {
            let hub = commands.hub();
            async move { explain(hub, &statement, &params).await }.boxed()
        })
    }

    fn introspect(&self, tables: Vec<String>) -> BoxFuture<Result<Vec<TableInfo>>> {
        self.run(Effect::None, move |commands| {
            let hub = commands.hub();
            async move { schema::introspect(hub, &tables).await }.boxed()
        })
    }
}

fn no_savepoints<T: Send + 'static>() -> BoxFuture<Result<T>> {
    let message = "MongoDB has no savepoints: a transaction is undone as a whole";
    Box::pin(std::future::ready(Err(Error::new(ErrorKind::Unsupported, message))))
}

impl Transaction for MongodbTransaction {
    fn savepoint(&self, _: &str) -> BoxFuture<Result<()>> {
        no_savepoints()
    }

    fn rollback_to(&self, _: &str) -> BoxFuture<Result<()>> {
        no_savepoints()
    }

    fn release(&self, _: &str) -> BoxFuture<Result<()>> {
        no_savepoints()
    }

    fn commit(&self) -> BoxFuture<Result<()>> {
        self.end(true)
    }

    fn rollback(&self) -> BoxFuture<Result<()>> {
        self.end(false)
    }
}

impl Drop for MongodbTransaction {
    /// Without an end it is rolled back, after whatever still runs in it.
    fn drop(&mut self) {
        if !self.is_ending.load(Ordering::Acquire) {
            let end = self.end(false);
            self.hub.spawn(async move { drop(end.await) });
        }
    }
}
