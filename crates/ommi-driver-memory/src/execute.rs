//! Running statements on a state, for the driver and for transactions.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::stream;
use ommi_core::driver::{FetchOptions, Param, Params, RowStream, Statement};
use ommi_core::value::{RowBatch, RowSink};
use ommi_core::{Error, Result};

use crate::data::State;
use crate::error::closed;
use crate::program::Program;
use crate::run::{self, Results};

/// Runs a read on the calling thread if it is short.
pub(crate) fn read_now(
    statement: &Statement,
    params: &[Param],
    sink: &mut dyn RowSink,
    state: impl FnOnce() -> Result<State>,
) -> Option<Result<()>> {
    let outcome = Program::of(statement).and_then(|program| {
        let state = state()?;
        if !program.is_short(&state) {
            return Ok(None);
        }
        let results = run::read(&program.plan, params, &state)?;
        results.into_sink(statement, sink).map(Some)
    });
    outcome.map_err(|error| error.with_statement(&statement.text)).transpose()
}

/// Reads from a state in batches, until the driver is closed.
pub(crate) fn rows(
    statement: Arc<Statement>,
    params: Params,
    options: FetchOptions,
    state: Result<State>,
    closed_flag: Arc<AtomicBool>,
) -> RowStream {
    enum Progress {
        Begin(Result<State>),
        Going(Results),
    }
    let next = move |progress: Option<Progress>| {
        let outcome = (|| {
            let mut results = match progress {
                None => return Ok(None),
                Some(_) if closed_flag.load(Ordering::Acquire) => return Err(closed()),
                Some(Progress::Begin(state)) => run::read(&Program::of(&statement)?.plan, &params, &state?)?,
                Some(Progress::Going(results)) => results,
            };
            let batch = results.batch(&statement, options.batch_rows)?;
            Ok(batch.map(|batch| (batch, Some(Progress::Going(results)))))
        })();
        let outcome = outcome.map_err(|error: Error| error.with_statement(&statement.text));
        std::future::ready(match outcome {
            Ok(Some((batch, progress))) => Some((Ok(batch), progress)),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        })
    };
    Box::pin(stream::unfold(Some(Progress::Begin(state)), next))
}

/// Runs an update or a delete.
pub(crate) fn write(statement: &Statement, params: &[Param], state: &State) -> Result<(State, u64)> {
    let outcome = Program::of(statement).and_then(|program| run::write(&program.plan, params, state));
    outcome.map_err(|error| error.with_statement(&statement.text))
}

/// Runs an insert.
pub(crate) fn insert(statement: &Statement, rows: &RowBatch, state: &State) -> Result<(State, Vec<i64>)> {
    let outcome = Program::of(statement).and_then(|program| run::insert(&program.plan, rows, state));
    outcome.map_err(|error| error.with_statement(&statement.text))
}
