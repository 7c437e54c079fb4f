//! Objects that were given to relations: what `post.author = ada` and `User("Ada", posts=[...])` lead to.

use ommi::core::Error;
use ommi::engine::{RelationWay, relation_way};
use pyo3::intern;
use pyo3::prelude::*;

use super::{definition_of, model_of, set_field, value_of};
use crate::error::{During, to_python};
use crate::model::Definition;

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
            let objects = objects.try_iter()?.collect::<PyResult<Vec<_>>>()?;
            found.extend((!objects.is_empty()).then_some((position, objects)));
        }
    }
    Ok(found)
}

/// Takes the keys of stored objects that relations were given into the fields that refer: what saving writes then.
pub(super) fn take_given(
    instance: &Bound<'_, PyAny>,
    definition: &Definition,
    doing: During,
) -> PyResult<()> {
    let py = instance.py();
    let during = |error| to_python(py, error, doing);
    for (position, objects) in given(instance, doing)? {
        let relation = &definition.model.relations()[position];
        let (target, way) = relation_way(&definition.model, relation).map_err(during)?;
        let place = |message: String| {
            during(Error::validation(message).with_model(definition.model.name()).with_field(&relation.name))
        };
        let RelationWay::Out(pairs) = way else {
            return Err(place(
                "only the row itself is written: add the objects that the relation was given by themselves"
                    .into(),
            ));
        };
        for object in objects {
            let parent = definition_of(&object, doing)?;
            if parent.model.id() != target.id() {
                let message =
                    format!("the relation leads to {}, and was given {}", target.name(), parent.model.name());
                return Err(place(message));
            }
            for (field, other) in &pairs {
                let value = value_of(&object, &parent, *other).map_err(during)?;
                if value.is_null() {
                    return Err(place(format!("the new {} has no key yet: add() it first", target.name())));
                }
                set_field(instance, definition, *field, value.as_cell(&mut String::new()))?;
            }
        }
        settle(instance, &relation.name)?;
    }
    Ok(())
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
