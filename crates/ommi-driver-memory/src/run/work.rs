//! A statement's changes on their way: the state as it would become, and the rows as they were.

use std::collections::BTreeMap;

use ommi_core::value::Value;
use ommi_core::{Error, Result};

use crate::data::{Row, RowId, State, fits};

/// A row before and after; nothing where there is none.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) table: String,
    pub(super) before: Option<Row>,
    pub(super) after: Option<Row>,
}

/// See the module.
pub(super) struct Work {
    pub(super) state: State,
    /// The rows that were changed, as they were when the statement began.
    pub(super) touched: BTreeMap<(String, RowId), Option<Row>>,
}

impl Work {
    pub(super) fn on(state: &State) -> Self {
        Self { state: state.clone(), touched: BTreeMap::new() }
    }

    /// Puts a row in a table, in the place of the one that it has there.
    ///
    /// # Errors
    /// `Query` where a value is not of its column's type.
    pub(super) fn set(&mut self, table: &str, id: RowId, row: Option<Row>) -> Result<Change> {
        let stored = self.state.table_mut(table)?;
        for (column, value) in stored.def.columns.iter().zip(row.iter().flat_map(|row| row.iter())) {
            if !fits(value, &column.ty) {
                let (name, holds, kind) = (&column.name, column.ty.describe(), value.kind_name());
                let message = format!("the column {name:?} holds {holds} and cannot take {kind}");
                return Err(Error::query(message));
            }
        }
        let before = stored.rows.get(&id).cloned();
        match &row {
            Some(row) => stored.rows.insert_mut(id, row.clone()),
            None => drop(stored.rows.remove_mut(&id)),
        }
        self.touched.entry((table.to_owned(), id)).or_insert_with(|| before.clone());
        Ok(Change { table: table.to_owned(), before, after: row })
    }
}

/// A row with other values in some columns.
pub(super) fn with_values(row: &Row, values: impl IntoIterator<Item = (usize, Value)>) -> Row {
    let mut changed = row.to_vec();
    for (column, value) in values {
        changed[column] = value;
    }
    changed.into()
}
