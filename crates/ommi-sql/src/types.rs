//! What a field's column is declared as.

use ommi_core::schema::FieldType;

use crate::Dialect;

/// The declared type of a column that holds `ty`.
///
/// SQLite stores by affinity, and the names are chosen for theirs: those with TEXT in them keep text as text,
/// INTERVAL has INT in it. They tell readers and introspection what the column is for.
pub fn declared_type(dialect: Dialect, ty: &FieldType) -> &'static str {
    match dialect {
        Dialect::Sqlite => sqlite(ty),
    }
}

fn sqlite(ty: &FieldType) -> &'static str {
    match ty {
        FieldType::Bool => "BOOLEAN",
        FieldType::Int => "INTEGER",
        FieldType::Float => "REAL",
        FieldType::Text => "TEXT",
        FieldType::Bytes => "BLOB",
        FieldType::Decimal => "DECIMAL_TEXT",
        FieldType::Uuid => "UUID_TEXT",
        FieldType::DateTime => "DATETIME_TEXT",
        FieldType::Timestamp => "TIMESTAMP_TEXT",
        FieldType::Date => "DATE_TEXT",
        FieldType::Time => "TIME_TEXT",
        FieldType::Duration => "INTERVAL",
        FieldType::Json | FieldType::List(_) => "JSON_TEXT",
    }
}
