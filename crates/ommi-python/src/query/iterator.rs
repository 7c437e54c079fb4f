//! `BatchIterator`: rows one by one, read in batches behind the scenes; memory stays constant.

use std::task::{Context, Poll};

use ommi::core::driver::RowStream;
use ommi::core::value::RowBatch;
use parking_lot::Mutex;
use pyo3::exceptions::{PyRuntimeError, PyStopAsyncIteration};
use pyo3::prelude::*;

use super::rows::{Rows, RowsTask, finished_twice};
use super::{Query, run};
use crate::error::{During, to_python};
use crate::hub::{Task, may_run_now};
use crate::node::LongList;
use crate::operation::{Awaiting, Job, Operation, Step};

/// An asynchronous iterator over the rows of a query.
#[pyclass(frozen, module = "ommi._ommi")]
pub(crate) struct BatchIterator {
    state: Mutex<State>,
}

enum State {
    /// Nothing has run.
    Fresh(Py<Query>),
    /// Rows are at hand or can be read.
    Open(Source),
    /// An operation is reading.
    Busy,
    /// There are no more.
    Ended,
}

struct Source {
    rows: Rows,
    batch: Option<(RowBatch, usize)>,
    stream: Option<RowStream>,
}

impl BatchIterator {
    pub(super) fn fresh(query: Py<Query>) -> Self {
        Self { state: Mutex::new(State::Fresh(query)) }
    }

    /// An iterator over rows that were read already.
    pub(super) fn of_batch(py: Python<'_>, rows: Rows, batch: RowBatch) -> PyResult<Step> {
        let source = Source { rows, batch: Some((batch, 0)), stream: None };
        let iterator = Self { state: Mutex::new(State::Open(source)) };
        Ok(Step::Ready(Py::new(py, iterator)?.into_any()))
    }

    /// A task that reads the first batch, so that errors show in the operation, and gives the iterator.
    pub(super) fn start_task(stream: RowStream, rows: Rows) -> Box<dyn Task> {
        Box::new(StartTask { source: Some(Source { rows, batch: None, stream: Some(stream) }) })
    }

    /// The long lists that have to be read before the iteration can begin.
    pub(crate) fn long_lists(&self, py: Python<'_>) -> PyResult<Vec<LongList>> {
        let query = match &*self.state.lock() {
            State::Fresh(query) => query.clone_ref(py),
            State::Open(_) | State::Busy | State::Ended => return Ok(Vec::new()),
        };
        query.get().long_lists(py)
    }

    /// Takes what can be read, beginning the query if that was not done.
    fn open(slf: &Bound<'_, Self>) -> PyResult<Option<Source>> {
        let state = std::mem::replace(&mut *slf.get().state.lock(), State::Busy);
        match state {
            State::Open(source) => Ok(Some(source)),
            State::Fresh(query) => {
                let (rows, stream) = Query::stream(query.bind(slf.py()))?;
                Ok(Some(Source { rows, batch: None, stream: Some(stream) }))
            }
            State::Ended => {
                *slf.get().state.lock() = State::Ended;
                Ok(None)
            }
            State::Busy => Err(PyRuntimeError::new_err("the iteration is used by two tasks at once")),
        }
    }

    fn keep(&self, source: Option<Source>) {
        *self.state.lock() = source.map_or(State::Ended, State::Open);
    }

    /// The next row, at once where it is at hand.
    pub(crate) fn next(slf: &Bound<'_, Self>) -> PyResult<Step> {
        if !may_run_now() {
            return Ok(Step::Turn(Job::Next(slf.clone().unbind())));
        }
        let py = slf.py();
        let Some(mut source) = Self::open(slf)? else {
            return Err(PyStopAsyncIteration::new_err(()));
        };
        match source.next_at_hand(py) {
            Some(row) => {
                slf.get().keep(Some(source));
                row.map(Step::Ready)
            }
            None => {
                Ok(Step::Work(Box::new(NextTask { iterator: slf.clone().unbind(), source: Some(source) })))
            }
        }
    }

    /// The remaining rows as a list.
    pub(crate) fn rest(slf: &Bound<'_, Self>) -> PyResult<Step> {
        let py = slf.py();
        match Self::open(slf)? {
            Some(source) => {
                slf.get().keep(None);
                Ok(Step::Work(RowsTask::rest(py, source.stream, source.batch, source.rows)))
            }
            None => Ok(Step::Ready(pyo3::types::PyList::empty(py).into_any().unbind())),
        }
    }

    /// The next row; an error where there is none.
    pub(crate) fn first(slf: &Bound<'_, Self>) -> PyResult<Step> {
        match Self::next(slf) {
            Err(error) if error.is_instance_of::<PyStopAsyncIteration>(slf.py()) => {
                Err(run::no_row(slf.py(), "query"))
            }
            Ok(Step::Turn(_)) => Ok(Step::Turn(Job::FirstOf(slf.clone().unbind()))),
            Ok(Step::Work(task)) => Ok(Step::Work(Box::new(FirstTask { inner: task }))),
            other => other,
        }
    }
}

