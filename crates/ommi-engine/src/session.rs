//! `Session`: where operations run, which is the handle (each on its own) or a transaction. It plans through the
//! cache, sets models up where that is wanted, binds values, and hands the rest to the driver.

use std::sync::Arc;

use futures_util::lock::OwnedMutexGuard;
use futures_util::stream::{self, TryStreamExt};
use ommi_core::driver::{
    BoxFuture, Executor, FetchOptions, Param, Params, RowStream, Statement, TransactionOptions,
};
use ommi_core::query::Operation;
use ommi_core::schema::ModelDef;
use ommi_core::value::{RowBatch, RowSink};
use ommi_core::{Error, ErrorKind, Result};

use crate::bind::{ShortParams, bind, bind_into};
use crate::cache::Prepared;
use crate::handle::Handle;
use crate::insert;
use crate::planner;
use crate::planner::shape::Shape;
use crate::query_cache;
use crate::transaction::Tx;

/// Where operations run. Clones run in the same place.
#[derive(Debug, Clone)]
pub struct Session {
    handle: Handle,
    transaction: Option<Tx>,
}

impl Session {
    pub(crate) fn autocommit(handle: Handle) -> Self {
        Self { handle, transaction: None }
    }

    pub(crate) fn within(transaction: Tx) -> Self {
        Self { handle: transaction.handle().clone(), transaction: Some(transaction) }
    }

    /// The handle that the session belongs to.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// The transaction that operations run in.
    pub fn transaction(&self) -> Option<&Tx> {
        self.transaction.as_ref()
    }

    /// Begins a transaction for one operation of several statements: inside a transaction, one nested in it, and
    /// everything else done there waits until this one ends.
    pub fn atomic(&self) -> BoxFuture<Result<Tx>> {
        match &self.transaction {
            Some(transaction) => transaction.group(),
            None => self.handle.begin(TransactionOptions::default()),
        }
    }

    /// Runs a short read on the calling thread. `None` means that it has to be done by [`fetch`](Self::fetch):
    /// a model is not set up yet, the read is not known to be short, or the connection is busy. Nothing is left
    /// in `sink` then.
    pub fn fetch_now(&self, operation: &Operation, sink: &mut dyn RowSink) -> Option<Result<()>> {
        if self.is_cached(operation) {
            self.cached_now(operation, sink)
        } else {
            self.read_now(operation, sink)
        }
    }

    /// As [`fetch_now`](Self::fetch_now), from the database.
    #[inline]
    pub(crate) fn read_now(&self, operation: &Operation, sink: &mut dyn RowSink) -> Option<Result<()>> {
        let outcome = self.run_now(operation, is_read(operation), |executor, statement, params| {
            executor.fetch_now(statement, params, sink)
        });
        outcome.map(|outcome| outcome.map_err(|error| self.told_now(error, operation.model())))
    }

    /// Runs a short update or delete on the calling thread, inside a transaction. `None` as for
    /// [`fetch_now`](Self::fetch_now).
    pub fn write_now(&self, operation: &Operation) -> Option<Result<u64>> {
        if let Err(error) = self.check_writable() {
            return Some(Err(error));
        }
        let outcome = self.run_now(operation, is_write(operation), |executor, statement, params| {
            let written = self.writing(operation.model());
            let outcome = executor.write_now(statement, params);
            match &outcome {
                Some(outcome) => query_cache::ended(written, outcome),
                // It was not sent.
                None => query_cache::ended(written, &Ok(())),
            }
            outcome
        });
        outcome.map(|outcome| outcome.map_err(|error| self.told_now(error, operation.model())))
    }

    /// Reads in batches: rows of a fetch, one row with one number of a count, one row with one bool of an
    /// exists. Errors come as the stream's first and only item.
    pub fn fetch(&self, operation: Operation, options: FetchOptions) -> RowStream {
        match self.is_cached(&operation) {
            true => self.cached_rows(operation, options),
            false => self.read(operation, options),
        }
    }

