//! What an operation does when it is first awaited.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::awaiting::Finish;
use super::read_ahead::ReadAhead;
use super::{Mode, Operation};
use crate::hub::Task;
use crate::model::ModelType;
use crate::query::{BatchIterator, Query, Want};
use crate::relation::FetchGroup;
use crate::session::Session;
use crate::write;

type Start = dyn FnOnce(Python<'_>) -> PyResult<Box<dyn Task>> + Send + Sync;

/// Everything that an operation can be.
pub(crate) enum Job {
    /// A read or a delete over a query.
    Query { query: Py<Query>, want: Want },
    /// An update over a query.
    Update { query: Py<Query>, values: Option<Py<PyDict>> },
    /// The next row of an iteration.
    Next(Py<BatchIterator>),
    /// The remaining rows of an iteration, as a list.
    Rest(Py<BatchIterator>),
    /// The first row of an iteration.
    FirstOf(Py<BatchIterator>),
    /// New rows.
    Add {
        session: Py<Session>,
        instances: Vec<Py<PyAny>>,
        single: bool,
        conflict: Option<Py<write::OnConflict>>,
    },
    /// The row of an object's unique values, or a new one.
    FindOrAdd { session: Py<Session>, wanted: write::Wanted },
    /// Some fields of objects to their rows.
    UpdateMany { session: Py<Session>, instances: Vec<Py<PyAny>>, fields: Vec<Py<PyAny>> },
    /// An update or a delete over a query, and the rows that it was about.
    Returning { query: Py<Query>, change: Change },
    /// An instance's fields to its row.
    Save { session: Py<Session>, instance: Py<PyAny> },
    /// An instance's row away.
    DeleteOne { session: Py<Session>, instance: Py<PyAny> },
    /// An instance's row read again.
    Reload { session: Py<Session>, instance: Py<PyAny> },
    /// Where a relation leads.
    Related { group: Py<FetchGroup>, instance: Py<PyAny>, model: Py<ModelType>, relation: String },
    /// Anything else that the engine does.
    Engine(Box<Start>),
    /// A Python coroutine.
    Coroutine(Py<PyAny>),
    /// A function of another operation's value.
    Map { source: Py<Operation>, function: Py<PyAny>, flat: bool },
}

/// A write over a query.
pub(crate) enum Change {
    Update(Option<Py<PyDict>>),
    Delete,
}

/// What beginning a job came to.
pub(crate) enum Step {
    /// It is done.
    Ready(Py<PyAny>),
    /// The loop has to turn before this job begins.
    Turn(Job),
    /// The hub has to go on with it.
    Work(Box<dyn Task>),
    /// A Python awaitable's iterator has to be driven, then finished so.
    Delegate(Py<PyAny>, Finish),
}

impl Job {
    /// A job that the engine does by a future.
    pub(crate) fn engine(
        start: impl FnOnce(Python<'_>) -> PyResult<Box<dyn Task>> + Send + Sync + 'static,
    ) -> Job {
        Job::Engine(Box::new(start))
    }

    /// Begins the job, or reads the long lists of its query first.
    pub(crate) fn start(self, py: Python<'_>) -> PyResult<Step> {
        let lists = match &self {
            Job::Query { query, .. } | Job::Update { query, .. } | Job::Returning { query, .. } => {
                query.get().long_lists(py)?
            }
            Job::Next(iterator) | Job::Rest(iterator) | Job::FirstOf(iterator) => {
                iterator.get().long_lists(py)?
            }
            Job::Add { .. }
            | Job::FindOrAdd { .. }
            | Job::UpdateMany { .. }
            | Job::Save { .. }
            | Job::DeleteOne { .. }
            | Job::Reload { .. }
            | Job::Related { .. }
            | Job::Engine(_)
            | Job::Coroutine(_)
            | Job::Map { .. } => Vec::new(),
        };
        match lists.is_empty() {
            true => self.begin(py),
            false => Ok(Step::Work(ReadAhead::boxed(lists, self))),
        }
    }

    /// The write over a query that returns its rows; nothing for other jobs.
    pub(super) fn returning(&self, py: Python<'_>, values: &Bound<'_, PyTuple>) -> PyResult<Option<Job>> {
        let (query, change) = match self {
            Job::Query { query, want: Want::Delete } => (query, Change::Delete),
            Job::Update { query, values } => {
                (query, Change::Update(values.as_ref().map(|values| values.clone_ref(py))))
            }
            Job::Query { .. }
            | Job::Next(_)
            | Job::Rest(_)
            | Job::FirstOf(_)
            | Job::Add { .. }
            | Job::FindOrAdd { .. }
            | Job::UpdateMany { .. }
            | Job::Returning { .. }
            | Job::Save { .. }
            | Job::DeleteOne { .. }
            | Job::Reload { .. }
            | Job::Related { .. }
            | Job::Engine(_)
            | Job::Coroutine(_)
            | Job::Map { .. } => return Ok(None),
        };
        let query = query.get().returning(values)?;
        Ok(Some(Job::Returning { query: Py::new(py, query)?, change }))
    }

    /// The same work over a query, to look at; nothing for other jobs.
    pub(super) fn copy_of_query(&self, py: Python<'_>) -> Option<Job> {
        match self {
            Job::Query { query, want } => Some(Job::Query { query: query.clone_ref(py), want: *want }),
            Job::Update { query, values } => Some(Job::Update {
                query: query.clone_ref(py),
                values: values.as_ref().map(|values| values.clone_ref(py)),
            }),
            Job::Next(_)
            | Job::Rest(_)
            | Job::FirstOf(_)
            | Job::Add { .. }
            | Job::FindOrAdd { .. }
            | Job::UpdateMany { .. }
            | Job::Returning { .. }
            | Job::Save { .. }
            | Job::DeleteOne { .. }
            | Job::Reload { .. }
            | Job::Related { .. }
            | Job::Engine(_)
            | Job::Coroutine(_)
            | Job::Map { .. } => None,
        }
    }

    pub(super) fn begin(self, py: Python<'_>) -> PyResult<Step> {
        match self {
            Job::Query { query, want } => Query::run(query.bind(py), want),
            Job::Update { query, values } => Query::run_update(query.bind(py), values),
            Job::Next(iterator) => BatchIterator::next(iterator.bind(py)),
            Job::Rest(iterator) => BatchIterator::rest(iterator.bind(py)),
            Job::FirstOf(iterator) => BatchIterator::first(iterator.bind(py)),
            Job::Add { session, instances, single, conflict } => {
                let conflict = conflict.as_ref().map(|conflict| conflict.get());
                write::add(session.bind(py), instances, single, conflict)
            }
            Job::FindOrAdd { session, wanted } => write::find_or_add(session.bind(py), wanted),
            Job::UpdateMany { session, instances, fields } => {
                write::update_many(session.bind(py), &instances, &fields)
            }
            Job::Returning { query, change } => Query::run_returning(query.bind(py), change),
            Job::Save { session, instance } => write::save(session.bind(py), instance),
            Job::DeleteOne { session, instance } => write::delete(session.bind(py), &instance),
            Job::Reload { session, instance } => write::reload(session.bind(py), instance),
            Job::Related { group, instance, model, relation } => {
                FetchGroup::load_for(group.bind(py), instance.bind(py), model.bind(py), &relation)
            }
            Job::Engine(start) => start(py).map(Step::Work),
            Job::Coroutine(function) => Ok(Step::Delegate(super::drive(function.bind(py))?, Finish::Keep)),
            Job::Map { source, function, flat } => {
                let finish = if flat { Finish::FlatMap(function) } else { Finish::Map(function) };
                let awaiting = Py::new(py, Operation::awaiting(source.bind(py), Mode::Raise))?;
                Ok(Step::Delegate(awaiting.into_any(), finish))
            }
        }
    }
}
