//! Relations: objects of one fetch share a `FetchGroup`, and the first await of a relation on one of them loads
//! it for all of them in one query.

mod eager;
mod load;

use std::collections::HashMap;
use std::sync::Arc;

use ommi::core::value::{RowBatch, Value};
use ommi::engine::{RelationKey, RelationOptions};
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

pub(crate) use eager::{EagerLoad, Wanted};
use load::{GroupLoad, Loaded};

use crate::error::{During, to_python};
use crate::hub::may_run_now;
use crate::model::{Definition, ModelType};
use crate::operation::{Job, Operation, Step};
use crate::session::{Handle, Session, Tx, session_here};

/// What the objects of one fetch have in common: where they came from and the keys of all of them.
#[pyclass(frozen, module = "ommi._ommi")]
pub(crate) struct FetchGroup {
    session: Py<Session>,
    key_fields: Arc<[usize]>,
    state: Mutex<GroupState>,
}

#[derive(Default)]
struct GroupState {
    keys: RowBatch,
    loaded: HashMap<String, Arc<Loaded>>,
}

impl FetchGroup {
    /// A group for an instance by itself.
    pub(crate) fn single(session: Py<Session>) -> Self {
        Self { session, key_fields: Arc::new([]), state: Mutex::default() }
    }

    /// A group for the rows of one fetch.
    pub(crate) fn of_fetch(session: &Bound<'_, Session>, definition: &Definition) -> PyResult<Py<Self>> {
        let key_fields = definition.relation_keys();
        let keys = RowBatch::with_capacity(key_fields.len(), 0);
        let state = Mutex::new(GroupState { keys, loaded: HashMap::new() });
        Py::new(session.py(), Self { session: session.clone().unbind(), key_fields, state })
    }

    /// A fresh group from the same place, for the next batch of an iteration.
    pub(crate) fn successor(&self, py: Python<'_>, definition: &Definition) -> PyResult<Py<Self>> {
        Self::of_fetch(self.session.bind(py), definition)
    }

    /// Notes the keys of a row from which an object was built.
    #[inline]
    pub(crate) fn remember(&self, batch: &RowBatch, row: usize) {
        if self.key_fields.is_empty() {
            return;
        }
        let mut state = self.state.lock();
        for field in &*self.key_fields {
            if let Some(cell) = batch.get(row, *field) {
                state.keys.push(cell);
            }
        }
        state.keys.end_row();
    }

    /// Where a load runs here and now: the transaction of the fetch while it is open, else the handle.
    fn place(&self, py: Python<'_>) -> PyResult<Py<Session>> {
        let session = self.session.bind(py);
        match session.cast::<Tx>() {
            Ok(tx) if !tx.getattr("is_open")?.is_truthy()? => {
                let handle = tx.get().handle_of(py)?;
                session_here(handle.bind(py).cast::<Handle>()?.as_super())
            }
            Ok(_) => Ok(session.clone().unbind()),
            Err(_) => session_here(session),
        }
    }

    /// The values of some fields of all rows of the fetch, each combination once; none where they are not kept.
    fn all_keys(&self, fields: &[usize]) -> Vec<Vec<Value>> {
        let columns: Option<Vec<usize>> =
            fields.iter().map(|field| self.key_fields.iter().position(|kept| kept == field)).collect();
        let Some(columns) = columns else { return Vec::new() };
        let state = self.state.lock();
        let mut seen = std::collections::HashSet::new();
        let mut keys = Vec::new();
        for row in 0..state.keys.len() {
            let cells = columns.iter().filter_map(|column| state.keys.get(row, *column));
            if seen.insert(RelationKey::of_cells(cells.clone()))
                && let Ok(values) = cells.map(|cell| cell.to_value()).collect()
            {
                keys.push(values);
            }
        }
        keys
    }

    fn loaded(&self, relation: &str) -> Option<Arc<Loaded>> {
        self.state.lock().loaded.get(relation).cloned()
    }

    fn keep(&self, relation: &str, loaded: Arc<Loaded>) {
        self.state.lock().loaded.insert(relation.to_owned(), loaded);
    }