    /// As [`fetch`](Self::fetch), from the database.
    pub(crate) fn read(&self, operation: Operation, options: FetchOptions) -> RowStream {
        let session = self.clone();
        let prepared = self.prepare(&operation, is_read(&operation));
        let rows: RowStream = match prepared {
            Ok((prepared, params)) if self.is_clear() && self.is_ready(&prepared) => {
                self.counted().fetch(prepared.statement.clone(), params, options)
            }
            prepared => {
                let rows = async move {
                    let (prepared, params) = prepared?;
                    let _turn = session.make_ready(&prepared).await?;
                    Ok::<_, Error>(session.counted().fetch(prepared.statement.clone(), params, options))
                };
                Box::pin(stream::once(rows).try_flatten())
            }
        };
        self.told_rows(rows, operation.model().clone())
    }

    /// Runs an update or a delete; gives the number of rows that it found.
    pub fn write(&self, operation: Operation) -> BoxFuture<Result<u64>> {
        let session = self.clone();
        let prepared = self.check_writable().and_then(|()| self.prepare(&operation, is_write(&operation)));
        self.limited(Box::pin(async move {
            let (prepared, params) = prepared?;
            let _turn = session.make_ready(&prepared).await?;
            let written = session.writing(operation.model());
            let outcome = session.counted().write(prepared.statement.clone(), params).await;
            query_cache::ended(written, &outcome);
            session.told(outcome, operation.model()).await
        }))
    }

    /// Adds all rows or none; each row has a cell for each of `fields`. Gives the generated keys in the rows'
    /// order where the model has a generated key, else nothing.
    ///
    /// Every cell is checked before anything is sent.
    pub fn insert(
        &self,
        model: Arc<ModelDef>,
        fields: Vec<usize>,
        rows: RowBatch,
    ) -> BoxFuture<Result<Vec<i64>>> {
        let session = self.clone();
        let prepared = self.prepare_insert(&model, &fields).and_then(|prepared| {
            let rows = insert::checked(&model, &fields, rows, self.handle.limits())?;
            Ok((prepared, rows))
        });
        self.limited(Box::pin(async move {
            let (prepared, rows) = prepared?;
            if rows.is_empty() {
                return Ok(Vec::new());
            }
            let _turn = session.make_ready(&prepared).await?;
            let written = session.writing(&model);
            let outcome = session.counted().insert(prepared.statement.clone(), rows).await;
            query_cache::ended(written, &outcome);
            session.told(outcome, &model).await
        }))
    }

    /// How the database would run a read, an update or a delete: one line each, in its own words.
    pub fn explain(&self, operation: Operation) -> BoxFuture<Result<Vec<String>>> {
        let session = self.clone();
        let prepared = self.prepare(&operation, is_read(&operation) || is_write(&operation));
        self.limited(Box::pin(async move {
            let (prepared, params) = prepared?;
            let _turn = session.make_ready(&prepared).await?;
            let outcome = session.counted().explain(prepared.statement.clone(), params).await;
            session.told(outcome, operation.model()).await
        }))
    }

    /// The statement that an operation is compiled to. Nothing is sent.
    ///
    /// # Errors
    /// As for running it, except that values are not looked at.
    pub fn statement(&self, operation: &Operation) -> Result<Arc<Statement>> {
        let shape = Shape::of(operation)?;
        let plan = || planner::plan(operation, self.handle.limits());
        let prepared = self.handle.plans().get(&shape.bytes, self.handle.driver().as_ref(), plan)?;
        Ok(prepared.statement.clone())
    }

    /// What runs statements here.
    #[inline]
    pub(crate) fn executor(&self) -> &dyn Executor {
        match &self.transaction {
            Some(transaction) => transaction.executor(),
            None => self.handle.driver().as_ref(),
        }
    }

    /// What runs statements here, for one that is sent now.
    pub(crate) fn counted(&self) -> &dyn Executor {
        self.handle.count_operation();
        self.executor()
    }

    #[inline]
    pub(crate) fn check_open(&self) -> Result<()> {
        self.handle.check_open()?;
        self.transaction.as_ref().map_or(Ok(()), Tx::check_open)
    }

    #[inline]
    pub(crate) fn check_writable(&self) -> Result<()> {
        self.transaction.as_ref().map_or(Ok(()), Tx::check_writable)
    }

