//! `get_or_create` and `update_or_create`: the row of some unique values, or a new one; `update_many`: fields of many
//! objects in few statements.

use std::sync::Arc;

use ommi::core::Error;
use ommi::core::query::{Conflict, Resolution};
use ommi::core::value::RowBatch;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString, PyTuple, PyType};

use super::add::{read_row, remember};
use super::conflict::{OnConflict, positions, set_given};
use super::{definition_of, placed};
use crate::error::{During, to_python};
use crate::model::Definition;
use crate::node::ASTReferenceNode;
use crate::operation::{Step, engine_task};
use crate::query::Rows;
use crate::relation::FetchGroup;
use crate::session::Session;

/// An object to be looked for, and how.
pub(crate) struct Wanted {
    instance: Py<PyAny>,
    by: By,
}

enum By {
    /// These fields; the row that is there is left alone.
    Fields(Vec<Py<ASTReferenceNode>>),
    /// As this says.
    Conflict(Py<OnConflict>),
    /// Fields by their names; the row that is there gets the object's values of the others.
    Names(Vec<String>, Vec<String>),
}

impl Wanted {
    /// `get_or_create(object, by=User.email)` or `get_or_create(User, email=..., defaults={...})`.
    pub(crate) fn to_get(
        model: &Bound<'_, PyAny>,
        by: Option<&Bound<'_, PyAny>>,
        defaults: Option<&Bound<'_, PyDict>>,
        values: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        if let (Ok(class), None) = (model.cast::<PyType>(), by) {
            let (instance, names) = made(class, defaults, values)?;
            return Ok(Self { instance, by: By::Names(names, Vec::new()) });
        }
        let usage = || {
            PyTypeError::new_err(
                "get_or_create() takes an object and by=, the fields that it is known by, or a model with their values: \
                 get_or_create(user, by=User.email), get_or_create(User, email=\"a@x.org\", defaults={...})",
            )
        };
        let by = by.filter(|_| defaults.is_none() && values.is_none_or(PyDictMethods::is_empty));
        let by = by.ok_or_else(usage)?;
        let fields = match by.cast::<PyTuple>() {
            Ok(fields) => fields.iter().map(|field| reference(&field)).collect::<PyResult<_>>()?,
            Err(_) => vec![reference(by)?],
        };
        Ok(Self { instance: model.clone().unbind(), by: By::Fields(fields) })
    }

    /// `update_or_create(object, on(User.email).replace())` or `update_or_create(User, email=..., defaults={...})`.
    pub(crate) fn to_update(
        model: &Bound<'_, PyAny>,
        conflict: Option<Py<OnConflict>>,
        defaults: Option<&Bound<'_, PyDict>>,
        values: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        match (model.cast::<PyType>(), conflict) {
            (Ok(class), None) => {
                let (instance, names) = made(class, defaults, values)?;
                let others = defaults.iter().flat_map(|defaults| defaults.keys());
                let others = others.map(|name| name.extract()).collect::<PyResult<_>>()?;
                Ok(Self { instance, by: By::Names(names, others) })
            }
            (Err(_), Some(conflict)) if defaults.is_none() && values.is_none_or(PyDictMethods::is_empty) => {
                Ok(Self { instance: model.clone().unbind(), by: By::Conflict(conflict) })
            }
            _ => Err(PyTypeError::new_err(
                "update_or_create() takes an object and what to do with the row that is there, or a model with values: \
                 update_or_create(user, on(User.email).replace()), update_or_create(User, email=\"a@x.org\", defaults={...})",
            )),
        }
    }

    fn conflict(&self, py: Python<'_>, definition: &Arc<Definition>) -> PyResult<Conflict> {
        let named = |names: &[String]| {
            let position = |name: &String| definition.model.require_field(name);
            let found: ommi::core::Result<Vec<_>> = names.iter().map(position).collect();
            found.map_err(|error| to_python(py, error, During::Add))
        };
        match &self.by {
            By::Conflict(conflict) => conflict.get().lower(py, definition),
            By::Fields(fields) => Ok(Conflict {
                target: positions(py, fields, &definition.model)?,
                resolution: Resolution::Ignore,
            }),
            By::Names(target, others) => {
                let others = named(others)?.into_iter().map(|field| set_given(&definition.model, field));
                let others: Vec<_> = others.collect();
                let resolution =
                    if others.is_empty() { Resolution::Ignore } else { Resolution::Update(others) };
                Ok(Conflict { target: named(target)?, resolution })
            }
        }
    }
}

fn reference(field: &Bound<'_, PyAny>) -> PyResult<Py<ASTReferenceNode>> {
    match field.cast_exact::<ASTReferenceNode>() {
        Ok(field) => Ok(field.clone().unbind()),
        Err(_) => Err(PyTypeError::new_err("expected a field, such as User.email, or a tuple of fields")),
    }
}

