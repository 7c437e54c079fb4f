//! `Query`: the fluent builder. Every method gives a new query; nothing runs until an operation is awaited.

mod after;
mod builder;
mod conditions;
mod fetch;
mod functions;
mod iterator;
pub(crate) mod raw;
mod rows;
mod run;
mod selection;
mod sort;
mod write;

use ommi::core::query::{Caching, Lock};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

pub(crate) use fetch::Fetch;
use functions::resolved;
pub(crate) use iterator::BatchIterator;
pub(crate) use rows::{QuietCollector, Rows, RowsTask, take_spare};
pub(crate) use run::Want;
use selection::Selection;

use crate::node::{LongList, find_long_lists};
use crate::operation::{Job, Operation};
use crate::session::Session;

/// What to find, where, and how to hand it over.
#[pyclass(frozen, generic, module = "ommi._ommi")]
pub(crate) struct Query {
    session: Py<Session>,
    predicates: Vec<Py<PyAny>>,
    order: Vec<Py<PyAny>>,
    limit: Option<u64>,
    offset: Option<u64>,
    /// The row that the page comes after.
    after: Option<Py<PyAny>>,
    distinct: bool,
    /// Whether its rows are chosen by chance.
    sampled: bool,
    selection: Option<Selection>,
    keys: Vec<Py<PyAny>>,
    having: Vec<Py<PyAny>>,
    related: Vec<Py<PyAny>>,
    batch_size: Option<usize>,
    lock: Option<Lock>,
    caching: Caching,
    raises: bool,
}

impl Query {
    /// A query over what the predicates name.
    pub(crate) fn find(session: Py<Session>, predicates: &Bound<'_, PyTuple>) -> PyResult<Query> {
        Ok(Query {
            session,
            predicates: resolved(&[], predicates)?,
            order: Vec::new(),
            limit: None,
            offset: None,
            after: None,
            distinct: false,
            sampled: false,
            selection: None,
            keys: Vec::new(),
            having: Vec::new(),
            related: Vec::new(),
            batch_size: None,
            lock: None,
            caching: Caching::AsHandle,
            raises: false,
        })
    }

    /// The same query, of which bare awaits raise.
    pub(crate) fn raising(mut self) -> Query {
        self.raises = true;
        self
    }

    fn copy(&self, py: Python<'_>) -> Query {
        let all = |objects: &[Py<PyAny>]| objects.iter().map(|object| object.clone_ref(py)).collect();
        Query {
            session: self.session.clone_ref(py),
            predicates: all(&self.predicates),
            order: all(&self.order),
            limit: self.limit,
            offset: self.offset,
            after: self.after.as_ref().map(|last| last.clone_ref(py)),
            distinct: self.distinct,
            sampled: self.sampled,
            selection: self.selection.as_ref().map(|selection| selection.copy(py)),
            keys: all(&self.keys),
            having: all(&self.having),
            related: all(&self.related),
            batch_size: self.batch_size,
            lock: self.lock,
            caching: self.caching,
            raises: self.raises,
        }
    }

    /// The same query, of which these values are returned; all of it where there are none.
    pub(crate) fn returning(&self, values: &Bound<'_, PyTuple>) -> PyResult<Query> {
        let mut query = self.copy(values.py());
        if !values.is_empty() {
            query.selection = Some(Selection::new(values, None)?);
        }
        Ok(query)
    }

    /// The long lists of its predicates that have to be read before it can begin.
    pub(crate) fn long_lists(&self, py: Python<'_>) -> PyResult<Vec<LongList>> {
        let mut lists = Vec::new();
        for predicate in &self.predicates {
            find_long_lists(predicate.bind(py), &mut lists)?;
        }
        Ok(lists)
    }

    fn operation(slf: &Bound<'_, Self>, want: Want) -> Operation {
        let job = Job::Query { query: slf.clone().unbind(), want };
        if slf.get().raises { Operation::raising_by_default(job) } else { Operation::new(job) }
    }
}
