//! Bytes.

use ommi_core::Result;
use ommi_core::schema::{FieldDef, FieldType};
use ommi_core::value::{Cell, RowBatch, Value};

use super::{Ordered, Scalar, Stored};
use crate::__private::unexpected;

impl Stored for Vec<u8> {
    type Base = Self;
    type Kind = Self;

    fn field_type() -> FieldType {
        FieldType::Bytes
    }

    #[inline]
    fn from_cell(cell: Cell<'_>) -> Result<Self> {
        match cell {
            Cell::Bytes(value) => Ok(value.to_owned()),
            other => Err(unexpected(other, "bytes")),
        }
    }

    fn to_value(&self) -> Result<Value> {
        Ok(Value::from(self.as_slice()))
    }

    fn write(&self, _: &FieldDef, row: &mut RowBatch) -> Result<()> {
        row.push(Cell::Bytes(self));
        Ok(())
    }
}

impl Scalar for Vec<u8> {}
impl Ordered for Vec<u8> {}
