//! `after`: pages by their last row.

use ommi::core::query::Query as EngineQuery;
use ommi::core::value::Value;
use ommi::core::{Error, Result};
use pyo3::prelude::*;

use crate::error::{During, to_python};
use crate::model::{Definition, ModelType};

/// Leaves the rows that come after this one in the order of the query.
pub(super) fn go_on_after(
    query: &mut EngineQuery,
    definition: &Definition,
    last: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let refused = |error: Error| to_python(last.py(), error, During::Other);
    let name = definition.model.name();
    let model = ModelType::of_class(last.get_type().as_any())?;
    let own = model.map(|model| ModelType::definition(&model)).transpose()?;
    if own.is_none_or(|own| own.model.id() != definition.model.id()) {
        let kind = last.get_type().name()?;
        return Err(refused(Error::validation(format!("after() takes a row of {name}, not {kind}"))));
    }
    let value = |field: usize| -> Result<Value> {
        let own = &definition.fields[field];
        let read = last.getattr(own.name.bind(last.py()));
        let read = read.map_err(|error| Error::validation(format!("the field cannot be read: {error}")));
        let value = read.and_then(|value| match value.is_none() {
            true => Ok(Value::Null),
            false => own.codec.read_value(&value),
        });
        value.map_err(|error| error.with_field(&definition.model.fields()[field].name).with_model(name))
    };
    query.after(value).map_err(refused)
}
