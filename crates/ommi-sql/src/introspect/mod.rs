//! Reading a schema back: the queries' text, and what declared types can hold. Drivers run the queries.

pub mod describe;
pub mod mysql;
pub mod postgres;
pub mod sqlite;

use ommi_core::schema::FieldType;

/// The types that are kept as text where a database has nothing better.
fn texts() -> Vec<FieldType> {
    let mut types = vec![
        FieldType::Text,
        FieldType::Decimal,
        FieldType::Uuid,
        FieldType::DateTime,
        FieldType::NaiveDateTime,
        FieldType::Timestamp,
        FieldType::Date,
        FieldType::Time,
    ];
    types.extend(documents());
    types
}

/// Nested values and lists of any scalar.
fn documents() -> Vec<FieldType> {
    let lists = scalars().into_iter().map(|item| FieldType::List(Box::new(item)));
    std::iter::once(FieldType::Json).chain(lists).collect()
}

fn scalars() -> Vec<FieldType> {
    vec![
        FieldType::Bool,
        FieldType::Int,
        FieldType::Float,
        FieldType::Text,
        FieldType::Bytes,
        FieldType::Decimal,
        FieldType::Uuid,
        FieldType::DateTime,
        FieldType::NaiveDateTime,
        FieldType::Timestamp,
        FieldType::Date,
        FieldType::Time,
        FieldType::Duration,
    ]
}
