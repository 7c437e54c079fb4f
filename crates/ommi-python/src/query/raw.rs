//! Statements in the database's own language: what their values are and what becomes of their rows.

use std::sync::Arc;

use ommi::core::driver::{FetchOptions, Raw};
use ommi::core::value::Value;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::selection::Selected;
use super::{Rows, RowsTask};
use crate::codec::{Codec, infer_value};
use crate::error::{During, to_python};
use crate::hub::Task;
use crate::model::ModelType;
use crate::operation::engine_task;
use crate::relation::FetchGroup;
use crate::session::Session;

/// Begins a statement: its rows as instances of a model or as tuples, or the number of rows that it changed.
pub(crate) fn begin(
    session: &Bound<'_, Session>,
    text: String,
    into: Option<&Bound<'_, PyAny>>,
    given: Option<&Bound<'_, PyDict>>,
) -> PyResult<Box<dyn Task>> {
    let py = session.py();
    let engine = session.get().engine(py)?;
    let (names, values) = read_values(given)?;
    let raw = Raw { text, model: None, columns: Vec::new(), names };
    let Some(into) = into else {
        let future = engine.write_raw(raw, values);
        let number = |py: Python<'_>, rows: u64| Ok(rows.into_pyobject(py)?.into_any().unbind());
        return Ok(engine_task(future, During::Other, number));
    };
    let (raw, rows) = expected(session, raw, into)?;
    let stream = engine.fetch_raw(raw, values, FetchOptions::default());
    Ok(RowsTask::list(py, stream, rows))
}

fn read_values(given: Option<&Bound<'_, PyDict>>) -> PyResult<(Vec<String>, Vec<Value>)> {
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for (name, value) in given.into_iter().flatten() {
        let name: String = name.extract()?;
        let read = infer_value(&value).map_err(|error| error.with_field(&name));
        values.push(read.map_err(|error| to_python(value.py(), error, During::Other))?);
        names.push(name);
    }
    Ok((names, values))
}

/// The statement with the columns that are expected of it, and what becomes of its rows.
fn expected(session: &Bound<'_, Session>, raw: Raw, into: &Bound<'_, PyAny>) -> PyResult<(Raw, Rows)> {
    let py = session.py();
    if let Ok(types) = into.cast::<PyTuple>() {
        let specs =
            py.import(intern!(py, "ommi.models.raw"))?.call_method1(intern!(py, "specs"), (types,))?;
        let codecs = specs.try_iter()?.map(|spec| Codec::from_spec(&spec?)).collect::<PyResult<Vec<_>>>()?;
        let columns = codecs.iter().map(Codec::field_type).collect();
        return Ok((Raw { columns, ..raw }, Rows::Selected(Arc::new(Selected::of_columns(codecs)))));
    }
    let model = ModelType::of_class(into)?.ok_or_else(|| {
        PyTypeError::new_err("raw() gives rows of a model, or of a tuple of types: (int, str)")
    })?;
    let definition = ModelType::definition(&model)?;
    let group = match definition.layout.keeps_group() {
        true => Some(FetchGroup::of_fetch(session, &definition)?),
        false => None,
    };
    let columns = definition.model.fields().iter().map(|field| field.ty.clone()).collect();
    let raw = Raw { model: Some(definition.model.clone()), columns, ..raw };
    Ok((raw, Rows::Models { definition, group, related: Arc::from([]) }))
}
