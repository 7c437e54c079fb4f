//! Writing instances: `add`, `save`, `delete` and `reload`, and what finds or adds.

mod add;
mod conflict;
mod create;
mod given;
mod single;

use std::sync::Arc;

use ommi::core::value::{Cell, Value};
use ommi::core::{Error, Result};
use pyo3::prelude::*;

pub(crate) use add::add;
pub(crate) use conflict::{ConflictTarget, OnConflict, on};
pub(crate) use create::{Wanted, find_or_add, update_many};
pub(crate) use single::{delete, reload, save};

use crate::error::{During, from_python, to_python};
use crate::model::{Definition, ModelType, not_a_model};

/// The definition of an instance's class.
fn definition_of(instance: &Bound<'_, PyAny>, during: During) -> PyResult<Arc<Definition>> {
    ModelType::definition(&model_of(instance, during)?)
}

/// The model of an instance's class.
fn model_of<'py>(instance: &Bound<'py, PyAny>, during: During) -> PyResult<Bound<'py, ModelType>> {
    match ModelType::of_class(instance.get_type().as_any())? {
        Some(model) if model.get().class(instance.py()).is(instance.get_type()) => Ok(model),
        Some(_) | None => Err(to_python(instance.py(), not_a_model(instance), during)),
    }
}

/// An error with its place, as a Python exception.
fn placed(py: Python<'_>, error: Error, definition: &Definition, field: usize, during: During) -> PyErr {
    let name = &definition.model.fields()[field].name;
    to_python(py, error.with_field(name).with_model(definition.model.name()), during)
}

/// Sets a field to what is stored in it now.
fn set_field(
    instance: &Bound<'_, PyAny>,
    definition: &Definition,
    field: usize,
    cell: Cell<'_>,
) -> PyResult<()> {
    let py = instance.py();
    let value = definition.value(py, field, cell)?;
    definition.layout.set(instance, definition.fields[field].name.bind(py), &value)
}

/// The value of a field of an instance.
fn value_of(instance: &Bound<'_, PyAny>, definition: &Definition, field: usize) -> Result<Value> {
    let place = |error: Error| {
        error.with_model(definition.model.name()).with_field(&definition.model.fields()[field].name)
    };
    let field = &definition.fields[field];
    let value = instance.getattr(field.name.bind(instance.py())).map_err(from_python)?;
    field.codec.read_value(&value).map_err(place)
}
