//! Nested values, by serde.

use ommi_core::schema::FieldType;
use ommi_core::value::{Cell, Value};
use ommi_core::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Scalar, Stored, kind};
use crate::__private::unexpected;

/// A value stored as JSON, or as a sub-document where the database has those.
///
/// `#[model(json)]` on a field does the same without the wrapper; in expressions its values are in one:
/// `User::ADDRESS.eq(Json(address))`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Json<T>(
    /// The value.
    pub T,
);

impl<T: Serialize + DeserializeOwned> Stored for Json<T> {
    type Base = Self;
    type Kind = kind::Document;

    fn field_type() -> FieldType {
        FieldType::Json
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self> {
        read(cell).map(Json)
    }

    fn to_value(&self) -> Result<Value> {
        canonical(&self.0)
    }
}

impl<T: Serialize + DeserializeOwned> Scalar for Json<T> {}

impl Stored for serde_json::Value {
    type Base = Self;
    type Kind = kind::Document;

    fn field_type() -> FieldType {
        FieldType::Json
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self> {
        read(cell)
    }

    fn to_value(&self) -> Result<Value> {
        canonical(self)
    }
}

impl Scalar for serde_json::Value {}

/// The value in a cell of JSON.
pub(crate) fn read<T: DeserializeOwned>(cell: Cell<'_>) -> Result<T> {
    match cell {
        Cell::Json(text) => serde_json::from_str(text).map_err(|error| {
            Error::query(format!("the database holds JSON that does not fit the type: {error}"))
                .with_source(error)
        }),
        other => Err(unexpected(other, "a JSON document")),
    }
}

/// JSON with the keys of objects sorted, so that equal values are equal text.
pub(crate) fn canonical<T: Serialize>(value: &T) -> Result<Value> {
    let refuse = |error: serde_json::Error| {
        Error::validation(format!("the value cannot be written as JSON: {error}")).with_source(error)
    };
    let mut document = serde_json::to_value(value).map_err(refuse)?;
    // A no-op unless some crate of the program turns on serde_json's `preserve_order`.
    document.sort_all_objects();
    serde_json::to_string(&document).map(Value::Json).map_err(refuse)
}
