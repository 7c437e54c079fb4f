//! Nested values between Python and canonical JSON text: object keys sorted, no spaces.

use ommi::core::value::Cell;
use ommi::core::{Error, Result};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde_json::{Map, Number, Value};

use super::Codec;
use super::read::wrong_type;

/// Parsers refuse more than 128 levels, ours included; the margin is for what a driver wraps around.
const MAX_DEPTH: usize = 120;

/// The canonical JSON text of a plain Python value.
pub(super) fn dump(value: &Bound<'_, PyAny>) -> Result<String> {
    to_text(&to_json(value, 0)?)
}

fn to_text(value: &Value) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| Error::validation("the nested value cannot be written as JSON").with_source(error))
}

/// The JSON text of a list of scalars, each of which has to be of the list's type.
pub(super) fn dump_list(value: &Bound<'_, PyAny>, item: &Codec) -> Result<String> {
    let items = value.cast::<PyList>().map_err(|_| wrong_type(value, "a list"))?;
    let read = |member: &Bound<'_, PyAny>| {
        if member.is_none() {
            return Err(wrong_type(member, "a value"));
        }
        // A whole number in a list of floats becomes a float, as in a field of its own.
        match item.read(member, |cell| if let Cell::Float(float) = cell { Some(float) } else { None })? {
            Some(float) => finite(float),
            None => to_json(member, 1),
        }
    };
    let check = |(position, member): (usize, Bound<'_, PyAny>)| {
        read(&member)
            .map_err(|error| Error::validation(format!("item {position} of the list: {}", error.message())))
    };
    let items = items.iter().enumerate().map(check).collect::<Result<_>>()?;
    to_text(&Value::Array(items))
}

fn finite(float: f64) -> Result<Value> {
    let number = Number::from_f64(float).map(Value::Number);
    number.ok_or_else(|| Error::validation("JSON cannot hold an infinite float or NaN"))
}

fn to_json(value: &Bound<'_, PyAny>, depth: usize) -> Result<Value> {
    if depth > MAX_DEPTH {
        return Err(Error::validation(format!(
            "the value is nested more than {MAX_DEPTH} levels deep, or in itself"
        )));
    }
    if value.is_none() {
        Ok(Value::Null)
    } else if let Ok(value) = value.cast::<PyBool>() {
        Ok(Value::Bool(value.is_true()))
    } else if value.is_instance_of::<PyInt>() {
        let number = value.extract::<i64>();
        number
            .map(Value::from)
            .map_err(|_| Error::validation("an integer in the value does not fit in 64 bits"))
    } else if let Ok(value) = value.cast::<PyFloat>() {
        finite(value.value())
    } else if value.is_instance_of::<PyString>() {
        super::read::read_str(value, "text", |text| Value::String(text.to_owned()))
    } else if let Ok(items) = value.cast::<PyList>() {
        items.iter().map(|item| to_json(&item, depth + 1)).collect::<Result<_>>().map(Value::Array)
    } else if let Ok(items) = value.cast::<PyTuple>() {
        items.iter().map(|item| to_json(&item, depth + 1)).collect::<Result<_>>().map(Value::Array)
    } else if let Ok(items) = value.cast::<PyDict>() {
        object(items, depth)
    } else {
        Err(wrong_type(value, "a value that JSON can hold"))
    }
}

/// serde_json's map is sorted by key, which makes equal objects equal text.
fn object(items: &Bound<'_, PyDict>, depth: usize) -> Result<Value> {
    let mut map = Map::new();
    for (key, item) in items.iter() {
        let key = super::read::read_str(&key, "text as an object's key", str::to_owned)?;
        map.insert(key, to_json(&item, depth + 1)?);
    }
    Ok(Value::Object(map))
}

/// The Python value of a JSON text.
pub(super) fn load<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        PyValueError::new_err(format!("the database holds text that is no JSON: {error}"))
    })?;
    to_python(py, value)
}

fn to_python(py: Python<'_>, value: Value) -> PyResult<Bound<'_, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(value) => PyBool::new(py, value).to_owned().into_any(),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => value.into_pyobject(py)?.into_any(),
            (None, Some(value)) => value.into_pyobject(py)?.into_any(),
            (None, None) => PyFloat::new(py, number.as_f64().unwrap_or(f64::NAN)).into_any(),
        },
        Value::String(text) => PyString::new(py, &text).into_any(),
        Value::Array(items) => {
            let items = items.into_iter().map(|item| to_python(py, item)).collect::<PyResult<Vec<_>>>()?;
            PyList::new(py, items)?.into_any()
        }
        Value::Object(items) => {
            let dict = PyDict::new(py);
            for (key, item) in items {
                dict.set_item(key, to_python(py, item)?)?;
            }
            dict.into_any()
        }
    })
}
