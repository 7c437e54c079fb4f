//! A transaction: its own connection, operations one at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt;
use ommi_core::driver::{
    BoxFuture, Executor, FetchOptions, IsolationLevel, Param, Params, RowStream, Statement, Transaction,
    TransactionOptions,
};
use ommi_core::schema::TableInfo;
use ommi_core::value::{RowBatch, RowSink};
use ommi_core::{Error, ErrorKind, Result};

use crate::core::Core;
use crate::error::{commit_unknown, over};
use crate::execute;
use crate::held::{Held, Turn};
use crate::insert::{Frame, insert};
use crate::manager::Loan;
use crate::operation::{Flight, Operation};
use crate::seat::{Seat, SharedSeat};
use crate::stream::batches;

/// A transaction that has begun.
pub(crate) struct MysqlTransaction {
    core: Arc<Core>,
    seat: Arc<SharedSeat>,
    /// Its end has begun, so that dropping it is not one.
    is_ending: Arc<AtomicBool>,
}

impl MysqlTransaction {
    /// Begins a transaction.
    pub(crate) fn begin(
        core: Arc<Core>,
        options: TransactionOptions,
    ) -> BoxFuture<Result<Arc<dyn Transaction>>> {
        let begun = Operation::new(core.clone(), move |core, flight| async move {
            let mut loan = match core.loan("transaction").await {
                Ok(loan) => loan,
                Err(error) => return (None, Err(error)),
            };
            flight.begin(loan.id());
            let begun = loan.command(&begin_text(options)).await;
            loan.set_in_transaction(begun.is_ok());
            (Some(Held::Loan(loan)), begun)
        });
        Box::pin(async move {
            match begun.await {
                (Some(Held::Loan(loan)), Ok(())) => {
                    Ok(Arc::new(Self::of(core, loan)) as Arc<dyn Transaction>)
                }
                (held, begun) => {
                    drop(held);
                    Err(core.explained(begun.err().unwrap_or_else(over)))
                }
            }
        })
    }

    fn of(core: Arc<Core>, loan: Loan) -> Self {
        let seat = Arc::new(SharedSeat::new(Seat::new(loan)));
        core.register(&seat);
        Self { core, seat, is_ending: Arc::default() }
    }

    /// Runs `work` when it is its turn.
    fn run<T, W>(&self, work: W) -> BoxFuture<Result<T>>
    where
        T: Send + 'static,
        W: for<'t> FnOnce(&'t mut Turn, &'t Flight) -> futures_util::future::BoxFuture<'t, Result<T>>
            + Send
            + 'static,
    {
        let seat = self.seat.clone();
        let operation = Operation::new(self.core.clone(), move |core, flight| async move {
            let mut turn = match Seat::turn(&core, seat, &flight).await {
                Ok(turn) => turn,
                Err(error) => return (None, Err(error)),
            };
            let outcome = work(&mut turn, &flight).await;
            let outcome = turn.concluded(outcome);
            (Some(Held::Turn(turn)), outcome)
        });
        operation.outcome()
    }

    /// Ends the transaction: what was done is kept, or not.
    fn end(&self, keep: bool) -> BoxFuture<Result<()>> {
        let (seat, is_ending) = (self.seat.clone(), self.is_ending.clone());
        let operation = Operation::new(self.core.clone(), move |core, flight| async move {
            let outcome = end(&core, seat, &flight, &is_ending, keep).await;
            match outcome {
                Ok(loan) => (loan.map(Held::Loan), Ok(())),
                Err((loan, error)) => (loan.map(Held::Loan), Err(error)),
            }
        });
        operation.outcome()
    }
}

fn begin_text(options: TransactionOptions) -> String {
    let level = match options.isolation {
        IsolationLevel::ReadUncommitted => "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED; ",
        // The session's own.
        IsolationLevel::ReadCommitted => "",
        IsolationLevel::RepeatableRead => "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; ",
        IsolationLevel::Serializable => "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; ",
    };
    let snapshot = match options.isolation {
        // What is seen is what was there at the beginning, not at the first read.
        IsolationLevel::RepeatableRead => Some("WITH CONSISTENT SNAPSHOT"),
        IsolationLevel::ReadUncommitted | IsolationLevel::ReadCommitted | IsolationLevel::Serializable => {
            None
        }
    };
    let access = options.read_only.then_some("READ ONLY");
    let modes: Vec<&str> = snapshot.into_iter().chain(access).collect();
    format!("{level}START TRANSACTION {}", modes.join(", "))
}

type Ended = Result<Option<Loan>, (Option<Loan>, Error)>;

