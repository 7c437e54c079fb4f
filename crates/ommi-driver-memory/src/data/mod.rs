//! What is stored: tables of rows, their definitions, and the one order of values.

mod definition;
mod fit;
mod order;
mod state;
mod text;

pub use order::compare;

pub(crate) use definition::{Action, ColumnDef, Reference, TableDef, Unique, enforced, unique_column};
pub(crate) use fit::fits;
pub(crate) use order::{Key, Sorted};
pub(crate) use state::{Row, RowId, State, Table, known_values};
