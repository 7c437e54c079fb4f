//! Floats.

use ommi_core::schema::{FieldDef, FieldType};
use ommi_core::value::{Cell, RowBatch, Value};
use ommi_core::{Error, Result};

use super::{Addable, Fractional, Number, Ordered, Scalar, Stored, kind};
use crate::__private::unexpected;
use crate::expression::Summed;

macro_rules! float {
    ($ty:ty, $narrow:expr) => {
        impl Stored for $ty {
            type Base = Self;
            type Kind = kind::Float;

            fn field_type() -> FieldType {
                FieldType::Float
            }

            #[inline]
            fn from_cell(cell: Cell<'_>) -> Result<Self> {
                match cell {
                    Cell::Float(value) => $narrow(value),
                    other => Err(unexpected(other, "a float")),
                }
            }

            fn to_value(&self) -> Result<Value> {
                Ok(Value::from(*self))
            }

            #[inline]
            fn write(&self, _: &FieldDef, row: &mut RowBatch) -> Result<()> {
                row.push(Cell::Float(f64::from(*self)));
                Ok(())
            }
        }

        impl Scalar for $ty {}
        impl Ordered for $ty {}
        impl Number for $ty {}
        impl Fractional for $ty {}
        impl Summed for $ty {
            type Sum = f64;
            type Mean = f64;
        }
        impl Addable for $ty {}
    };
}

float!(f64, Ok);
float!(f32, narrow);

/// An `f32` comes back exactly; a number that only an `f64` holds is refused rather than rounded.
fn narrow(value: f64) -> Result<f32> {
    let narrow = value as f32;
    if f64::from(narrow) == value || value.is_nan() {
        return Ok(narrow);
    }
    Err(Error::query("the database holds a float that does not fit in `f32`; use `f64`"))
}