    /// The related objects of `instance`, where a load for the fetch has asked for them.
    fn found_for(
        &self,
        instance: &Bound<'_, PyAny>,
        definition: &Definition,
        relation: &str,
    ) -> PyResult<Option<Py<PyAny>>> {
        let Some(loaded) = self.loaded(relation) else { return Ok(None) };
        let own = own_values(instance, definition, &loaded.parent_fields)?;
        Ok(loaded.get(instance.py(), &RelationKey::of_values(&own)))
    }

    /// Begins to load a relation for `instance`, and with it for all objects of the fetch.
    pub(crate) fn load_for(
        slf: &Bound<'_, Self>,
        instance: &Bound<'_, PyAny>,
        model: &Bound<'_, ModelType>,
        relation: &str,
    ) -> PyResult<Step> {
        let py = slf.py();
        let definition = ModelType::definition(model)?;
        if let Some(found) = slf.get().found_for(instance, &definition, relation)? {
            return Ok(Step::Ready(found));
        }
        let own = own_values(instance, &definition, &definition.parent_fields(py, relation)?)?;
        let key = RelationKey::of_values(&own);
        let session = slf.get().place(py)?;
        let load =
            GroupLoad::begin(slf, &session, &definition, relation, Some(own), RelationOptions::default())?;
        Ok(Step::Work(load.for_key(key)))
    }
}

/// The values of some fields of `instance`.
fn own_values(
    instance: &Bound<'_, PyAny>,
    definition: &Definition,
    fields: &[usize],
) -> PyResult<Vec<Value>> {
    let py = instance.py();
    let own_value = |field: &usize| {
        let field = &definition.fields[*field];
        let value = instance.getattr(field.name.bind(py))?;
        let value = field.codec.read_value(&value);
        value.map_err(|error| to_python(py, error.with_model(definition.model.name()), During::Other))
    };
    fields.iter().map(own_value).collect()
}

#[pymethods]
impl FetchGroup {
    /// The related objects of `instance` where a load has brought them, and the loop may go without a turn; else None.
    fn at_hand(
        &self,
        instance: &Bound<'_, PyAny>,
        model: &Bound<'_, ModelType>,
        relation: &str,
    ) -> PyResult<Option<Py<PyAny>>> {
        if !may_run_now() {
            return Ok(None);
        }
        let definition = ModelType::definition(model)?;
        self.found_for(instance, &definition, relation)
    }

    /// Whether the related objects of `instance` are there already.
    fn has(
        &self,
        instance: &Bound<'_, PyAny>,
        model: &Bound<'_, ModelType>,
        relation: &str,
    ) -> PyResult<bool> {
        let definition = ModelType::definition(model)?;
        Ok(self.found_for(instance, &definition, relation)?.is_some())
    }

    /// The related objects of `instance`, loaded for all objects of the same fetch at once.
    fn load(slf: &Bound<'_, Self>, instance: Py<PyAny>, model: Py<ModelType>, relation: String) -> Operation {
        Operation::new(Job::Related { group: slf.clone().unbind(), instance, model, relation })
    }

    /// The session that the objects came from.
    #[getter]
    fn session(&self, py: Python<'_>) -> Py<Session> {
        self.session.clone_ref(py)
    }

    /// Pickled and copied objects belong to no fetch.
    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<(Py<PyAny>, Py<PyTuple>)> {
        let py = slf.py();
        let nothing = py.import("ommi.models.query_fields")?.getattr("unloaded")?.unbind();
        Ok((nothing, PyTuple::empty(py).unbind()))
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        visit.call(&self.session)?;
        if let Some(state) = self.state.try_lock() {
            for loaded in state.loaded.values() {
                loaded.traverse(&visit)?;
            }
        }
        Ok(())
    }

    fn __clear__(&self) {
        if let Some(mut state) = self.state.try_lock() {
            state.loaded.clear();
        }
    }
}

/// A group for relations of objects that came from no fetch.
#[pyfunction]
pub(crate) fn session_group(session: Py<Session>) -> FetchGroup {
    FetchGroup::single(session)
}