impl Source {
    fn next_at_hand(&mut self, py: Python<'_>) -> Option<PyResult<Py<PyAny>>> {
        let (batch, next) = self.batch.as_mut()?;
        if *next >= batch.len() {
            self.batch = None;
            return None;
        }
        let row = self.rows.build(py, batch, *next);
        *next += 1;
        Some(row.map(Bound::unbind))
    }

    /// Reads the next batch; `None` at the end.
    fn poll_batch(&mut self, py: Python<'_>, context: &mut Context<'_>) -> Poll<Option<PyResult<()>>> {
        let Some(stream) = &mut self.stream else { return Poll::Ready(None) };
        match std::task::ready!(stream.as_mut().poll_next(context)) {
            Some(Ok(batch)) => {
                if let Rows::Models { group: Some(group), definition, .. } = &mut self.rows {
                    // Each batch is a fetch of its own for relations: memory stays constant.
                    match group.get().successor(py, definition) {
                        Ok(next) => *group = next,
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    }
                }
                self.batch = Some((batch, 0));
                Poll::Ready(Some(Ok(())))
            }
            Some(Err(error)) => Poll::Ready(Some(Err(to_python(py, error, During::Other)))),
            None => {
                self.stream = None;
                Poll::Ready(None)
            }
        }
    }
}

/// Reads the first batch of an iteration.
struct StartTask {
    source: Option<Source>,
}

impl Task for StartTask {
    fn poll(&mut self, py: Python<'_>, context: &mut Context<'_>) -> Poll<PyResult<Py<PyAny>>> {
        let Some(source) = &mut self.source else { return Poll::Ready(Err(finished_twice())) };
        if let Some(Err(error)) = std::task::ready!(source.poll_batch(py, context)) {
            return Poll::Ready(Err(error));
        }
        let state = self.source.take().map_or(State::Ended, State::Open);
        Poll::Ready(Py::new(py, BatchIterator { state: Mutex::new(state) }).map(Py::into_any))
    }
}

/// Reads on until there is a row.
struct NextTask {
    iterator: Py<BatchIterator>,
    source: Option<Source>,
}

impl Task for NextTask {
    fn poll(&mut self, py: Python<'_>, context: &mut Context<'_>) -> Poll<PyResult<Py<PyAny>>> {
        loop {
            let Some(source) = &mut self.source else { return Poll::Ready(Err(finished_twice())) };
            if let Some(row) = source.next_at_hand(py) {
                self.iterator.get().keep(self.source.take());
                return Poll::Ready(row);
            }
            match std::task::ready!(source.poll_batch(py, context)) {
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    self.source = None;
                    self.iterator.get().keep(None);
                    return Poll::Ready(Err(error));
                }
                None => {
                    self.source = None;
                    self.iterator.get().keep(None);
                    return Poll::Ready(Err(PyStopAsyncIteration::new_err(())));
                }
            }
        }
    }
}

impl Drop for NextTask {
    fn drop(&mut self) {
        // Cancelled between batches: the rows read so far are lost to nobody, the iteration is over.
        if self.source.take().is_some() {
            self.iterator.get().keep(None);
        }
    }
}

/// As the inner task, with the end of the rows as an error of its own.
struct FirstTask {
    inner: Box<dyn Task>,
}

impl Task for FirstTask {
    fn poll(&mut self, py: Python<'_>, context: &mut Context<'_>) -> Poll<PyResult<Py<PyAny>>> {
        self.inner.poll(py, context).map(|outcome| match outcome {
            Err(error) if error.is_instance_of::<PyStopAsyncIteration>(py) => Err(run::no_row(py, "query")),
            other => other,
        })
    }
}

#[pymethods]
impl BatchIterator {
    fn __aiter__(slf: &Bound<'_, Self>) -> Py<Self> {
        slf.clone().unbind()
    }

    fn __anext__(slf: &Bound<'_, Self>) -> PyResult<Awaiting> {
        Operation::raise(slf.py(), Operation::new(Job::Next(slf.clone().unbind())))
    }

    /// The remaining rows as a list.
    fn get(slf: &Bound<'_, Self>) -> PyResult<Awaiting> {
        Operation::raise(slf.py(), Operation::new(Job::Rest(slf.clone().unbind())))
    }

    /// The next row; an error where there is none.
    fn one(slf: &Bound<'_, Self>) -> PyResult<Awaiting> {
        Operation::raise(slf.py(), Operation::new(Job::FirstOf(slf.clone().unbind())))
    }
}