async fn end(
    core: &Core,
    seat: Arc<SharedSeat>,
    flight: &Flight,
    is_ending: &AtomicBool,
    keep: bool,
) -> Ended {
    flight.must_finish();
    let mut turn = match Seat::turn(core, seat.clone(), flight).await {
        Ok(turn) => turn,
        Err(error) => {
            // The server may have ended it before: then only the connection is left to be given back.
            let mut turn = seat.lock_owned().await;
            is_ending.store(true, Ordering::Release);
            let was_lost = turn.is_lost();
            let loan = turn.take();
            return match was_lost && !keep {
                true => Ok(loan),
                false => Err((loan, error)),
            };
        }
    };
    is_ending.store(true, Ordering::Release);
    let Some(mut loan) = turn.take() else { return Err((None, over())) };
    drop(turn);
    let ended = loan.command(if keep { "COMMIT" } else { "ROLLBACK" }).await;
    match ended {
        Ok(()) => {
            loan.set_in_transaction(false);
            Ok(Some(loan))
        }
        // A connection that is lost rolls back by itself.
        Err(error) if !keep && error.kind() == ErrorKind::Connection => Ok(Some(loan)),
        Err(error) if keep && error.kind() == ErrorKind::Connection => {
            Err((Some(loan), commit_unknown(error)))
        }
        Err(error) => {
            if loan.command("ROLLBACK").await.is_ok() {
                loan.set_in_transaction(false);
            }
            Err((Some(loan), error))
        }
    }
}

impl Executor for MysqlTransaction {
    fn fetch_now(&self, _: &Statement, _: &[Param], _: &mut dyn RowSink) -> Option<Result<()>> {
        None
    }

    fn write_now(&self, _: &Statement, _: &[Param]) -> Option<Result<u64>> {
        None
    }

    fn fetch(&self, statement: Arc<Statement>, params: Params, options: FetchOptions) -> RowStream {
        let seat = Some(self.seat.clone());
        Box::pin(batches(self.core.clone(), seat, statement, params, options))
    }

    fn write(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<u64>> {
        self.run(move |turn, flight| {
            turn.note(&statement.text);
            async move { execute::write(turn.connection()?, statement, &params, flight).await }.boxed()
        })
    }

    fn insert(&self, statement: Arc<Statement>, rows: RowBatch) -> BoxFuture<Result<Vec<i64>>> {
        self.run(move |turn, flight| {
            turn.note(&statement.text);
            async move { insert(turn.connection()?, statement, &rows, Frame::Savepoint, flight).await }
                .boxed()
        })
    }

    fn run_script(&self, _: Vec<String>) -> BoxFuture<Result<()>> {
        let message = "MySQL commits the transaction when the schema changes: run scripts outside of it";
        Box::pin(std::future::ready(Err(Error::unsupported(message))))
    }

    fn explain(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<Vec<String>>> {
        self.run(move |turn, _| {
            turn.note(&statement.text);
            async move { execute::explain(turn.connection()?, statement, &params).await }.boxed()
        })
    }

    fn introspect(&self, tables: Vec<String>) -> BoxFuture<Result<Vec<TableInfo>>> {
        self.run(move |turn, _| async move { execute::introspect(turn.connection()?, &tables).await }.boxed())
    }
}

impl Transaction for MysqlTransaction {
    fn savepoint(&self, name: &str) -> BoxFuture<Result<()>> {
        let name = name.to_owned();
        self.run(move |turn, _| {
            async move {
                let number = turn.new_savepoint();
                turn.connection()?.command(&format!("SAVEPOINT `ommi {number}`")).await?;
                turn.set_savepoint(name, number);
                Ok(())
            }
            .boxed()
        })
    }

    fn rollback_to(&self, name: &str) -> BoxFuture<Result<()>> {
        let name = name.to_owned();
        self.run(move |turn, flight| {
            async move {
                let (position, number) = turn.savepoint(&name)?;
                flight.must_finish();
                turn.connection()?.command(&format!("ROLLBACK TO SAVEPOINT `ommi {number}`")).await?;
                turn.forget_savepoints(position + 1);
                Ok(())
            }
            .boxed()
        })
    }

    fn release(&self, name: &str) -> BoxFuture<Result<()>> {
        let name = name.to_owned();
        self.run(move |turn, _| {
            async move {
                let (position, number) = turn.savepoint(&name)?;
                turn.connection()?.command(&format!("RELEASE SAVEPOINT `ommi {number}`")).await?;
                turn.forget_savepoints(position);
                Ok(())
            }
            .boxed()
        })
    }

    fn commit(&self) -> BoxFuture<Result<()>> {
        self.end(true)
    }

    fn rollback(&self) -> BoxFuture<Result<()>> {
        self.end(false)
    }
}

impl Drop for MysqlTransaction {
    /// Without an end it is rolled back, after whatever still runs in it.
    fn drop(&mut self) {
        if !self.is_ending.load(Ordering::Acquire) {
            let end = self.end(false);
            self.core.spawn(async move { drop(end.await) });
        }
    }
}
