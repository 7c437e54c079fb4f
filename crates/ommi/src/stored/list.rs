//! Lists of scalars of one type, searched by `contains`.

use ommi_core::schema::FieldType;
use ommi_core::value::{Cell, Value};
use ommi_core::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Container, Listed, Scalar, Stored, json, kind};

/// What a list column may hold.
#[diagnostic::on_unimplemented(
    message = "a list of `{Self}` cannot be stored as a list column",
    label = "not an item of a list",
    note = "use `#[model(json)]` on the field: any list can be stored as JSON"
)]
pub trait Item: Scalar + Serialize + DeserializeOwned {}

macro_rules! items {
    ($($ty:ty),+) => { $(impl Item for $ty {})+ };
}

// Not `u8`: `Vec<u8>` is bytes.
items!(bool, i8, i16, i32, i64, u16, u32, u64, f32, f64, String, char);

impl<T: Item> Stored for Vec<T> {
    type Base = Self;
    type Kind = kind::List<T::Kind>;

    fn field_type() -> FieldType {
        FieldType::List(Box::new(T::field_type()))
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self> {
        json::read(cell)
    }

    fn to_value(&self) -> Result<Value> {
        let value = json::canonical(self)?;
        match (&value, T::field_type()) {
            // JSON has no other word for NaN and the infinities, and would not give them back.
            (Value::Json(text), FieldType::Float) if text.contains("null") => {
                Err(Error::validation("a list cannot hold NaN or an infinity"))
            }
            _ => Ok(value),
        }
    }
}

impl<T: Item> Scalar for Vec<T> {}
impl<T: Item> Listed for Vec<T> {}
impl<T: Item> Container for Vec<T> {
    type Item = T;
}
