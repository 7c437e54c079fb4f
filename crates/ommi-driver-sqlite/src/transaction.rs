//! A transaction: a lease of a lane. Its operations run one at a time on the lane's connection, short ones on the
//! caller's thread while the lane is idle.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ommi_core::driver::{
    BoxFuture, Executor, FetchOptions, Param, Params, RowStream, Statement, Transaction, TransactionOptions,
};
use ommi_core::plan::Reach;
use ommi_core::schema::TableInfo;
use ommi_core::value::{RowBatch, RowSink};
use ommi_core::{Error, Result};

use crate::connection::{Command, Connection};
use crate::cursor::Cursor;
use crate::error::{cancelled as cancelled_error, closed, lost, over};
use crate::feed::{Feed, Rows};
use crate::guard::Flag;
use crate::lane::{Job, Lane, LeaseId, Work};
use crate::reply::{Reply, answer, ready, reply};
use crate::{execute, schema};

/// A transaction that has begun.
pub(crate) struct SqliteTransaction {
    lane: Arc<Lane>,
    lease: LeaseId,
    budget: Duration,
    /// A read-only transaction has its lane for itself.
    owns_lane: bool,
    over: AtomicBool,
}

impl SqliteTransaction {
    /// Begins a transaction on `lane` when its turn comes.
    pub(crate) fn begin(
        lane: Arc<Lane>,
        options: TransactionOptions,
        budget: Duration,
    ) -> Reply<Arc<dyn Transaction>> {
        let (sender, outcome) = reply(closed);
        let (owner, cancel) = (lane.clone(), Flag::default());
        let cancelled = cancel.clone();
        let job = Box::new(move |connection: Result<&mut Connection>| {
            // Where nobody waits any more, dropping the transaction rolls it back.
            answer(sender, || {
                let begun = connection.and_then(|connection| {
                    if cancelled.is_raised() {
                        return Err(cancelled_error());
                    }
                    connection.guard.patient(Some(cancelled));
                    begin_on(connection, options)
                });
                if begun.is_err() && options.read_only {
                    owner.close();
                }
                begun.map(|()| {
                    let lease = owner.lend();
                    let over = AtomicBool::new(false);
                    let owns_lane = options.read_only;
                    Arc::new(Self { lane: owner, lease, budget, owns_lane, over }) as Arc<dyn Transaction>
                })
            })
        });
        match lane.submit(job) {
            Ok(()) => outcome.or_cancel(cancel),
            Err(error) => ready(Err(error)),
        }
    }

    /// Runs `work` on the lane's thread, unless it is cancelled before.
    fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> BoxFuture<Result<T>> {
        let (sender, outcome) = reply(over);
        let cancel = Flag::default();
        let cancelled = cancel.clone();
        let job = Box::new(move |connection: Result<&mut Connection>| {
            answer(sender, || {
                let connection = connection?;
                if cancelled.is_raised() {
                    return Err(cancelled_error());
                }
                still_open(connection)?;
                connection.guard.patient(Some(cancelled));
                work(connection)
            })
        });
        match self.lane.submit_to(self.lease, Work::Job(job)) {
            Ok(()) => Box::pin(outcome.or_cancel(cancel)),
            Err((error, _)) => Box::pin(ready(Err(error))),
        }
    }

    /// Runs `work` here and now if the lane is idle.
    #[inline]
    fn now<T>(&self, work: impl FnOnce(&mut Connection) -> Option<Result<T>>) -> Option<Result<T>> {
        if self.budget.is_zero() {
            return None;
        }
        let mut slot = self.lane.idle(self.lease)?;
        let connection = slot.as_mut()?;
        if connection.handle().is_autocommit() {
            return Some(Err(lost()));
        }
        work(connection)
    }

