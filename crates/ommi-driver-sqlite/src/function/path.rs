//! Values inside JSON texts.

use std::ffi::CStr;

use ommi_core::query::value_at;
use ommi_core::schema::FieldType;
use ommi_core::value::Value as Core;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};

use super::{define, failed};

const FUNCTIONS: [(&CStr, FieldType); 4] = [
    (c"ommi_path_bool", FieldType::Bool),
    (c"ommi_path_int", FieldType::Int),
    (c"ommi_path_float", FieldType::Float),
    (c"ommi_path_text", FieldType::Text),
];

/// Makes the functions known to a connection.
pub(super) fn register(connection: &Connection) -> Result<()> {
    for (name, ty) in FUNCTIONS {
        define(connection, name, move |document, keys| found(document, keys, &ty))?;
    }
    Ok(())
}

fn found(document: ValueRef<'_>, keys: ValueRef<'_>, ty: &FieldType) -> Result<Value> {
    let keys: Vec<String> =
        serde_json::from_str(text(keys)?).map_err(|_| failed("the names of a path are no list of texts"))?;
    let found = value_at(text(document)?, &keys, ty).map_err(|error| failed(error.message()))?;
    Ok(match found {
        Core::Bool(value) => Value::Integer(value.into()),
        Core::Int(value) => Value::Integer(value),
        Core::Float(value) => Value::Real(value),
        Core::Text(value) => Value::Text(value),
        // No path leads to another type.
        Core::Null
        | Core::Bytes(_)
        | Core::Decimal(_)
        | Core::Uuid(_)
        | Core::DateTime(_)
        | Core::Timestamp(_)
        | Core::Date(_)
        | Core::Time(_)
        | Core::Duration(_)
        | Core::Json(_) => Value::Null,
    })
}

fn text(value: ValueRef<'_>) -> Result<&str> {
    value
        .as_str()
        .map_err(|_| failed("a path leads into a nested value and the database holds no JSON text there"))
}