    /// Statement and parameters, from the cache or planned now.
    pub(crate) fn prepare(&self, operation: &Operation, is_fit: bool) -> Result<(Arc<Prepared>, Params)> {
        self.check_open()?;
        check_fit(operation, is_fit)?;
        let shape = Shape::of(operation)?;
        let plan = || planner::plan(operation, self.handle.limits());
        let prepared = self.handle.plans().get(&shape.bytes, self.handle.driver().as_ref(), plan)?;
        let params = bind(&prepared.checks, &shape.values, self.handle.limits())?;
        Ok((prepared, params))
    }

    /// Plans, binds and runs at once; `None` where something has to be awaited first. Everything is built where
    /// it is used: moving it would cost as much as making it.
    #[inline(always)]
    fn run_now<T>(
        &self,
        operation: &Operation,
        is_fit: bool,
        run: impl FnOnce(&dyn Executor, &Statement, &[Param]) -> Option<Result<T>>,
    ) -> Option<Result<T>> {
        if let Err(error) = self.check_open().and_then(|()| check_fit(operation, is_fit)) {
            return Some(Err(error));
        }
        let mut shape = Shape::empty();
        if let Err(error) = shape.take(operation) {
            return Some(Err(error));
        }
        let plan = || planner::plan(operation, self.handle.limits());
        let prepared = match self.handle.plans().get(&shape.bytes, self.handle.driver().as_ref(), plan) {
            Ok(prepared) => prepared,
            Err(error) => return Some(Err(error)),
        };
        let mut params = ShortParams::new();
        if let Err(error) = bind_into(&mut params, &prepared.checks, &shape.values, self.handle.limits()) {
            return Some(Err(error));
        }
        if !self.is_clear() || !self.is_ready(&prepared) {
            return None;
        }
        let outcome = run(self.executor(), &prepared.statement, &params);
        if outcome.is_some() {
            self.handle.count_operation();
        }
        outcome
    }

    /// Whether nothing else in the transaction has to come first.
    #[inline]
    fn is_clear(&self) -> bool {
        self.transaction.as_ref().is_none_or(Tx::is_clear)
    }

    pub(crate) fn prepare_insert(&self, model: &Arc<ModelDef>, fields: &[usize]) -> Result<Arc<Prepared>> {
        self.check_open()?;
        self.check_writable()?;
        let shape = Shape::of_insert(model, fields);
        let operation = || Operation::Insert { model: model.clone(), fields: fields.to_vec() };
        let plan = || planner::plan(&operation(), self.handle.limits());
        self.handle.plans().get(&shape.bytes, self.handle.driver().as_ref(), plan)
    }

    /// Whether the statement's tables are known to be there, or are not ours to create.
    #[inline]
    fn is_ready(&self, prepared: &Prepared) -> bool {
        !self.handle.options().implicit_setup
            || self.handle.readiness().covers(&prepared.models, &prepared.seen_ready)
            || self.transaction.as_ref().is_some_and(|transaction| transaction.has_set_up(&prepared.models))
    }

    /// Waits for what has to happen before a statement: the end of an operation of several statements, undoing
    /// inner transactions that were dropped unfinished, creating missing tables. The statement runs before the
    /// guard is dropped.
    pub(crate) async fn make_ready(&self, prepared: &Prepared) -> Result<Option<OwnedMutexGuard<()>>> {
        self.check_open()?;
        let mut turn = None;
        if let Some(transaction) = &self.transaction {
            turn = transaction.turn().await;
            transaction.cleared().await?;
            self.check_open()?;
        }
        if !self.is_ready(prepared) {
            self.set_up_implicitly(&prepared.models).await?;
        }
        Ok(turn)
    }
}

fn is_read(operation: &Operation) -> bool {
    match operation {
        Operation::Fetch(_) | Operation::Count(_) | Operation::Exists(_) => true,
        Operation::Update(..) | Operation::Delete(_) | Operation::Insert { .. } => false,
    }
}

fn is_write(operation: &Operation) -> bool {
    match operation {
        Operation::Update(..) | Operation::Delete(_) => true,
        Operation::Fetch(_) | Operation::Count(_) | Operation::Exists(_) | Operation::Insert { .. } => false,
    }
}

#[inline]
fn check_fit(operation: &Operation, is_fit: bool) -> Result<()> {
    if is_fit {
        return Ok(());
    }
    let message = "the operation was given to a call that does not run it: reads are fetched, updates and deletes \
                   are written, inserts are inserted";
    Err(Error::new(ErrorKind::Internal, message).with_model(operation.model().name()))
}
