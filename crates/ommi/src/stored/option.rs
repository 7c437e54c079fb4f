//! `Option`: `None` is NULL.

use ommi_core::Result;
use ommi_core::schema::{FieldDef, FieldType};
use ommi_core::value::{Cell, RowBatch, Value};

use super::{Generated, Scalar, Stored};

impl<T: Scalar> Stored for Option<T> {
    type Base = T;
    type Kind = T::Kind;
    const NULLABLE: bool = true;

    fn field_type() -> FieldType {
        T::field_type()
    }

    #[inline]
    fn from_cell(cell: Cell<'_>) -> Result<Self> {
        match cell {
            Cell::Null => Ok(None),
            present => T::from_cell(present).map(Some),
        }
    }

    fn to_value(&self) -> Result<Value> {
        self.as_ref().map_or(Ok(Value::Null), T::to_value)
    }

    #[inline]
    fn write(&self, field: &FieldDef, row: &mut RowBatch) -> Result<()> {
        match self {
            Some(value) => value.write(field, row),
            None => {
                row.push(Cell::Null);
                Ok(())
            }
        }
    }

    fn is_blank(&self) -> bool {
        self.is_none()
    }
}

impl<T: Scalar + Generated> Generated for Option<T> {}
