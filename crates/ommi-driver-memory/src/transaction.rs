//! Transactions: a state of their own, and the turn to write for as long as they last.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ommi_core::driver::{
    BoxFuture, Executor, FetchOptions, Param, Params, RowStream, Statement, Transaction,
};
use ommi_core::schema::TableInfo;
use ommi_core::value::{RowBatch, RowSink};
use ommi_core::{Error, Result};
use parking_lot::Mutex;

use crate::data::State;
use crate::database::{Database, Turn};
use crate::error::{closed, no_savepoint, over, read_only};
use crate::program::Program;
use crate::{execute, schema};

/// An open transaction.
pub(crate) struct Open {
    database: Arc<Database>,
    /// Nothing where it was begun for reading.
    turn: Option<Turn>,
    state: State,
    savepoints: Vec<(String, State)>,
}

impl Open {
    pub(crate) fn new(database: Arc<Database>, turn: Option<Turn>) -> Self {
        let state = database.snapshot();
        Self { database, turn, state, savepoints: Vec::new() }
    }

    /// Runs `work` on the transaction's state; what fails changes nothing.
    fn write<T>(&mut self, work: impl FnOnce(&State) -> Result<(State, T)>) -> Result<T> {
        if self.turn.is_none() {
            return Err(read_only());
        }
        let (state, outcome) = work(&self.state)?;
        self.state = state;
        Ok(outcome)
    }

    /// The latest savepoint of this name.
    fn savepoint(&self, name: &str) -> Result<usize> {
        self.savepoints.iter().rposition(|(known, _)| known == name).ok_or_else(|| no_savepoint(name))
    }
}

/// A transaction. Its operations take place when they are awaited, one at a time.
pub(crate) struct MemoryTransaction {
    /// Nothing once it is over.
    open: Arc<Mutex<Option<Open>>>,
    closed: Arc<AtomicBool>,
}

impl MemoryTransaction {
    pub(crate) fn new(open: Arc<Mutex<Option<Open>>>, closed: Arc<AtomicBool>) -> Self {
        Self { open, closed }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Open) -> Result<T>) -> Result<T> {
        with(&self.open, &self.closed, work)
    }

    fn later<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Open) -> Result<T> + Send + 'static,
    ) -> BoxFuture<Result<T>> {
        let (open, closed) = (self.open.clone(), self.closed.clone());
        Box::pin(async move { with(&open, &closed, work) })
    }

    fn state(&self) -> Result<State> {
        self.with(|open| Ok(open.state.clone()))
    }
}

fn with<T>(
    open: &Mutex<Option<Open>>,
    closed_flag: &AtomicBool,
    work: impl FnOnce(&mut Open) -> Result<T>,
) -> Result<T> {
    match open.lock().as_mut() {
        Some(open) => work(open),
        None => Err(ended(closed_flag)),
    }
}

fn ended(closed_flag: &AtomicBool) -> Error {
    if closed_flag.load(Ordering::Acquire) { closed() } else { over() }
}

impl Executor for MemoryTransaction {
    fn fetch_now(
        &self,
        statement: &Statement,
        params: &[Param],
        sink: &mut dyn RowSink,
    ) -> Option<Result<()>> {
        execute::read_now(statement, params, sink, || self.state())
    }

    fn write_now(&self, statement: &Statement, params: &[Param]) -> Option<Result<u64>> {
        let outcome = self.with(|open| {
            if !Program::of(statement)?.is_short(&open.state) {
                return Ok(None);
            }
            open.write(|state| execute::write(statement, params, state)).map(Some)
        });
        outcome.transpose()
    }

    fn fetch(&self, statement: Arc<Statement>, params: Params, options: FetchOptions) -> RowStream {
        execute::rows(statement, params, options, self.state(), self.closed.clone())
    }

    fn write(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<u64>> {
        self.later(move |open| open.write(|state| execute::write(&statement, &params, state)))
    }

    fn insert(&self, statement: Arc<Statement>, rows: RowBatch) -> BoxFuture<Result<Vec<i64>>> {
        self.later(move |open| open.write(|state| execute::insert(&statement, &rows, state)))
    }

    fn run_script(&self, statements: Vec<String>) -> BoxFuture<Result<()>> {
        self.later(move |open| open.write(|state| Ok((schema::run(&statements, state)?, ()))))
    }

    fn explain(&self, statement: Arc<Statement>, _: Params) -> BoxFuture<Result<Vec<String>>> {
        self.later(move |open| Program::of(&statement)?.explain(&open.state))
    }

    fn introspect(&self, tables: Vec<String>) -> BoxFuture<Result<Vec<TableInfo>>> {
        self.later(move |open| Ok(schema::tables(&open.state, &tables)))
    }
}

impl Transaction for MemoryTransaction {
    fn savepoint(&self, name: &str) -> BoxFuture<Result<()>> {
        let name = name.to_owned();
        self.later(move |open| {
            if name.is_empty() || name.contains('\0') {
                return Err(Error::validation("a savepoint's name is empty or holds a NUL character"));
            }
            open.savepoints.push((name, open.state.clone()));
            Ok(())
        })
    }

    fn rollback_to(&self, name: &str) -> BoxFuture<Result<()>> {
        let name = name.to_owned();
        self.later(move |open| {
            let position = open.savepoint(&name)?;
            open.savepoints.truncate(position + 1);
            open.state = open.savepoints[position].1.clone();
            Ok(())
        })
    }

    fn release(&self, name: &str) -> BoxFuture<Result<()>> {
        let name = name.to_owned();
        self.later(move |open| {
            let position = open.savepoint(&name)?;
            open.savepoints.truncate(position);
            Ok(())
        })
    }

    fn commit(&self) -> BoxFuture<Result<()>> {
        let (open, closed_flag) = (self.open.clone(), self.closed.clone());
        Box::pin(async move {
            let ending = open.lock().take();
            let Open { database, turn, state, .. } = ending.ok_or_else(|| ended(&closed_flag))?;
            if let Some(turn) = turn {
                database.commit(state, &turn);
            }
            Ok(())
        })
    }

    fn rollback(&self) -> BoxFuture<Result<()>> {
        let (open, closed_flag) = (self.open.clone(), self.closed.clone());
        Box::pin(async move {
            let ending = open.lock().take();
            ending.map(drop).ok_or_else(|| ended(&closed_flag))
        })
    }
}

impl Drop for MemoryTransaction {
    fn drop(&mut self) {
        drop(self.open.lock().take());
    }
}
