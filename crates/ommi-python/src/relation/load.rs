//! Loading one relation for all objects of a fetch.

use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use ommi::core::driver::{FetchOptions, RowStream};
use ommi::core::query::{Operation as EngineOperation, Query};
use ommi::core::value::{RowBatch, Value};
use ommi::engine::relations::{
    MAX_COMPOSITE_PARENTS, RelationKey, RelationLoad, RelationOptions, relation_query_with,
};
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::FetchGroup;
use crate::error::{During, to_python};
use crate::hub::{HOLD_BUDGET, Task};
use crate::model::{Definition, model_type_of};
use crate::query::QuietCollector;
use crate::session::Session;

/// The related objects of many parents, by the parents' keys.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    /// The fields of a parent whose values are its key here.
    pub(super) parent_fields: Vec<usize>,
    /// What was asked for; nothing where there is no related row.
    found: HashMap<RelationKey, Option<Py<PyList>>>,
}

impl Loaded {
    /// The related objects of a parent, if its key was asked for. Each caller gets a list of its own.
    pub(super) fn get(&self, py: Python<'_>, key: &RelationKey) -> Option<Py<PyAny>> {
        let list = match self.found.get(key)? {
            Some(list) => list.bind(py).get_slice(0, usize::MAX >> 1),
            None => PyList::empty(py),
        };
        Some(list.into_any().unbind())
    }

    pub(super) fn traverse(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        self.found.values().flatten().try_for_each(|list| visit.call(list))
    }
}

/// A load under way.
pub(super) struct GroupLoad {
    group: Py<FetchGroup>,
    session: Py<Session>,
    parent: Arc<Definition>,
    relation: String,
    options: RelationOptions,
    /// The keys that are not asked for yet: of composite ones, one query takes some only.
    waiting: Vec<Vec<Value>>,
    stream: Option<RowStream>,
    batch: Option<(RowBatch, usize)>,
    child: Arc<Definition>,
    child_group: Option<Py<FetchGroup>>,
    /// Which cells of a row are its parent's key.
    row_keys: Vec<usize>,
    /// The parent of the latest row and its related objects: rows of one parent often come together.
    latest: Option<(RelationKey, Py<PyList>)>,
    loaded: Loaded,
}

impl GroupLoad {
    /// Begins to load `relation` for all parents of `group`, and for the one with the key `own`.
    pub(super) fn begin(
        group: &Bound<'_, FetchGroup>,
        session: &Py<Session>,
        parent: &Arc<Definition>,
        relation: &str,
        own: Option<Vec<Value>>,
        options: RelationOptions,
    ) -> PyResult<GroupLoad> {
        let py = group.py();
        let fields = parent.parent_fields(py, relation)?;
        let mut keys = group.get().all_keys(&fields);
        if let Some(own) = own {
            keys.retain(|key| *key != own);
            keys.insert(0, own);
        }
        let found = keys.iter().map(|key| (RelationKey::of_values(key), None)).collect();
        let waiting = if fields.len() > 1 && keys.len() > MAX_COMPOSITE_PARENTS {
            keys.split_off(MAX_COMPOSITE_PARENTS)
        } else {
            Vec::new()
        };
        let load = query(py, parent, relation, &keys, &options)?;
        let child = model_type_of(py, &load.query.model)?;
        let child = crate::model::ModelType::definition(&child)?;
        let child_group = match child.layout.keeps_group() {
            true => Some(FetchGroup::of_fetch(session.bind(py), &child)?),
            false => None,
        };
        let stream = stream(py, session, load.query)?;
        Ok(GroupLoad {
            group: group.clone().unbind(),
            session: session.clone_ref(py),
            parent: parent.clone(),
            relation: relation.to_owned(),
            options,
            waiting,
            stream: Some(stream),
            batch: None,
            child,
            child_group,
            row_keys: load.row_keys,
            latest: None,
            loaded: Loaded { parent_fields: fields, found },
        })
    }

    /// The related model and the group of the related objects, for loads that go on from them.
    pub(super) fn children(&self, py: Python<'_>) -> (Arc<Definition>, Option<Py<FetchGroup>>) {
        (self.child.clone(), self.child_group.as_ref().map(|group| group.clone_ref(py)))
    }

