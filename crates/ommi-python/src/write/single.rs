//! `save`, `delete` and `reload` of one instance, by its key.

use std::sync::Arc;

use ommi::core::driver::FetchOptions;
use ommi::core::query::{
    Caching, ColumnRef, Expr, Operation as EngineOperation, Operator, Query as EngineQuery,
};
use ommi::core::value::{RowBatch, Value};
use ommi::core::{Error, ErrorKind};
use ommi::engine::{RowState, Saving};
use pyo3::prelude::*;

use super::given::{take_given, waits_for_key};
use super::{add, definition_of, placed, set_field};
use crate::error::{During, to_python};
use crate::hub::may_run_now;
use crate::model::Definition;
use crate::operation::{Step, engine_task};
use crate::query::{Rows, RowsTask, take_spare};
use crate::session::Session;

/// Writes an instance's fields to its row, or what changed of them; adds a row where the generated key is not set.
pub(crate) fn save(session: &Bound<'_, Session>, instance: Py<PyAny>) -> PyResult<Step> {
    let py = session.py();
    let definition = definition_of(instance.bind(py), During::Update)?;
    if waits_for_key(instance.bind(py), &definition)? {
        return add(session, vec![instance], true, None);
    }
    take_given(instance.bind(py), &definition, During::Update)?;
    let state = state_of(instance.bind(py), &definition)?;
    let before = definition.row_before(instance.bind(py))?;
    let saving = state.saving(before.as_ref().map(|before| before.get().row()));
    let engine = session.get().engine(py)?;
    match saving.map_err(|error| to_python(py, error, During::Update))? {
        Saving::Unchanged => Ok(Step::Ready(instance)),
        Saving::Check(operation) => {
            let engine = engine.clone();
            let future = Box::pin(async move { exists(&engine, operation).await.map(u64::from) });
            let finish = move |py: Python<'_>, rows| saved(py, rows, &state, None, &definition, instance);
            Ok(Step::Work(engine_task(future, During::Update, finish)))
        }
        Saving::Write { update, version } => {
            if may_run_now()
                && let Some(outcome) = py.detach(|| engine.write_now(&update))
            {
                let rows = outcome.map_err(|error| to_python(py, error, During::Update))?;
                return saved(py, rows, &state, version, &definition, instance).map(Step::Ready);
            }
            let finish = move |py: Python<'_>, rows| saved(py, rows, &state, version, &definition, instance);
            Ok(Step::Work(engine_task(engine.write(update), During::Update, finish)))
        }
    }
}

fn saved(
    py: Python<'_>,
    rows: u64,
    state: &RowState,
    version: Option<(usize, Value)>,
    definition: &Definition,
    instance: Py<PyAny>,
) -> PyResult<Py<PyAny>> {
    if !state.found(rows).map_err(|error| to_python(py, error, During::Update))? {
        let message = "no row has the instance's key, so there is nothing to save to; add() it instead";
        let error = Error::new(ErrorKind::NoResult, message).with_model(definition.model.name());
        return Err(to_python(py, error, During::Update));
    }
    if let Some((field, value)) = version {
        set_field(instance.bind(py), definition, field, value.as_cell(&mut String::new()))?;
    }
    definition.remember_fields(instance.bind(py))?;
    Ok(instance)
}

async fn exists(engine: &ommi::engine::Session, operation: EngineOperation) -> ommi::core::Result<bool> {
    let mut rows = engine.fetch(operation, FetchOptions::default());
    match std::future::poll_fn(|context| rows.as_mut().poll_next(context)).await {
        Some(batch) => Ok(batch?.get(0, 0) == Some(ommi::core::value::Cell::Bool(true))),
        None => Ok(false),
    }
}

/// Removes an instance's row; the value is the number of rows.
pub(crate) fn delete(session: &Bound<'_, Session>, instance: &Py<PyAny>) -> PyResult<Step> {
    let py = session.py();
    let definition = definition_of(instance.bind(py), During::Other)?;
    let state = state_of(instance.bind(py), &definition)?;
    let operation = state.deleting();
    let engine = session.get().engine(py)?;
    let finish = move |py: Python<'_>, rows: u64| {
        state.found(rows).map_err(|error| to_python(py, error, During::Other))?;
        Ok(rows.into_pyobject(py)?.into_any().unbind())
    };
    if may_run_now()
        && let Some(outcome) = py.detach(|| engine.write_now(&operation))
    {
        let rows = outcome.map_err(|error| to_python(py, error, During::Other))?;
        return finish(py, rows).map(Step::Ready);
    }
    Ok(Step::Work(engine_task(engine.write(operation), During::Other, finish)))
}

