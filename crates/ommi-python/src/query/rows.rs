//! Rows to Python objects, in slices short enough for an event loop.

use std::cell::Cell as StdCell;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use ommi::core::driver::RowStream;
use ommi::core::value::RowBatch;
use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::run::{no_row, number};
use super::selection::Selected;
use crate::error::{During, to_python};
use crate::hub::{HOLD_BUDGET, Task};
use crate::model::Definition;
use crate::relation::{EagerLoad, FetchGroup, Wanted};

/// What rows become.
pub(crate) enum Rows {
    /// Instances of a model.
    Models { definition: Arc<Definition>, group: Option<Py<FetchGroup>>, related: Arc<[Wanted]> },
    /// What is made of selected values.
    Selected(Arc<Selected>),
    /// The one number of a count or an exists.
    Number,
    /// The fields of an instance that is there already.
    Into { definition: Arc<Definition>, instance: Py<PyAny> },
}

impl Rows {
    /// Whether a row is complete once it is built: no relation is loaded with it.
    pub(super) fn loads_nothing(&self) -> bool {
        match self {
            Rows::Models { related, .. } => related.is_empty(),
            Rows::Selected(_) | Rows::Number | Rows::Into { .. } => true,
        }
    }

    pub(crate) fn build<'py>(
        &self,
        py: Python<'py>,
        batch: &RowBatch,
        row: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Rows::Models { definition, group, .. } => {
                let object = definition.build(py, batch.row(row))?;
                if let Some(group) = group {
                    group.get().remember(batch, row);
                    definition.layout.set_group(&object, group.bind(py))?;
                }
                Ok(object)
            }
            Rows::Selected(selected) => selected.build(py, batch.row(row)),
            Rows::Number => number(py, batch).map(|number| number.into_bound(py)),
            Rows::Into { definition, instance } => {
                definition.refresh(instance.bind(py), batch.row(row))?;
                Ok(instance.bind(py).clone())
            }
        }
    }

    pub(super) fn build_first<'py>(
        &self,
        py: Python<'py>,
        batch: &RowBatch,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        if batch.is_empty() {
            return Ok(None);
        }
        self.build(py, batch, 0).map(Some)
    }
}

thread_local! {
    static SPARE: StdCell<Option<RowBatch>> = const { StdCell::new(None) };
}

/// An empty batch, with the memory of the last one that was put back.
pub(crate) fn take_spare() -> RowBatch {
    SPARE.take().unwrap_or_default()
}

/// Keeps a batch's memory for the next short read, unless it has grown large.
pub(super) fn put_spare(mut batch: RowBatch) {
    const LARGEST: usize = 64 * 1024;
    if batch.byte_size() <= LARGEST {
        batch.clear();
        SPARE.set(Some(batch));
    }
}

/// How the rows of a task are handed over.
enum Gather {
    List(Py<PyList>),
    One(String),
    First,
}

/// Reads a stream and builds its rows.
pub(crate) struct RowsTask {
    stream: Option<RowStream>,
    batch: Option<(RowBatch, usize)>,
    rows: Rows,
    gather: Gather,
    found: Option<Py<PyAny>>,
    eager: Option<EagerLoad>,
    during: During,
}

impl RowsTask {
    fn boxed(
        stream: Option<RowStream>,
        batch: Option<RowBatch>,
        rows: Rows,
        gather: Gather,
    ) -> Box<dyn Task> {
        let batch = batch.map(|batch| (batch, 0));
        Box::new(RowsTask { stream, batch, rows, gather, found: None, eager: None, during: During::Other })
    }

    /// All rows of a stream as a list.
    pub(crate) fn list(py: Python<'_>, stream: RowStream, rows: Rows) -> Box<dyn Task> {
        Self::boxed(Some(stream), None, rows, Gather::List(PyList::empty(py).unbind()))
    }

    /// As [`list`](Self::list), of what a write gives.
    pub(super) fn list_during(
        py: Python<'_>,
        stream: RowStream,
        rows: Rows,
        during: During,
    ) -> Box<dyn Task> {
        let (batch, gather) = (None, Gather::List(PyList::empty(py).unbind()));
        Box::new(RowsTask { stream: Some(stream), batch, rows, gather, found: None, eager: None, during })
    }

    /// What is left of an iteration, as a list.
    pub(super) fn rest(
        py: Python<'_>,
        stream: Option<RowStream>,
        batch: Option<(RowBatch, usize)>,
        rows: Rows,
    ) -> Box<dyn Task> {
        let gather = Gather::List(PyList::empty(py).unbind());
        Box::new(RowsTask { stream, batch, rows, gather, found: None, eager: None, during: During::Other })
    }

