//! `add`: attributes to rows, in slices short enough for an event loop; all rows or none; keys written back. New objects
//! that relations were given are added with those that they belong to.

use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use ommi::core::Result;
use ommi::core::driver::BoxFuture;
use ommi::core::query::Conflict;
use ommi::core::value::{Cell, RowBatch};
use ommi::engine::{Graph, GraphAdded, GraphEnd, GraphNode, GraphRows};
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::conflict::OnConflict;
use super::given::{given, settle, take_given, waits_for_key};
use super::{definition_of, model_of, placed, set_field, value_of};
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

/// A relation of an instance that was given an object.
struct Given {
    from: usize,
    relation: usize,
    to: End,
}

/// The object that a relation was given.
enum End {
    /// It is added too: its position in the whole list.
    New(usize),
    Stored(Py<PyAny>, Arc<Definition>),
}

/// All that is added together.
#[derive(Default)]
struct Instances {
    all: Vec<Py<PyAny>>,
    parts: Vec<Part>,
    /// Each instance's place.
    nodes: Vec<GraphNode>,
}

impl Instances {
    fn push(&mut self, instance: &Bound<'_, PyAny>) -> PyResult<()> {
        let latest = self.nodes.last().map(|node| node.part);
        let definition = match latest.and_then(|part| self.parts.get(part)) {
            Some(part) if instance.get_type().is(&part.definition.class) => part.definition.clone(),
            _ => definition_of(instance, During::Add)?,
        };
        let is_of = |part: &Part| part.definition.model.id() == definition.model.id();
        let known = latest.filter(|part| self.parts.get(*part).is_some_and(is_of));
        let part = known.or_else(|| self.parts.iter().position(is_of)).unwrap_or_else(|| {
            let skipped = definition.model.generated_key();
            let width = definition.fields.len() - usize::from(skipped.is_some());
            let rows = RowBatch::with_capacity(width, 1);
            self.parts.push(Part { definition, positions: Vec::new(), skipped, rows });
            self.parts.len() - 1
        });
        let positions = &mut self.parts[part].positions;
        self.nodes.push(GraphNode { part, row: positions.len() });
        positions.push(self.all.len());
        self.all.push(instance.clone().unbind());
        Ok(())
    }

    fn definition(&self, instance: usize) -> &Arc<Definition> {
        &self.parts[self.nodes[instance].part].definition
    }
}

/// Begins to add instances; `conflict` says what happens where a row like one of them is there. Then relations lead to stored
/// objects only.
pub(crate) fn add(
    session: &Bound<'_, Session>,
    instances: Vec<Py<PyAny>>,
    single: bool,
    conflict: Option<&OnConflict>,
) -> PyResult<Step> {
    let py = session.py();
    let mut all = Instances::default();
    for instance in &instances {
        all.push(instance.bind(py))?;
    }
    let mut conflicts = Vec::new();
    if let Some(conflict) = conflict {
        for (instance, node) in instances.iter().zip(&all.nodes) {
            take_given(instance.bind(py), &all.parts[node.part].definition, During::Add)?;
        }
        for part in &all.parts {
            conflicts.push(conflict.lower(py, &part.definition)?);
        }
    }
    if instances.is_empty() {
        return Ok(Step::Ready(PyList::empty(py).into_any().unbind()));
    }
    session.get().engine(py)?;
    let mut follows = false;
    for part in &all.parts {
        let is_given =
            || Ok::<_, PyErr>(model_of(all.all[part.positions[0]].bind(py), During::Add)?.get().is_given());
        follows |= conflict.is_none() && is_given()?;
    }
    let stage = match follows {
        true => {
            let known = instances.iter().enumerate().map(|(position, one)| (one.as_ptr() as usize, position));
            Stage::Following { next: 0, known: known.collect() }
        }
        false => Stage::Reading { part: 0, next: 0 },
    };
    let session = session.clone().unbind();
    let asked = instances.len();
    Ok(Step::Work(Box::new(AddTask {
        session,
        asked,
        instances: all,
        given: Vec::new(),
        conflicts,
        upserts: conflict.is_some(),
        single,
        stage,
    })))
}

struct AddTask {
    session: Py<Session>,
    /// How many of the instances were asked for; the others were found along relations.
    asked: usize,
    instances: Instances,
    given: Vec<Given>,
    /// What happens to the rows of each part where one like them is there; nothing where that is an error.
    conflicts: Vec<Conflict>,
    upserts: bool,
    single: bool,
    stage: Stage,
}

enum Stage {
    /// Relations are looked at; `next` is the next instance, and `known` are the instances by their identity.
    Following {
        next: usize,
        known: HashMap<usize, usize>,
    },
    /// Attributes are read; `next` is the next instance of the part.
    Reading {
        part: usize,
        next: usize,
    },
    /// The engine inserts.
    Inserting(BoxFuture<Result<GraphAdded>>),
    Finished,
}

const CLOCK_EVERY: usize = 64;

impl AddTask {
    /// Looks for objects that relations were given until there are no more; false when the time is up before.
    fn follow_some(&mut self, py: Python<'_>) -> PyResult<bool> {
        let began = Instant::now();
        let Stage::Following { next, known } = &mut self.stage else { return Ok(true) };
        while let Some(instance) = self.instances.all.get(*next) {
            let instance = instance.clone_ref(py).into_bound(py);
            for (relation, objects) in given(&instance, During::Add)? {
                for object in objects {
                    let definition = definition_of(&object, During::Add)?;
                    let to = match known.get(&(object.as_ptr() as usize)) {
                        Some(position) => End::New(*position),
                        None if waits_for_key(&object, &definition)? => {
                            known.insert(object.as_ptr() as usize, self.instances.all.len());
                            self.instances.push(&object)?;
                            End::New(self.instances.all.len() - 1)
                        }
                        None => End::Stored(object.unbind(), definition),
                    };
                    self.given.push(Given { from: *next, relation, to });
                }
            }
            *next += 1;
            if *next % CLOCK_EVERY == 0 && began.elapsed() > HOLD_BUDGET / 2 {
                return Ok(false);
            }
        }
        self.stage = Stage::Reading { part: 0, next: 0 };
        Ok(true)
    }

