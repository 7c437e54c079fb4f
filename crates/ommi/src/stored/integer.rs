//! Integers: 64 bits in the database, checked on the way in and out, never wrapped.

use ommi_core::schema::{FieldDef, FieldType};
use ommi_core::value::{Cell, RowBatch, Value};
use ommi_core::{Error, Result};

use super::{Addable, Generated, Number, Ordered, Scalar, Stored, kind};
use crate::__private::unexpected;
use crate::expression::Summed;

macro_rules! integer {
    ($($ty:ty),+) => {$(
        impl Stored for $ty {
            type Base = Self;
            type Kind = kind::Integer;

            fn field_type() -> FieldType {
                FieldType::Int
            }

            #[inline]
            fn from_cell(cell: Cell<'_>) -> Result<Self> {
                match cell {
                    Cell::Int(value) => value.try_into().map_err(|_| out_of_range(stringify!($ty))),
                    other => Err(unexpected(other, "an integer")),
                }
            }

            fn to_value(&self) -> Result<Value> {
                Ok(Value::Int(to_i64(*self)?))
            }

            #[inline]
            fn write(&self, field: &FieldDef, row: &mut RowBatch) -> Result<()> {
                row.push(Cell::Int(to_i64(*self).map_err(|error| error.with_field(&field.name))?));
                Ok(())
            }

            #[inline]
            fn is_blank(&self) -> bool {
                *self == 0
            }
        }

        impl Scalar for $ty {}
        impl Ordered for $ty {}
        impl Generated for $ty {}
        impl Number for $ty {}
        impl Summed for $ty {
            type Sum = i64;
            type Mean = f64;
        }
        impl Addable for $ty {}
    )+};
}

integer!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

#[inline]
fn to_i64(value: impl TryInto<i64>) -> Result<i64> {
    value.try_into().map_err(|_| {
        Error::validation(format!("the integer is larger than {}, the largest that a column holds", i64::MAX))
    })
}

#[cold]
fn out_of_range(ty: &str) -> Error {
    Error::query(format!("the database holds an integer that does not fit in `{ty}`"))
}
