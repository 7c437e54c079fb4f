//! `bool`.

use ommi_core::Result;
use ommi_core::schema::{FieldDef, FieldType};
use ommi_core::value::{Cell, RowBatch, Value};

use super::{Ordered, Scalar, Stored};
use crate::__private::unexpected;

impl Stored for bool {
    type Base = Self;
    type Kind = Self;

    fn field_type() -> FieldType {
        FieldType::Bool
    }

    #[inline]
    fn from_cell(cell: Cell<'_>) -> Result<Self> {
        match cell {
            Cell::Bool(value) => Ok(value),
            other => Err(unexpected(other, "a bool")),
        }
    }

    fn to_value(&self) -> Result<Value> {
        Ok(Value::Bool(*self))
    }

    fn write(&self, _: &FieldDef, row: &mut RowBatch) -> Result<()> {
        row.push(Cell::Bool(*self));
        Ok(())
    }
}

impl Scalar for bool {}
impl Ordered for bool {}