/// An object made of values by name, and the names of those that it is known by.
fn made(
    class: &Bound<'_, PyType>,
    defaults: Option<&Bound<'_, PyDict>>,
    values: Option<&Bound<'_, PyDict>>,
) -> PyResult<(Py<PyAny>, Vec<String>)> {
    let Some(values) = values.filter(|values| !values.is_empty()) else {
        return Err(PyTypeError::new_err(
            "a row is looked for by unique values: name them, as in email=\"a@x.org\"",
        ));
    };
    let all = defaults.map_or_else(|| Ok(PyDict::new(class.py())), |defaults| defaults.copy())?;
    all.update(values.as_mapping())?;
    let names = values.keys().iter().map(|name| name.extract()).collect::<PyResult<_>>()?;
    Ok((class.call((), Some(&all))?.unbind(), names))
}

/// Begins to find or add an object; the value is the object and whether it was added.
pub(crate) fn find_or_add(session: &Bound<'_, Session>, wanted: Wanted) -> PyResult<Step> {
    let py = session.py();
    let definition = definition_of(wanted.instance.bind(py), During::Add)?;
    let conflict = wanted.conflict(py, &definition)?;
    let (fields, row) = one_row(wanted.instance.bind(py), &definition)?;
    let engine = session.get().engine(py)?;
    let future = engine.find_or_add(definition.model.clone(), fields, row, conflict);
    let (session, instance) = (session.clone().unbind(), wanted.instance);
    let finish = move |py: Python<'_>, (row, added): (RowBatch, bool)| {
        let object = match added {
            true => {
                complete(py, &session, &definition, instance.bind(py), &row)?;
                instance.into_bound(py)
            }
            false => {
                let group = match definition.layout.keeps_group() {
                    true => Some(FetchGroup::of_fetch(session.bind(py), &definition)?),
                    false => None,
                };
                Rows::Models { definition, group, related: Arc::new([]) }.build(py, &row, 0)?
            }
        };
        Ok(PyTuple::new(py, [object, PyBool::new(py, added).to_owned().into_any()])?.into_any().unbind())
    };
    Ok(Step::Work(engine_task(future, During::Add, finish)))
}

/// The object's cells, without a generated key that it does not have.
fn one_row(instance: &Bound<'_, PyAny>, definition: &Arc<Definition>) -> PyResult<(Vec<usize>, RowBatch)> {
    let all = definition.fields.len();
    let mut skipped = definition.model.generated_key();
    let mut rows = RowBatch::with_capacity(all - usize::from(skipped.is_some()), 1);
    if !read_row(instance, definition, skipped, &mut rows)? {
        skipped = None;
        rows = RowBatch::with_capacity(all, 1);
        read_row(instance, definition, skipped, &mut rows)?;
    }
    Ok(((0..all).filter(|field| Some(*field) != skipped).collect(), rows))
}

/// Gives an object that was added its key and its place.
fn complete(
    py: Python<'_>,
    session: &Py<Session>,
    definition: &Definition,
    instance: &Bound<'_, PyAny>,
    row: &RowBatch,
) -> PyResult<()> {
    if let Some(position) = definition.model.generated_key()
        && let Some(cell) = row.get(0, position)
    {
        let field = &definition.fields[position];
        definition.layout.set(instance, field.name.bind(py), &field.codec.build(py, cell)?)?;
    }
    if definition.layout.keeps_group() {
        let group = Py::new(py, FetchGroup::single(session.clone_ref(py)))?;
        remember(instance, definition, group.bind(py))?;
    }
    Ok(())
}

/// Begins to write some fields of objects to their rows; the value is the number of rows that were there.
pub(crate) fn update_many(
    session: &Bound<'_, Session>,
    instances: &[Py<PyAny>],
    fields: &[Py<PyAny>],
) -> PyResult<Step> {
    let py = session.py();
    let refuse = |error: Error| to_python(py, error, During::Update);
    let Some(first) = instances.first() else {
        return Ok(Step::Ready(0_u64.into_pyobject(py)?.into_any().unbind()));
    };
    let definition = definition_of(first.bind(py), During::Update)?;
    let model = &definition.model;
    let mut set = Vec::with_capacity(fields.len());
    for field in fields {
        set.push(match field.bind(py).cast::<PyString>() {
            Ok(name) => model.require_field(name.to_str()?).map_err(refuse)?,
            Err(_) => {
                let reference = reference(field.bind(py))?;
                positions(py, std::slice::from_ref(&reference), model)?.into_iter().sum()
            }
        });
    }
    let all: Vec<usize> = model.key().iter().chain(&set).copied().collect();
    let mut rows = RowBatch::with_capacity(all.len(), instances.len());
    for instance in instances {
        let instance = instance.bind(py);
        if !instance.get_type().is(&definition.class) {
            let message = "all objects that are updated together are of one model";
            return Err(refuse(Error::validation(message).with_model(model.name())));
        }
        for position in &all {
            let field = &definition.fields[*position];
            let value = instance.getattr(field.name.bind(py))?;
            let read = field.codec.read(&value, |cell| rows.push(cell));
            read.map_err(|error| placed(py, error, &definition, *position, During::Update))?;
        }
        rows.end_row();
    }
    let future = session.get().engine(py)?.update_each(model.clone(), set, rows);
    let finish = |py: Python<'_>, rows: u64| Ok(rows.into_pyobject(py)?.into_any().unbind());
    Ok(Step::Work(engine_task(future, During::Update, finish)))
}
