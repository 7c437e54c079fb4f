//! Sessions: where operations run. `Handle` is a database, `Tx` a transaction; both make the same operations.

mod ambient;
mod driver;
mod handle;
mod query_cache;
mod transaction;

use ommi::engine::Session as EngineSession;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyTuple};

pub(crate) use ambient::{
    ambient_transaction, enter_ambient, exit_ambient, leave_ambient, return_ambient, session_here,
};
pub(crate) use driver::{NativeDriver, native_driver};
pub(crate) use handle::Handle;
pub(crate) use query_cache::Seconds;
pub(crate) use transaction::Tx;

use crate::error::{During, to_python};
use crate::hub::fork_generation;
use crate::operation::{Job, Operation};
use crate::query::{Query, raw};
use crate::write::{OnConflict, Wanted};

/// The base of `Handle` and `Tx`.
#[pyclass(frozen, subclass, weakref, module = "ommi._ommi")]
pub(crate) struct Session {
    opened: PyOnceLock<Opened>,
}

struct Opened {
    engine: EngineSession,
    generation: u64,
}

impl Session {
    pub(super) fn unopened() -> Self {
        Self { opened: PyOnceLock::new() }
    }

    fn open(&self, py: Python<'_>, engine: EngineSession) -> PyResult<()> {
        self.opened
            .set(py, Opened { engine, generation: fork_generation() })
            .map_err(|_| PyRuntimeError::new_err("the session is open already"))
    }

    /// The engine's session.
    pub(crate) fn engine(&self, py: Python<'_>) -> PyResult<&EngineSession> {
        let Some(opened) = self.opened.get(py) else {
            return Err(PyRuntimeError::new_err("the session was never opened: call super().__init__(...)"));
        };
        if opened.generation != fork_generation() {
            let error = ommi::core::Error::new(
                ommi::core::ErrorKind::Closed,
                "the process was forked after this handle was opened, and its threads stayed in the parent; \
                 open a new handle in the child",
            );
            return Err(to_python(py, error, During::Connect));
        }
        Ok(&opened.engine)
    }

    /// Whether a transaction's session.
    pub(crate) fn is_transaction(&self, py: Python<'_>) -> bool {
        self.opened.get(py).is_some_and(|opened| opened.engine.transaction().is_some())
    }
}

/// The instances of `add(a, b)` and `add([a, b])`, and whether one was given by itself.
fn instances(items: &Bound<'_, PyTuple>) -> PyResult<(Vec<Py<PyAny>>, bool)> {
    let mut all = Vec::with_capacity(items.len());
    let mut single = items.len() == 1;
    for item in items.iter() {
        if item.is_instance_of::<PyList>() || item.is_instance_of::<PyTuple>() {
            single = false;
            for inner in item.try_iter()? {
                all.push(inner?.unbind());
            }
        } else {
            all.push(item.unbind());
        }
    }
    Ok((all, single))
}

#[pymethods]
impl Session {
    /// Rows of the first model that the predicates name. Nothing runs until it is awaited.
    #[pyo3(signature = (*predicates, batch_size = None))]
    fn find(
        slf: &Bound<'_, Self>,
        predicates: &Bound<'_, PyTuple>,
        batch_size: Option<usize>,
    ) -> PyResult<Query> {
        let query = Query::find(session_here(slf)?, predicates)?;
        match batch_size {
            None => Ok(query),
            Some(rows) => query.batch_size(slf.py(), rows),
        }
    }

    /// All rows of a model, as a query whose operations raise.
    fn query(slf: &Bound<'_, Self>, model: &Bound<'_, PyAny>) -> PyResult<Query> {
        let predicates = PyTuple::new(slf.py(), [model])?;
        Ok(Query::find(session_here(slf)?, &predicates)?.raising())
    }