    /// A task that gives the related objects of the parent with `key`.
    pub(super) fn for_key(self, key: RelationKey) -> Box<dyn Task> {
        Box::new(LoadTask { load: self, key })
    }

    pub(super) fn poll(&mut self, py: Python<'_>, context: &mut Context<'_>) -> Poll<PyResult<Arc<Loaded>>> {
        let began = Instant::now();
        loop {
            if !self.build_some(py, began)? {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            let next = match &mut self.stream {
                Some(stream) => std::task::ready!(stream.as_mut().poll_next(context)),
                None => None,
            };
            match next {
                Some(Ok(batch)) => self.batch = Some((batch, 0)),
                Some(Err(error)) => return Poll::Ready(Err(to_python(py, error, During::Other))),
                None if !self.waiting.is_empty() => self.ask_on(py)?,
                None => {
                    self.stream = None;
                    self.latest = None;
                    let loaded = Arc::new(std::mem::take(&mut self.loaded));
                    self.group.get().keep(&self.relation, loaded.clone());
                    return Poll::Ready(Ok(loaded));
                }
            }
        }
    }

    /// Asks for the related rows of some of the keys that wait.
    fn ask_on(&mut self, py: Python<'_>) -> PyResult<()> {
        let rest = self.waiting.split_off(self.waiting.len().min(MAX_COMPOSITE_PARENTS));
        let keys = std::mem::replace(&mut self.waiting, rest);
        let load = query(py, &self.parent, &self.relation, &keys, &self.options)?;
        self.stream = Some(stream(py, &self.session, load.query)?);
        Ok(())
    }

    /// Builds related objects of the batch at hand; false when the time is up before its end. A row that several
    /// parents lead to is several objects only where the database returned it several times.
    fn build_some(&mut self, py: Python<'_>, began: Instant) -> PyResult<bool> {
        const CLOCK_EVERY: usize = 64;
        let Some((batch, next)) = &mut self.batch else { return Ok(true) };
        let _quiet = QuietCollector::new(py);
        let width = self.child.fields.len();
        while *next < batch.len() {
            let object = self.child.build(py, batch.row(*next).take(width))?;
            if let Some(group) = &self.child_group {
                group.get().remember(batch, *next);
                self.child.layout.set_group(&object, group.bind(py))?;
            }
            let row = *next;
            let key = RelationKey::of_cells(self.row_keys.iter().filter_map(|cell| batch.get(row, *cell)));
            match &self.latest {
                Some((latest, list)) if *latest == key => list.bind(py).append(object)?,
                _of_another => {
                    let list = match self.loaded.found.entry(key.clone()).or_default() {
                        Some(list) => list.clone_ref(py),
                        none => none.insert(PyList::empty(py).unbind()).clone_ref(py),
                    };
                    list.bind(py).append(object)?;
                    self.latest = Some((key, list));
                }
            }
            *next += 1;
            if *next % CLOCK_EVERY == 0 && began.elapsed() > HOLD_BUDGET / 2 {
                return Ok(false);
            }
        }
        self.batch = None;
        Ok(true)
    }
}

/// How related rows of these parents are found.
fn query(
    py: Python<'_>,
    parent: &Definition,
    relation: &str,
    keys: &[Vec<Value>],
    options: &RelationOptions,
) -> PyResult<RelationLoad> {
    let definition = parent.relation(py, relation)?;
    let load = relation_query_with(&parent.model, definition, keys, options);
    load.map_err(|error| to_python(py, error, During::Other))
}

fn stream(py: Python<'_>, session: &Py<Session>, query: Query) -> PyResult<RowStream> {
    let engine = session.get().engine(py)?;
    Ok(engine.fetch(EngineOperation::Fetch(query), FetchOptions::default()))
}

struct LoadTask {
    load: GroupLoad,
    key: RelationKey,
}

impl Task for LoadTask {
    fn poll(&mut self, py: Python<'_>, context: &mut Context<'_>) -> Poll<PyResult<Py<PyAny>>> {
        let loaded = std::task::ready!(self.load.poll(py, context))?;
        let found = loaded.get(py, &self.key);
        Poll::Ready(Ok(found.unwrap_or_else(|| PyList::empty(py).into_any().unbind())))
    }
}
