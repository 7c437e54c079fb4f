//! SQLite's tables as they are.
//!
//! A column's declared type decides its affinity by the rules of <https://www.sqlite.org/datatype3.html>, and
//! the affinity decides what can be stored without being changed.

use ommi_core::schema::{ColumnInfo, FieldType};

use super::{documents, scalars, texts};

/// The columns of the table that is the one parameter; no rows where there is no such table.
///
/// Gives: name (text), declared type (text), not null (0 or 1), place in the primary key from 1, or 0, whether the
/// database has a value where none is given (0 or 1): a default, or it computes the column.
/// Columns that a virtual table hides are left out.
pub const COLUMNS: &str = "SELECT name, type, \"notnull\", pk, dflt_value IS NOT NULL OR hidden > 1 \
    FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid";

/// A row of [`COLUMNS`] as a column's description.
///
/// A key's column counts as required: only SQLite's long compatible oversight lets NULL into one.
pub fn column_info(
    name: String,
    declared: String,
    not_null: bool,
    key: i64,
    has_default: bool,
) -> ColumnInfo {
    let key = usize::try_from(key - 1).ok();
    let nullable = !not_null && key.is_none();
    ColumnInfo { fits: fits(&declared), name, declared, nullable, key, has_default, sampled: false }
}

/// The field types that a column of this declared type can hold as they should be held.
pub fn fits(declared: &str) -> Vec<FieldType> {
    let upper = declared.to_ascii_uppercase();
    let name = upper.split('(').next().unwrap_or_default().trim();
    match name {
        "" => everything(),
        "BOOLEAN" | "BOOL" => vec![FieldType::Bool],
        "DECIMAL_TEXT" => vec![FieldType::Decimal],
        "UUID_TEXT" | "UUID" => vec![FieldType::Uuid],
        "DATETIME_TEXT" => vec![FieldType::DateTime],
        "NAIVE_DATETIME_TEXT" => vec![FieldType::NaiveDateTime, FieldType::DateTime],
        "TIMESTAMP_TEXT" => vec![FieldType::Timestamp, FieldType::DateTime],
        "DATETIME" | "TIMESTAMP" => {
            vec![FieldType::DateTime, FieldType::NaiveDateTime, FieldType::Timestamp]
        }
        "DATE_TEXT" | "DATE" => vec![FieldType::Date],
        "TIME_TEXT" | "TIME" => vec![FieldType::Time],
        "INTERVAL" => vec![FieldType::Duration],
        "JSON_TEXT" | "JSON" => documents(),
        other => by_affinity(other),
    }
}

fn by_affinity(name: &str) -> Vec<FieldType> {
    let has = |part: &str| name.contains(part);
    if has("INT") {
        vec![FieldType::Int, FieldType::Bool, FieldType::Duration]
    } else if has("CHAR") || has("CLOB") || has("TEXT") {
        texts()
    } else if has("BLOB") {
        vec![FieldType::Bytes]
    } else if has("REAL") || has("FLOA") || has("DOUB") {
        vec![FieldType::Float]
    } else {
        vec![FieldType::Decimal, FieldType::Float, FieldType::Int, FieldType::Bool]
    }
}

fn everything() -> Vec<FieldType> {
    let mut types = scalars();
    types.extend(documents());
    types
}