    /// Runs a statement in the database's own language. Values stand in it by name, `:id`, and are never written into it.
    ///
    /// With a model the value is a list of instances (`{*}` in the text is the model's columns), with a tuple of types a list
    /// of tuples, without either the number of rows that were changed.
    #[pyo3(signature = (text, into = None, /, **values))]
    fn raw(
        slf: &Bound<'_, Self>,
        text: String,
        into: Option<Py<PyAny>>,
        values: Option<Py<PyDict>>,
    ) -> PyResult<Operation> {
        let session = session_here(slf)?;
        Ok(Operation::new(Job::engine(move |py| {
            let (into, values) =
                (into.as_ref().map(|into| into.bind(py)), values.as_ref().map(|given| given.bind(py)));
            raw::begin(session.bind(py), text, into, values)
        })))
    }

    /// Adds instances, all or none; generated keys are written back to them.
    ///
    /// `on_conflict` says what happens where a row like one of them is there: `on(User.email).replace()`. The key of the row
    /// that is there then is written back.
    #[pyo3(signature = (*models, on_conflict = None))]
    fn add(
        slf: &Bound<'_, Self>,
        models: &Bound<'_, PyTuple>,
        on_conflict: Option<Py<OnConflict>>,
    ) -> PyResult<Operation> {
        let (instances, single) = instances(models)?;
        let session = session_here(slf)?;
        Ok(Operation::new(Job::Add { session, instances, single, conflict: on_conflict }))
    }

    /// The row that has the same values in some unique fields, or the object, added; with whether it was added. Of many who
    /// ask at once one adds it.
    #[pyo3(signature = (model, /, *, by = None, defaults = None, **values))]
    fn get_or_create(
        slf: &Bound<'_, Self>,
        model: &Bound<'_, PyAny>,
        by: Option<&Bound<'_, PyAny>>,
        defaults: Option<&Bound<'_, PyDict>>,
        values: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Operation> {
        let wanted = Wanted::to_get(model, by, defaults, values)?;
        Ok(Operation::new(Job::FindOrAdd { session: session_here(slf)?, wanted }))
    }

    /// As `get_or_create`, after the row that is there was changed.
    #[pyo3(signature = (model, on_conflict = None, /, *, defaults = None, **values))]
    fn update_or_create(
        slf: &Bound<'_, Self>,
        model: &Bound<'_, PyAny>,
        on_conflict: Option<Py<OnConflict>>,
        defaults: Option<&Bound<'_, PyDict>>,
        values: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Operation> {
        let wanted = Wanted::to_update(model, on_conflict, defaults, values)?;
        Ok(Operation::new(Job::FindOrAdd { session: session_here(slf)?, wanted }))
    }

    /// Writes these fields of objects to their rows, all or none, in few statements; the value is the number of rows that
    /// were there.
    fn update_many(
        slf: &Bound<'_, Self>,
        models: Vec<Py<PyAny>>,
        fields: Vec<Py<PyAny>>,
    ) -> PyResult<Operation> {
        Ok(Operation::new(Job::UpdateMany { session: session_here(slf)?, instances: models, fields }))
    }

    /// Writes an instance's fields to its row; adds the row where its generated key is not set yet.
    fn save(slf: &Bound<'_, Self>, model: Py<PyAny>) -> PyResult<Operation> {
        Ok(Operation::new(Job::Save { session: session_here(slf)?, instance: model }))
    }

    /// Removes an instance's row; the value is the number of rows removed.
    fn delete(slf: &Bound<'_, Self>, model: Py<PyAny>) -> PyResult<Operation> {
        Ok(Operation::new(Job::DeleteOne { session: session_here(slf)?, instance: model }))
    }

    /// Reads an instance's row again into the instance.
    fn reload(slf: &Bound<'_, Self>, model: Py<PyAny>) -> PyResult<Operation> {
        Ok(Operation::new(Job::Reload { session: session_here(slf)?, instance: model }))
    }

    /// The rows that a relation of an instance leads to, as a list.
    fn load_related(
        slf: &Bound<'_, Self>,
        instance: Py<PyAny>,
        model: Py<crate::model::ModelType>,
        relation: String,
    ) -> PyResult<Operation> {
        let group = crate::relation::FetchGroup::single(session_here(slf)?);
        let group = Py::new(slf.py(), group)?;
        Ok(Operation::new(Job::Related { group, instance, model, relation }))
    }
}