/// Reads an instance's row again into the instance.
pub(crate) fn reload(session: &Bound<'_, Session>, instance: Py<PyAny>) -> PyResult<Step> {
    let py = session.py();
    let definition = definition_of(instance.bind(py), During::Other)?;
    let values = read_all(instance.bind(py), &definition)?;
    let query = EngineQuery { caching: Caching::Never, ..by_key(py, &definition, &values)? };
    let operation = EngineOperation::Fetch(query);
    let engine = session.get().engine(py)?;
    if may_run_now() {
        let mut batch = take_spare();
        if let Some(outcome) = py.detach(|| engine.fetch_now(&operation, &mut batch)) {
            outcome.map_err(|error| to_python(py, error, During::Other))?;
            return refresh(py, &definition, &instance, &batch).map(Step::Ready);
        }
    }
    let stream = engine.fetch(operation, FetchOptions::default());
    let model = definition.model.name().to_owned();
    Ok(Step::Work(RowsTask::one(stream, Rows::Into { definition, instance }, model)))
}

/// Sets an instance's fields from the one row of a batch.
fn refresh(
    py: Python<'_>,
    definition: &Definition,
    instance: &Py<PyAny>,
    batch: &RowBatch,
) -> PyResult<Py<PyAny>> {
    if batch.is_empty() {
        let error = Error::new(ErrorKind::NoResult, "no row has the instance's key any more");
        return Err(to_python(py, error.with_model(definition.model.name()), During::Other));
    }
    definition.refresh(instance.bind(py), batch.row(0))?;
    Ok(instance.clone_ref(py))
}

/// An instance's row as it is to be. It has to have a key.
fn state_of(instance: &Bound<'_, PyAny>, definition: &Arc<Definition>) -> PyResult<RowState> {
    let values = read_all(instance, definition)?;
    check_key(instance.py(), definition, &values)?;
    Ok(RowState { model: definition.model.clone(), values })
}

/// All fields of an instance, in order.
fn read_all(instance: &Bound<'_, PyAny>, definition: &Definition) -> PyResult<Vec<Value>> {
    let py = instance.py();
    let fields = definition.fields.iter().enumerate();
    fields
        .map(|(position, field)| {
            let value = instance.getattr(field.name.bind(py))?;
            let value = field.codec.read_value(&value);
            value.map_err(|error| placed(py, error, definition, position, During::Update))
        })
        .collect()
}

/// Refuses an instance without a key.
fn check_key(py: Python<'_>, definition: &Definition, values: &[Value]) -> PyResult<()> {
    match definition.model.key().iter().find(|field| values[**field].is_null()) {
        Some(field) => {
            let error = Error::new(ErrorKind::Validation, "the instance has no key yet: add() it first");
            Err(placed(py, error, definition, *field, During::Other))
        }
        None => Ok(()),
    }
}

/// The query that finds the row with an instance's key.
fn by_key(py: Python<'_>, definition: &Arc<Definition>, values: &[Value]) -> PyResult<EngineQuery> {
    check_key(py, definition, values)?;
    let model = &definition.model;
    let mut query = EngineQuery::new(model.clone());
    for field in model.key() {
        let column = Expr::Column(ColumnRef { model: model.clone(), field: *field });
        query = query.filter(Expr::binary(Operator::Eq, column, Expr::Value(values[*field].clone())));
    }
    Ok(query)
}

impl Definition {
    /// Sets the fields of an instance from a row: all, or none where one cannot be read.
    pub(crate) fn refresh<'a>(
        &self,
        instance: &Bound<'_, PyAny>,
        cells: impl Iterator<Item = ommi::core::value::Cell<'a>> + Clone,
    ) -> PyResult<()> {
        let py = instance.py();
        let built = cells.clone().take(self.fields.len()).enumerate();
        let values = built.map(|(field, cell)| self.value(py, field, cell)).collect::<PyResult<Vec<_>>>()?;
        for (field, value) in self.fields.iter().zip(values) {
            self.layout.set(instance, field.name.bind(py), &value)?;
        }
        self.remember_row(instance, cells)
    }
}
