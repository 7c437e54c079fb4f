//! Writes of one row as part of a script, where a plan with parameters cannot stand.

use crate::value::Value;

/// A write of one row, columns by name.
#[derive(Debug, Clone, PartialEq)]
pub enum RowWrite {
    /// Adds the row.
    Insert(Vec<(&'static str, Value)>),
    /// Changes the row of this key.
    Update {
        /// The key's column and value.
        key: (&'static str, Value),
        /// What is changed.
        values: Vec<(&'static str, Value)>,
    },
    /// Removes the row of this key.
    Delete {
        /// The key's column and value.
        key: (&'static str, Value),
    },
}
