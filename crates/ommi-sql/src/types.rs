//! What a field's column is declared as.

use std::borrow::Cow;

use ommi_core::schema::FieldType;

use crate::{Dialect, Flavour, mysql, postgres};

/// The declared type of a column that holds `ty`, where it is in no key, index or reference.
///
/// SQLite stores by affinity, and the names are chosen for theirs: those with TEXT in them keep text as text,
/// INTERVAL has INT in it. They tell readers and introspection what the column is for.
pub fn declared_type(dialect: Dialect, ty: &FieldType) -> Cow<'static, str> {
    match dialect {
        Dialect::Sqlite => sqlite(ty).into(),
        Dialect::Postgres => match ty {
            FieldType::Text | FieldType::DateTime => "text COLLATE \"C\"".into(),
            FieldType::List(item) if **item == FieldType::Text => "text[] COLLATE \"C\"".into(),
            FieldType::Bool
            | FieldType::Int
            | FieldType::Float
            | FieldType::Bytes
            | FieldType::Decimal
            | FieldType::Uuid
            | FieldType::NaiveDateTime
            | FieldType::Timestamp
            | FieldType::Date
            | FieldType::Time
            | FieldType::Duration
            | FieldType::Json
            | FieldType::List(_) => postgres::column_type(ty),
        },
        Dialect::Mysql(flavour) => mysql_type(flavour, ty, None),
    }
}

/// As [`declared_type`], of a column whose texts may have so many code points, and its bytes as many bytes, because
/// an index takes no more.
pub(crate) fn mysql_type(flavour: Flavour, ty: &FieldType, indexed: Option<u32>) -> Cow<'static, str> {
    let text = |length: Option<u32>| {
        let declared = length.map_or_else(|| "LONGTEXT".to_owned(), |length| format!("VARCHAR({length})"));
        Cow::Owned(format!("{declared} CHARACTER SET utf8mb4 COLLATE {}", flavour.collation()))
    };
    match ty {
        FieldType::Bool => "BOOLEAN".into(),
        FieldType::Int | FieldType::Duration => "BIGINT".into(),
        FieldType::Float => "DOUBLE".into(),
        FieldType::Text | FieldType::Json | FieldType::List(_) => text(indexed),
        FieldType::Bytes => indexed.map_or("LONGBLOB".into(), |length| format!("VARBINARY({length})").into()),
        FieldType::Decimal => mysql::DECIMAL.into(),
        FieldType::Uuid => "BINARY(16)".into(),
        FieldType::DateTime => text(Some(40)),
        FieldType::NaiveDateTime | FieldType::Timestamp => "DATETIME(6)".into(),
        FieldType::Date => "DATE".into(),
        FieldType::Time => "TIME(6)".into(),
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
        FieldType::NaiveDateTime => "NAIVE_DATETIME_TEXT",
        FieldType::Timestamp => "TIMESTAMP_TEXT",
        FieldType::Date => "DATE_TEXT",
        FieldType::Time => "TIME_TEXT",
        FieldType::Duration => "INTERVAL",
        FieldType::Json | FieldType::List(_) => "JSON_TEXT",
    }
}
