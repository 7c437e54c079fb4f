//! Keys of parents and of related rows as bytes, so that they can be looked up whatever their types.

use ommi::core::value::{Cell, Value};

/// The values of a key, one after the other, each with its kind and length.
pub(super) type Key = Vec<u8>;

pub(super) fn key_of_cells<'a>(cells: impl Iterator<Item = Cell<'a>>) -> Key {
    let mut key = Vec::with_capacity(16);
    for cell in cells {
        push(&mut key, cell);
    }
    key
}

pub(super) fn key_of_values(values: &[Value]) -> Key {
    let mut key = Vec::with_capacity(16);
    for value in values {
        let mut decimal = String::new();
        push(&mut key, value.as_cell(&mut decimal));
    }
    key
}

fn push(key: &mut Key, cell: Cell<'_>) {
    let mut part = |kind: u8, bytes: &[u8]| {
        key.push(kind);
        key.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        key.extend_from_slice(bytes);
    };
    match cell {
        Cell::Null => part(0, &[]),
        Cell::Bool(value) => part(1, &[value.into()]),
        Cell::Int(value) => part(2, &value.to_le_bytes()),
        Cell::Float(value) => part(3, &value.to_bits().to_le_bytes()),
        Cell::Text(value) => part(4, value.as_bytes()),
        Cell::Bytes(value) => part(5, value),
        Cell::Decimal(value) => part(6, value.as_bytes()),
        Cell::Uuid(value) => part(7, value.as_bytes()),
        Cell::DateTime(value) => part(8, value.to_string().as_bytes()),
        Cell::Timestamp(value) => part(9, &value.as_nanosecond().to_le_bytes()),
        Cell::Date(value) => part(10, value.to_string().as_bytes()),
        Cell::Time(value) => part(11, value.to_string().as_bytes()),
        Cell::Duration(value) => part(12, &value.to_le_bytes()),
        Cell::Json(value) => part(13, value.as_bytes()),
    }
}
