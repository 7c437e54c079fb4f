//! `add`: attributes to rows, in slices short enough for an event loop; all rows or none; keys written back.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use ommi::core::driver::BoxFuture;
use ommi::core::schema::ModelDef;
use ommi::core::value::RowBatch;
use ommi::core::{Error, Result};
use ommi::engine::Session as EngineSession;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::{definition_of, placed};
use crate::error::{During, to_python};
use crate::hub::{HOLD_BUDGET, Task};
use crate::model::Definition;
use crate::operation::Step;
use crate::relation::FetchGroup;
use crate::session::Session;

/// Instances of one model, in the order given.
struct Part {
    definition: Arc<Definition>,
    /// Positions in the whole list.
    positions: Vec<usize>,
    /// The field that rows have no cell for: the generated key, while no instance has one.
    skipped: Option<usize>,
    rows: RowBatch,
}

/// Rows of one model for the engine, and the field that they have no cell for.
type Rows = (Arc<ModelDef>, Option<usize>, RowBatch);

/// Begins to add instances.
pub(crate) fn add(session: &Bound<'_, Session>, instances: Vec<Py<PyAny>>, single: bool) -> PyResult<Step> {
    let py = session.py();
    let mut parts: Vec<Part> = Vec::new();
    for (position, instance) in instances.iter().enumerate() {
        let definition = match parts.last() {
            Some(part) if instance.bind(py).get_type().is(&part.definition.class) => part.definition.clone(),
            _ => definition_of(instance.bind(py), During::Add)?,
        };
        match parts.iter_mut().find(|part| part.definition.model.id() == definition.model.id()) {
            Some(part) => part.positions.push(position),
            None => {
                let skipped = definition.model.generated_key();
                let width = definition.fields.len() - usize::from(skipped.is_some());
                let rows = RowBatch::with_capacity(width, 1);
                parts.push(Part { definition, positions: vec![position], skipped, rows });
            }
        }
    }
    if parts.is_empty() {
        return Ok(Step::Ready(PyList::empty(py).into_any().unbind()));
    }
    session.get().engine(py)?;
    let stage = Stage::Reading { part: 0, next: 0 };
    Ok(Step::Work(Box::new(AddTask { session: session.clone().unbind(), instances, single, parts, stage })))
}

struct AddTask {
    session: Py<Session>,
    instances: Vec<Py<PyAny>>,
    single: bool,
    parts: Vec<Part>,
    stage: Stage,
}

enum Stage {
    /// Attributes are read; `next` is the next instance of the part.
    Reading {
        part: usize,
        next: usize,
    },
    /// The engine inserts.
    Inserting(BoxFuture<Result<Vec<Vec<i64>>>>),
    Finished,
}

impl AddTask {
    /// Reads attributes until all rows are complete; false when the time is up before.
    fn read_some(&mut self, py: Python<'_>) -> PyResult<bool> {
        const CLOCK_EVERY: usize = 64;
        let began = Instant::now();
        let Stage::Reading { part, next } = &mut self.stage else { return Ok(true) };
        while let Some(current) = self.parts.get_mut(*part) {
            while let Some(position) = current.positions.get(*next) {
                let instance = self.instances[*position].bind(py);
                if !read_row(instance, &current.definition, current.skipped, &mut current.rows)? {
                    // It has a key: then every row says which one, or that it has none.
                    current.skipped = None;
                    current.rows = RowBatch::with_capacity(current.definition.fields.len(), 1);
                    *next = 0;
                    continue;
                }
                *next += 1;
                if *next % CLOCK_EVERY == 0 && began.elapsed() > HOLD_BUDGET / 2 {
                    return Ok(false);
                }
            }
            *part += 1;
            *next = 0;
        }
        Ok(true)
    }

    fn begin_insert(&mut self, py: Python<'_>) -> PyResult<()> {
        let session = self.session.get().engine(py)?.clone();
        let mut rows: Vec<Rows> = Vec::with_capacity(self.parts.len());
        for part in &mut self.parts {
            rows.push((part.definition.model.clone(), part.skipped, std::mem::take(&mut part.rows)));
        }
        self.stage = Stage::Inserting(Box::pin(insert_all(session, rows)));
        Ok(())
    }

