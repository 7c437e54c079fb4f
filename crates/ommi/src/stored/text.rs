//! Text: `String`, `char`, and borrowed text for whoever only looks at it.

use ommi_core::schema::{FieldDef, FieldType};
use ommi_core::value::{Cell, RowBatch, Value};
use ommi_core::{Error, Result};

use super::{Addable, Container, Ordered, Scalar, Stored, Textual, kind};
use crate::__private::unexpected;

/// What can be borrowed from a cell.
pub trait FromCell<'a>: Sized {
    /// Reads the cell.
    ///
    /// # Errors
    /// `Query` when it holds something else.
    fn from_cell(cell: Cell<'a>) -> Result<Self>;
}

impl<'a> FromCell<'a> for &'a str {
    #[inline]
    fn from_cell(cell: Cell<'a>) -> Result<Self> {
        match cell {
            Cell::Text(value) => Ok(value),
            other => Err(unexpected(other, "text")),
        }
    }
}

impl Stored for String {
    type Base = Self;
    type Kind = kind::Text;

    fn field_type() -> FieldType {
        FieldType::Text
    }

    #[inline]
    fn from_cell(cell: Cell<'_>) -> Result<Self> {
        <&str as FromCell>::from_cell(cell).map(str::to_owned)
    }

    fn to_value(&self) -> Result<Value> {
        Ok(Value::from(self.as_str()))
    }

    #[inline]
    fn write(&self, _: &FieldDef, row: &mut RowBatch) -> Result<()> {
        row.push(Cell::Text(self));
        Ok(())
    }
}

impl Scalar for String {}
impl Ordered for String {}
impl Textual for String {}
impl Addable for String {}
impl Container for String {
    type Item = String;
}

impl Stored for char {
    type Base = Self;
    type Kind = kind::Text;

    fn field_type() -> FieldType {
        FieldType::Text
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self> {
        let text = <&str as FromCell>::from_cell(cell)?;
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) => Ok(character),
            _ => Err(Error::query("the database holds text that is not exactly one character")),
        }
    }

    fn to_value(&self) -> Result<Value> {
        Ok(Value::from(self.to_string()))
    }
}

impl Scalar for char {}
impl Ordered for char {}
