//! Sort keys, in all the spellings that `order_by` takes.

use ommi::core::query::{ColumnRef, Direction, Expr, Order};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::error::{During, to_python};
use crate::model::Definition;
use crate::node::{ASTNamedNode, ResultOrdering, is_node, is_value, lower_value};

/// Whether an object is a sort key by itself.
pub(super) fn is_sort_key(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyString>() || is_node(object) || object.is_instance_of::<PyTuple>()
}

/// The engine's sort key for `key`; names are those of what is selected, then those of `definition`'s fields.
pub(super) fn sort_key(
    key: &Bound<'_, PyAny>,
    definition: &Definition,
    selected: &[Py<PyAny>],
) -> PyResult<Order> {
    let py = key.py();
    if let Ok(ordering) = key.cast::<ResultOrdering>() {
        let (node, descending) = ordering.get().parts(py);
        return ordered(node, descending);
    }
    if is_value(key) {
        return ordered(key, false);
    }
    if let Ok(name) = key.extract::<String>() {
        let (name, descending) = match name.strip_prefix('-') {
            Some(name) => (name.to_owned(), true),
            None => (name, false),
        };
        return named(py, &name, descending, definition, selected);
    }
    if let Ok(pair) = key.cast::<PyTuple>()
        && pair.len() == 2
    {
        let direction = pair.get_item(1)?;
        let direction = direction.getattr_opt("value")?.unwrap_or(direction).extract::<String>()?;
        let descending = direction.eq_ignore_ascii_case("desc");
        let key = pair.get_item(0)?;
        if is_value(&key) {
            return ordered(&key, descending);
        }
        return named(py, &key.extract::<String>()?, descending, definition, selected);
    }
    Err(PyTypeError::new_err(
        "order_by() takes references, .asc, .desc, \"name\", \"-name\" or (\"name\", OrderDirection.DESC)",
    ))
}

fn ordered(node: &Bound<'_, PyAny>, descending: bool) -> PyResult<Order> {
    Ok(Order::new(lower_value(node)?, direction(descending)))
}

fn named(
    py: Python<'_>,
    name: &str,
    descending: bool,
    definition: &Definition,
    selected: &[Py<PyAny>],
) -> PyResult<Order> {
    for node in selected {
        if let Ok(node) = node.bind(py).cast_exact::<ASTNamedNode>()
            && node.get().called(py).to_str()? == name
        {
            return ordered(node.get().selected(py), descending);
        }
    }
    let field = definition.model.require_field(name).map_err(|error| to_python(py, error, During::Other))?;
    let column = ColumnRef { model: definition.model.clone(), field };
    Ok(Order::new(Expr::Column(column), direction(descending)))
}

fn direction(descending: bool) -> Direction {
    if descending { Direction::Descending } else { Direction::Ascending }
}