    /// Writes generated keys back and lets instances remember where they are stored.
    fn write_back(&self, py: Python<'_>, keys: &[Vec<i64>]) -> PyResult<Py<PyAny>> {
        for (part, keys) in self.parts.iter().zip(keys) {
            if let Some(field) = part.definition.model.generated_key() {
                let field = &part.definition.fields[field];
                for (position, key) in part.positions.iter().zip(keys) {
                    let instance = self.instances[*position].bind(py);
                    let key = field.codec.build(py, ommi::core::value::Cell::Int(*key))?;
                    part.definition.layout.set(instance, field.name.bind(py), &key)?;
                }
            }
            if part.definition.layout.keeps_group() {
                let group = Py::new(py, FetchGroup::single(self.session.clone_ref(py)))?;
                for position in &part.positions {
                    remember(self.instances[*position].bind(py), &part.definition, group.bind(py))?;
                }
            }
        }
        match (self.single, self.instances.first()) {
            (true, Some(instance)) => Ok(instance.clone_ref(py)),
            _ => Ok(PyList::new(py, &self.instances)?.into_any().unbind()),
        }
    }
}

/// Gives an instance its place, unless it keeps one or a lazy field already.
fn remember(
    instance: &Bound<'_, PyAny>,
    definition: &Definition,
    group: &Bound<'_, FetchGroup>,
) -> PyResult<()> {
    match definition.layout.group(instance)? {
        Some(kept) if !kept.is_none() => Ok(()),
        _ => definition.layout.set_group(instance, group.as_any()),
    }
}

impl Task for AddTask {
    fn poll(&mut self, py: Python<'_>, context: &mut Context<'_>) -> Poll<PyResult<Py<PyAny>>> {
        if matches!(self.stage, Stage::Reading { .. }) {
            if !self.read_some(py)? {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.begin_insert(py)?;
        }
        match &mut self.stage {
            Stage::Inserting(future) => {
                let outcome = std::task::ready!(future.as_mut().poll(context));
                self.stage = Stage::Finished;
                let keys = outcome.map_err(|error| to_python(py, error, During::Add))?;
                Poll::Ready(self.write_back(py, &keys))
            }
            Stage::Reading { .. } | Stage::Finished => Poll::Pending,
        }
    }
}

/// Reads an instance's attributes as one row; false, and no row, where the field to be skipped has a value.
fn read_row(
    instance: &Bound<'_, PyAny>,
    definition: &Definition,
    skipped: Option<usize>,
    rows: &mut RowBatch,
) -> PyResult<bool> {
    let py = instance.py();
    for (position, field) in definition.fields.iter().enumerate() {
        let value = instance.getattr(field.name.bind(py))?;
        if skipped == Some(position) {
            if value.is_none() {
                continue;
            }
            rows.abandon_row();
            return Ok(false);
        }
        if let Err(error) = field.codec.read(&value, |cell| rows.push(cell)) {
            rows.abandon_row();
            return Err(placed(py, error, definition, position, During::Add));
        }
    }
    rows.end_row();
    Ok(true)
}

/// Inserts rows of one model by themselves, of several in one transaction.
async fn insert_all(session: EngineSession, mut parts: Vec<Rows>) -> Result<Vec<Vec<i64>>> {
    if parts.len() == 1
        && let Some(part) = parts.pop()
    {
        return Ok(vec![insert(&session, part).await?]);
    }
    let transaction = session.atomic().await?;
    let mut keys = Vec::with_capacity(parts.len());
    for part in parts {
        match insert(&transaction.session(), part).await {
            Ok(added) => keys.push(added),
            Err(error) => return Err(after_rollback(error, transaction.rollback().await)),
        }
    }
    transaction.commit().await?;
    Ok(keys)
}

/// The first error counts; one of the rollback is only noted where the first has no cause of its own.
fn after_rollback(error: Error, rollback: Result<()>) -> Error {
    match rollback {
        Ok(()) => error,
        Err(second) if std::error::Error::source(&error).is_none() => error.with_source(second),
        Err(_) => error,
    }
}

async fn insert(session: &EngineSession, (model, skipped, rows): Rows) -> Result<Vec<i64>> {
    let fields = (0..model.fields().len()).filter(|field| Some(*field) != skipped).collect();
    session.insert(model, fields, rows).await
}
