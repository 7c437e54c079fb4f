//! Objects that were given to relations: what `post.author = ada` and `User("Ada", posts=[...])` lead to.

use pyo3::intern;
use pyo3::prelude::*;

use crate::error::During;
use crate::model::Definition;

use super::{definition_of, model_of};

/// What the relations of an instance were given: the relation's position, and the objects.
pub(super) fn given<'py>(
    instance: &Bound<'py, PyAny>,
    during: During,
) -> PyResult<Vec<(usize, Vec<Bound<'py, PyAny>>)>> {
    if !model_of(instance, during)?.get().is_given() {
        return Ok(Vec::new());
    }
    let definition = definition_of(instance, during)?;
    let mut found = Vec::new();
    for (position, relation) in definition.model.relations().iter().enumerate() {
        let field = relation_field(instance, &relation.name)?;
        let objects = field.call_method1(intern!(instance.py(), "given"), (instance,))?;
        if !objects.is_none() {
            found.push((position, objects.try_iter()?.collect::<PyResult<_>>()?));
        }
    }
    Ok(found)
}

/// What a relation was given is what it leads to from now on.
pub(super) fn settle(instance: &Bound<'_, PyAny>, relation: &str) -> PyResult<()> {
    relation_field(instance, relation)?.call_method1(intern!(instance.py(), "settle"), (instance,)).map(drop)
}

fn relation_field<'py>(instance: &Bound<'py, PyAny>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    instance.get_type().getattr(name)
}

/// Whether the key of an instance is still to be generated.
pub(super) fn waits_for_key(instance: &Bound<'_, PyAny>, definition: &Definition) -> PyResult<bool> {
    match definition.model.generated_key() {
        Some(key) => Ok(instance.getattr(definition.fields[key].name.bind(instance.py()))?.is_none()),
        None => Ok(false),
    }
}
