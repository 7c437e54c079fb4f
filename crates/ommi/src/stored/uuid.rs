//! UUIDs.

use ommi_core::Result;
use ommi_core::schema::{FieldDef, FieldType};
use ommi_core::value::{Cell, RowBatch, Value};
use uuid::Uuid;

use super::{Ordered, Scalar, Stored};
use crate::__private::unexpected;

impl Stored for Uuid {
    type Base = Self;
    type Kind = Self;

    fn field_type() -> FieldType {
        FieldType::Uuid
    }

    #[inline]
    fn from_cell(cell: Cell<'_>) -> Result<Self> {
        match cell {
            Cell::Uuid(value) => Ok(value),
            other => Err(unexpected(other, "a UUID")),
        }
    }

    fn to_value(&self) -> Result<Value> {
        Ok(Value::Uuid(*self))
    }

    fn write(&self, _: &FieldDef, row: &mut RowBatch) -> Result<()> {
        row.push(Cell::Uuid(*self));
        Ok(())
    }
}

impl Scalar for Uuid {}
impl Ordered for Uuid {}