    /// Reads attributes until all rows are complete; false when the time is up before.
    fn read_some(&mut self, py: Python<'_>) -> PyResult<bool> {
        let began = Instant::now();
        let Stage::Reading { part, next } = &mut self.stage else { return Ok(true) };
        while let Some(current) = self.instances.parts.get_mut(*part) {
            while let Some(position) = current.positions.get(*next) {
                let instance = self.instances.all[*position].bind(py);
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
        let rows = self.instances.parts.iter_mut().map(|part| GraphRows {
            model: part.definition.model.clone(),
            skipped: part.skipped,
            rows: std::mem::take(&mut part.rows),
        });
        if !self.conflicts.is_empty() {
            let rows = rows.zip(std::mem::take(&mut self.conflicts)).collect();
            let stored = self.session.get().engine(py)?.upsert_each(rows);
            self.stage = Stage::Inserting(Box::pin(async move {
                let keys = stored.await?.into_iter();
                let keys = keys.map(|rows| rows.into_iter().filter_map(|row| row.key).collect()).collect();
                Ok(GraphAdded { keys, filled: Vec::new() })
            }));
            return Ok(());
        }
        let mut graph = Graph::new(rows.collect());
        for given in &self.given {
            let from = self.instances.nodes[given.from];
            let relation = &self.instances.definition(given.from).model.relations()[given.relation].name;
            let connected = match &given.to {
                End::New(position) => {
                    graph.connect(from, relation, GraphEnd::Row(self.instances.nodes[*position]))
                }
                End::Stored(object, definition) => {
                    let mut value = |field: usize| value_of(object.bind(py), definition, field);
                    graph.connect(from, relation, GraphEnd::Stored(&definition.model, &mut value))
                }
            };
            connected.map_err(|error| to_python(py, error, During::Add))?;
        }
        let session = self.session.get().engine(py)?;
        self.stage = Stage::Inserting(session.add_graph(graph));
        Ok(())
    }

    /// Writes keys back and lets instances remember where they are stored.
    fn write_back(&self, py: Python<'_>, added: &GraphAdded) -> PyResult<Py<PyAny>> {
        for (part, keys) in self.instances.parts.iter().zip(&added.keys) {
            if let Some(field) = part.definition.model.generated_key() {
                for (position, key) in part.positions.iter().zip(keys) {
                    let instance = self.instances.all[*position].bind(py);
                    set_field(instance, &part.definition, field, Cell::Int(*key))?;
                }
            }
            if part.definition.layout.keeps_group() {
                let group = Py::new(py, FetchGroup::single(self.session.clone_ref(py)))?;
                for position in &part.positions {
                    let instance = self.instances.all[*position].bind(py);
                    remember(instance, &part.definition, group.bind(py))?;
                }
            }
        }
        for filled in &added.filled {
            // Rows of an association that were made on the way have no instance.
            let part = self.instances.parts.get(filled.node.part);
            if let Some((part, position)) =
                part.and_then(|part| Some((part, part.positions.get(filled.node.row)?)))
            {
                let instance = self.instances.all[*position].bind(py);
                set_field(
                    instance,
                    &part.definition,
                    filled.field,
                    filled.value.as_cell(&mut String::new()),
                )?;
            }
        }
        let is_noted = |part: &&Part| {
            // What a row that was there holds now is not known here.
            let notes = part.definition.model.version().is_some() || part.definition.layout.tracks_changes();
            notes && !self.upserts
        };
        for part in self.instances.parts.iter().filter(is_noted) {
            for position in &part.positions {
                note_stored(self.instances.all[*position].bind(py), &part.definition)?;
            }
        }
        for given in &self.given {
            let relation = &self.instances.definition(given.from).model.relations()[given.relation].name;
            settle(self.instances.all[given.from].bind(py), relation)?;
        }
        match (self.single, self.instances.all.first()) {
            (true, Some(instance)) => Ok(instance.clone_ref(py)),
            _ => Ok(PyList::new(py, &self.instances.all[..self.asked])?.into_any().unbind()),
        }
    }
}

/// An instance counts its first version, and remembers its row.
fn note_stored(instance: &Bound<'_, PyAny>, definition: &Definition) -> PyResult<()> {
    if let Some(version) = definition.model.version() {
        let value = instance.getattr(definition.fields[version].name.bind(instance.py()))?;
        if value.is_none() || value.eq(0)? {
            set_field(instance, definition, version, Cell::Int(1))?;
        }
    }
    definition.remember_fields(instance)
}

/// Gives an instance its place, unless it keeps one or a lazy field already.
pub(super) fn remember(
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
        if matches!(self.stage, Stage::Following { .. }) && !self.follow_some(py)? {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
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
                let added = outcome.map_err(|error| to_python(py, error, During::Add))?;
                Poll::Ready(self.write_back(py, &added))
            }
            Stage::Following { .. } | Stage::Reading { .. } | Stage::Finished => Poll::Pending,
        }
    }
}

/// Reads an instance's attributes as one row; false, and no row, where the field to be skipped has a value.
pub(super) fn read_row(
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
