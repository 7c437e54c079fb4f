//! Rows' cells as parameters: one by one, or a column of all rows as an array.

use std::error::Error as StdError;
use std::fmt;

use bytes::BytesMut;
use ommi_core::Result;
use ommi_core::value::{Cell, RowBatch};
use tokio_postgres::types::{IsNull, ToSql, Type};

use crate::value::{Item, encode_array, encode_cell, literal};

/// A cell as a parameter.
pub(crate) struct OneCell<'a>(pub(crate) Cell<'a>);

/// A column of all rows as a parameter: an array.
pub(crate) struct OneColumn<'a> {
    pub(crate) rows: &'a RowBatch,
    pub(crate) column: usize,
    /// Where the column holds arrays: what is in them. They travel as literals.
    pub(crate) literals: Option<Item>,
}

macro_rules! hidden_parameter {
    ($ty:ident, $write:expr) => {
        /// The values stay out of every message and log.
        impl fmt::Debug for $ty<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("_")
            }
        }

        impl ToSql for $ty<'_> {
            fn to_sql(
                &self,
                ty: &Type,
                out: &mut BytesMut,
            ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
                let write: fn(&Self, &Type, &mut BytesMut) -> Result<IsNull> = $write;
                write(self, ty, out).map_err(Into::into)
            }

            fn accepts(_: &Type) -> bool {
                true
            }

            fn to_sql_checked(
                &self,
                ty: &Type,
                out: &mut BytesMut,
            ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
                self.to_sql(ty, out)
            }
        }
    };
}

hidden_parameter!(OneCell, |cell, ty, out| encode_cell(cell.0, ty, out));
hidden_parameter!(OneColumn, |column, ty, out| {
    encode_array(ty, column.rows.len(), out, |row, item, out| {
        match (column.rows.get(row, column.column), column.literals) {
            (Some(Cell::Json(text)), Some(within)) => {
                encode_cell(Cell::Text(&literal(text, within)?), item, out)
            }
            (cell, _) => encode_cell(cell.unwrap_or(Cell::Null), item, out),
        }
    })
});
