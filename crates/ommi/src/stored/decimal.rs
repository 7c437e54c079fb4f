//! Exact decimals.

use bigdecimal::BigDecimal;
use ommi_core::schema::FieldType;
use ommi_core::value::{Cell, Value};
use ommi_core::{Error, Result};

use super::{Addable, Fractional, Number, Ordered, Scalar, Stored};
use crate::__private::unexpected;
use crate::expression::Summed;

impl Stored for BigDecimal {
    type Base = Self;
    type Kind = Self;

    fn field_type() -> FieldType {
        FieldType::Decimal
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self> {
        match cell {
            Cell::Decimal(value) => {
                value.parse().map_err(|_| Error::query("the database holds a decimal that is no number"))
            }
            other => Err(unexpected(other, "a decimal")),
        }
    }

    fn to_value(&self) -> Result<Value> {
        Ok(Value::from(self.clone()))
    }
}

impl Scalar for BigDecimal {}
impl Ordered for BigDecimal {}
impl Number for BigDecimal {}
impl Fractional for BigDecimal {}
impl Summed for BigDecimal {
    type Sum = Self;
    type Mean = Self;
}
impl Addable for BigDecimal {}
