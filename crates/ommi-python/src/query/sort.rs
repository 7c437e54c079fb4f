//! Sort keys, in all the spellings that `order_by` takes.

use ommi::core::query::{ColumnRef, Direction, Order};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::error::{During, to_python};
use crate::model::{Definition, ModelType};
use crate::node::{ASTReferenceNode, ResultOrdering};

/// Whether an object is a sort key by itself.
pub(super) fn is_sort_key(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyString>()
        || object.is_instance_of::<ResultOrdering>()
        || object.is_instance_of::<ASTReferenceNode>()
        || object.is_instance_of::<PyTuple>()
}

/// The engine's sort key for `key`; names are those of `definition`'s fields.
pub(super) fn sort_key(key: &Bound<'_, PyAny>, definition: &Definition) -> PyResult<Order> {
    let py = key.py();
    if let Ok(ordering) = key.cast::<ResultOrdering>() {
        let (reference, descending) = ordering.get().parts(py);
        return ordered(reference, descending);
    }
    if let Ok(reference) = key.cast::<ASTReferenceNode>() {
        return ordered(reference, false);
    }
    if let Ok(name) = key.extract::<String>() {
        let (name, descending) = match name.strip_prefix('-') {
            Some(name) => (name.to_owned(), true),
            None => (name, false),
        };
        return named(py, &name, descending, definition);
    }
    if let Ok(pair) = key.cast::<PyTuple>()
        && pair.len() == 2
    {
        let direction = pair.get_item(1)?;
        let direction = direction.getattr_opt("value")?.unwrap_or(direction).extract::<String>()?;
        let descending = direction.eq_ignore_ascii_case("desc");
        return match pair.get_item(0)?.cast::<ASTReferenceNode>() {
            Ok(reference) => ordered(reference, descending),
            Err(_) => named(py, &pair.get_item(0)?.extract::<String>()?, descending, definition),
        };
    }
    Err(PyTypeError::new_err(
        "order_by() takes references, .asc, .desc, \"name\", \"-name\" or (\"name\", OrderDirection.DESC)",
    ))
}

fn ordered(reference: &Bound<'_, ASTReferenceNode>, descending: bool) -> PyResult<Order> {
    let node = reference.get();
    let model = ModelType::model(node.model_type(reference.py()))?;
    Ok(Order { column: ColumnRef { model, field: node.position() }, direction: direction(descending) })
}

fn named(py: Python<'_>, name: &str, descending: bool, definition: &Definition) -> PyResult<Order> {
    let field = definition.model.require_field(name).map_err(|error| to_python(py, error, During::Other))?;
    let column = ColumnRef { model: definition.model.clone(), field };
    Ok(Order { column, direction: direction(descending) })
}

fn direction(descending: bool) -> Direction {
    if descending { Direction::Descending } else { Direction::Ascending }
}
