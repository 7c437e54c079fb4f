//! What a read is known by: its shape and its values, as bytes.

use ommi_core::Result;
use ommi_core::query::Operation;
use ommi_core::value::{Cell, Value};
use smallvec::SmallVec;

use crate::planner::shape::{Shape, ValueRef};

/// See the module. Equal for two reads exactly when they ask for the same.
#[derive(Debug)]
pub(super) struct Key(SmallVec<[u8; 160]>);

impl Key {
    /// # Errors
    /// As for [`Shape::of`].
    pub(super) fn of(operation: &Operation) -> Result<Self> {
        let mut shape = Shape::empty();
        shape.take(operation)?;
        let mut key = Self(SmallVec::new());
        key.bytes_of(&shape.bytes);
        for value in &shape.values {
            match value {
                ValueRef::Scalar(value) => key.value(value),
                ValueRef::List(values) => {
                    key.number(values.len() as u64);
                    values.iter().for_each(|value| key.value(value));
                }
                ValueRef::Count(count) => key.number(*count),
            }
        }
        Ok(key)
    }

    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn value(&mut self, value: &Value) {
        match value.as_cell(&mut String::new()) {
            Cell::Null => self.0.push(0),
            Cell::Bool(value) => self.0.extend_from_slice(&[1, u8::from(value)]),
            Cell::Int(value) => self.tagged(2, value as u64),
            // By bits: 0.0 and -0.0 may be kept twice, and a NaN is found again.
            Cell::Float(value) => self.tagged(3, value.to_bits()),
            Cell::Text(value) => self.tagged_bytes(4, value.as_bytes()),
            Cell::Bytes(value) => self.tagged_bytes(5, value),
            Cell::Decimal(value) => self.tagged_bytes(6, value.as_bytes()),
            Cell::Uuid(value) => self.tagged_bytes(7, value.as_bytes()),
            Cell::DateTime(value) => self.written(8, value),
            Cell::Timestamp(value) => self.written(9, value),
            Cell::Date(value) => self.written(10, value),
            Cell::Time(value) => self.written(11, value),
            Cell::Duration(value) => self.tagged(12, value as u64),
            Cell::Json(value) => self.tagged_bytes(13, value.as_bytes()),
        }
    }

    /// A moment by its text, which is exact.
    fn written(&mut self, tag: u8, value: impl ToString) {
        self.tagged_bytes(tag, value.to_string().as_bytes());
    }

    fn tagged_bytes(&mut self, tag: u8, bytes: &[u8]) {
        self.0.push(tag);
        self.bytes_of(bytes);
    }

    fn tagged(&mut self, tag: u8, number: u64) {
        self.0.push(tag);
        self.number(number);
    }

    fn bytes_of(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    #[inline]
    fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }
}
