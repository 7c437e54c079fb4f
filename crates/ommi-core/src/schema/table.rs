//! What a driver finds in a database: tables as they are, to be compared with models.

use super::FieldType;

/// A table that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableInfo {
    /// The table's name.
    pub name: String,
    /// Its columns in their order.
    pub columns: Vec<ColumnInfo>,
}

/// A column that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnInfo {
    /// The column's name.
    pub name: String,
    /// The type as the database spells it.
    pub declared: String,
    /// The field types that the column can hold as they should be held; empty where it fits none of ours.
    pub fits: Vec<FieldType>,
    /// Whether NULL may stand in it; of a [`sampled`](Self::sampled) one, whether it was seen there.
    pub nullable: bool,
    /// Its place in the primary key, from 0.
    pub key: Option<usize>,
    /// Whether the database has a value for it where a row gives none: a default, or it generates one.
    pub has_default: bool,
    /// Whether all this is only what was found in rows, because the table declares nothing.
    pub sampled: bool,
}