    pub(super) fn list_of(py: Python<'_>, batch: RowBatch, rows: Rows) -> Box<dyn Task> {
        Self::boxed(None, Some(batch), rows, Gather::List(PyList::empty(py).unbind()))
    }

    /// The first row of a stream; an error that names `model` where there is none.
    pub(crate) fn one(stream: RowStream, rows: Rows, model: String) -> Box<dyn Task> {
        Self::boxed(Some(stream), None, rows, Gather::One(model))
    }

    pub(super) fn one_of(batch: RowBatch, rows: Rows, model: String) -> Box<dyn Task> {
        Self::boxed(None, Some(batch), rows, Gather::One(model))
    }

    /// The first row of a stream, or None.
    pub(super) fn first(stream: RowStream, rows: Rows) -> Box<dyn Task> {
        Self::boxed(Some(stream), None, rows, Gather::First)
    }

    pub(super) fn first_of(batch: RowBatch, rows: Rows) -> Box<dyn Task> {
        Self::boxed(None, Some(batch), rows, Gather::First)
    }

    /// Builds rows of the batch at hand; false when the time is up before its end.
    fn build_some(&mut self, py: Python<'_>, began: Instant) -> PyResult<bool> {
        const CLOCK_EVERY: usize = 64;
        let Some((batch, next)) = &mut self.batch else { return Ok(true) };
        let _quiet = QuietCollector::new(py);
        while *next < batch.len() {
            let object = self.rows.build(py, batch, *next)?;
            *next += 1;
            match &self.gather {
                Gather::List(list) => list.bind(py).append(object)?,
                Gather::One(_) | Gather::First => {
                    self.found = Some(object.unbind());
                    self.stream = None;
                    *next = batch.len();
                }
            }
            if *next % CLOCK_EVERY == 0 && began.elapsed() > HOLD_BUDGET / 2 {
                return Ok(false);
            }
        }
        self.batch = None;
        Ok(true)
    }

    fn poll_rows(&mut self, py: Python<'_>, context: &mut Context<'_>) -> Poll<PyResult<()>> {
        let began = Instant::now();
        loop {
            if !self.build_some(py, began)? {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            let Some(stream) = &mut self.stream else { return Poll::Ready(Ok(())) };
            match std::task::ready!(stream.as_mut().poll_next(context)) {
                Some(Ok(batch)) => self.batch = Some((batch, 0)),
                Some(Err(error)) => return Poll::Ready(Err(to_python(py, error, self.during))),
                None => self.stream = None,
            }
        }
    }

    /// The relations to load with the rows, once all rows are built.
    fn begin_eager(&mut self, py: Python<'_>) {
        if let Rows::Models { definition, group: Some(group), related } = &self.rows
            && !related.is_empty()
        {
            self.eager = Some(EagerLoad::new(py, group, definition, related));
        }
    }

    fn outcome(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match (&self.gather, self.found.take()) {
            (Gather::List(list), _) => Ok(list.clone_ref(py).into_any()),
            (Gather::One(_) | Gather::First, Some(found)) => Ok(found),
            (Gather::One(model), None) => Err(no_row(py, model)),
            (Gather::First, None) => Ok(py.None()),
        }
    }
}

impl Task for RowsTask {
    fn poll(&mut self, py: Python<'_>, context: &mut Context<'_>) -> Poll<PyResult<Py<PyAny>>> {
        if self.eager.is_none() {
            std::task::ready!(self.poll_rows(py, context))?;
            self.begin_eager(py);
        }
        if let Some(eager) = &mut self.eager {
            std::task::ready!(eager.poll(py, context))?;
        }
        Poll::Ready(self.outcome(py))
    }
}

/// Keeps the cyclic collector from running while many objects are made of which none is garbage.
pub(crate) struct QuietCollector {
    was_enabled: bool,
}

impl QuietCollector {
    pub(crate) fn new(_py: Python<'_>) -> Self {
        // SAFETY: attached to the interpreter, as the token shows; the call only flips a flag of the collector.
        let was_enabled = unsafe { ffi::PyGC_Disable() } != 0;
        Self { was_enabled }
    }
}

impl Drop for QuietCollector {
    fn drop(&mut self) {
        if self.was_enabled {
            // SAFETY: dropped in the scope of the token that it was made with.
            unsafe { ffi::PyGC_Enable() };
        }
    }
}

/// A task polled after it had finished: nobody does that.
pub(super) fn finished_twice() -> PyErr {
    PyRuntimeError::new_err("a task was polled after it had finished")
}