    fn command(&self, text: Result<String>) -> BoxFuture<Result<()>> {
        match text {
            Ok(text) => self.run(move |connection| execute::run(connection, &text)),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }

    /// The end of the transaction, as a job that gives the lane back.
    fn end(&self, finish: impl FnOnce(&mut Connection) -> Result<()> + Send + 'static) -> (Job, Reply<()>) {
        let (sender, outcome) = reply(over);
        let (lane, lease, owns_lane) = (self.lane.clone(), self.lease, self.owns_lane);
        let job = Box::new(move |connection: Result<&mut Connection>| {
            answer(sender, || {
                let outcome = connection.and_then(|connection| {
                    let outcome = finish(connection);
                    connection.roll_back();
                    outcome
                });
                lane.reclaim(lease);
                if owns_lane {
                    lane.close();
                }
                outcome
            })
        });
        (job, outcome)
    }

    fn roll_back(&self) -> Reply<()> {
        let (job, outcome) = self.end(|_| Ok(()));
        match self.lane.submit_rollback(self.lease, job) {
            Ok(()) => outcome,
            Err(error) => ready(Err(error)),
        }
    }
}

fn begin_on(connection: &mut Connection, options: TransactionOptions) -> Result<()> {
    if !options.read_only {
        return execute::command(connection, Command::BeginImmediate);
    }
    execute::command(connection, Command::Begin)?;
    // The snapshot is taken by the first read: here, so that it is that of the beginning.
    let taken = execute::run(connection, "SELECT 1 FROM sqlite_schema LIMIT 1");
    if taken.is_err() {
        connection.roll_back();
    }
    taken
}

fn still_open(connection: &Connection) -> Result<()> {
    if connection.handle().is_autocommit() { Err(lost()) } else { Ok(()) }
}

/// A savepoint's name in SQL.
fn quoted(name: &str) -> Result<String> {
    if name.is_empty() || name.contains('\0') {
        return Err(Error::validation("a savepoint's name is empty or holds a NUL character"));
    }
    Ok(format!("\"{}\"", name.replace('"', "\"\"")))
}

impl Executor for SqliteTransaction {
    fn fetch_now(
        &self,
        statement: &Statement,
        params: &[Param],
        sink: &mut dyn RowSink,
    ) -> Option<Result<()>> {
        match statement.reach {
            Reach::Unlimited => None,
            Reach::Unique | Reach::Limited => {
                self.now(|connection| execute::read_now(connection, statement, params, sink, self.budget))
            }
        }
    }

    fn write_now(&self, statement: &Statement, params: &[Param]) -> Option<Result<u64>> {
        match statement.reach {
            Reach::Limited | Reach::Unlimited => None,
            Reach::Unique => {
                self.now(|connection| execute::write_now(connection, statement, params, self.budget))
            }
        }
    }

    fn fetch(&self, statement: Arc<Statement>, params: Params, options: FetchOptions) -> RowStream {
        let feed = Arc::new(Feed::default());
        let cursor = Cursor::new(statement, params, options, feed.clone()).in_transaction();
        match self.lane.submit_to(self.lease, Work::Read(cursor)) {
            Ok(()) | Err((_, Work::Job(_))) => {}
            Err((error, Work::Read(cursor))) => cursor.fail(error)(),
        }
        Box::pin(Rows::new(feed))
    }

    fn write(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<u64>> {
        self.run(move |connection| execute::write(connection, &statement, &params))
    }

    fn insert(&self, statement: Arc<Statement>, rows: RowBatch) -> BoxFuture<Result<Vec<i64>>> {
        self.run(move |connection| execute::insert_all(connection, &statement, &rows))
    }

    fn run_script(&self, statements: Vec<String>) -> BoxFuture<Result<()>> {
        self.run(move |connection| execute::script(connection, &statements))
    }

    fn explain(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<Vec<String>>> {
        self.run(move |connection| execute::explain(connection, &statement, &params))
    }

    fn introspect(&self, tables: Vec<String>) -> BoxFuture<Result<Vec<TableInfo>>> {
        self.run(move |connection| schema::tables(connection, tables))
    }
}

impl Transaction for SqliteTransaction {
    fn savepoint(&self, name: &str) -> BoxFuture<Result<()>> {
        self.command(quoted(name).map(|name| format!("SAVEPOINT {name}")))
    }

    fn rollback_to(&self, name: &str) -> BoxFuture<Result<()>> {
        self.command(quoted(name).map(|name| format!("ROLLBACK TO {name}")))
    }

    fn release(&self, name: &str) -> BoxFuture<Result<()>> {
        self.command(quoted(name).map(|name| format!("RELEASE {name}")))
    }

    fn commit(&self) -> BoxFuture<Result<()>> {
        self.over.store(true, Ordering::Release);
        let (job, outcome) = self.end(|connection| {
            still_open(connection)?;
            execute::command(connection, Command::Commit)
        });
        match self.lane.submit_to(self.lease, Work::Job(job)) {
            Ok(()) => Box::pin(outcome),
            Err((error, _)) => Box::pin(ready(Err(error))),
        }
    }

    fn rollback(&self) -> BoxFuture<Result<()>> {
        self.over.store(true, Ordering::Release);
        Box::pin(self.roll_back())
    }
}

impl Drop for SqliteTransaction {
    fn drop(&mut self) {
        if !self.over.load(Ordering::Acquire) {
            // Where the lane is closed, its connection rolls back by closing.
            drop(self.roll_back());
        }
    }
}
