//! PostgreSQL's tables as they are.

use ommi_core::schema::{ColumnInfo, FieldType};

use super::documents;
use crate::postgres::array_item;

/// The columns of the tables that are the one parameter (`text[]`), as far as they exist, found as an unqualified name
/// finds them: along the search path.
///
/// Gives: the table's name as it was asked for (text), the column's name (text), the declared type (text), whether
/// NULL is refused (bool), the place in the primary key from 1 or NULL (bigint), whether the database has a value
/// where none is given (bool). A table's columns come in their order, one table after the other.
pub const COLUMNS: &str = "SELECT wanted.name, attribute.attname::text, \
    format_type(CASE WHEN kind.typtype = 'd' THEN kind.typbasetype ELSE attribute.atttypid END, \
    CASE WHEN kind.typtype = 'd' THEN kind.typtypmod ELSE attribute.atttypmod END), \
    attribute.attnotnull OR kind.typnotnull, \
    (SELECT part.place FROM pg_index AS key CROSS JOIN unnest(key.indkey) WITH ORDINALITY AS part(number, place) \
    WHERE key.indrelid = class.oid AND key.indisprimary AND part.number = attribute.attnum), \
    attribute.atthasdef OR attribute.attidentity <> '' OR kind.typdefault IS NOT NULL \
    FROM unnest($1::text[]) AS wanted(name) \
    JOIN pg_class AS class ON class.oid = to_regclass(quote_ident(wanted.name)) \
    JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid \
    JOIN pg_type AS kind ON kind.oid = attribute.atttypid \
    WHERE attribute.attnum > 0 AND NOT attribute.attisdropped AND class.relkind IN ('r', 'p', 'v', 'm', 'f') \
    ORDER BY wanted.name, attribute.attnum";

/// A row of [`COLUMNS`], but for the table's name, as a column's description.
pub fn column_info(
    name: String,
    declared: String,
    not_null: bool,
    key: Option<i64>,
    has_default: bool,
) -> ColumnInfo {
    let key = key.and_then(|key| usize::try_from(key - 1).ok());
    ColumnInfo {
        fits: fits(&declared),
        name,
        declared,
        nullable: !not_null,
        key,
        has_default,
        sampled: false,
    }
}

/// The field types that a column of this declared type can hold as they should be held.
///
/// Where a type has a precision or a length of its own (`numeric(10,2)`, `timestamp(0)`), the column rounds or refuses
/// by it, as whoever declared it wanted. Not so where every value would be changed: `real` and `character(n)` fit
/// nothing.
pub fn fits(declared: &str) -> Vec<FieldType> {
    // `timestamp(3) without time zone` has its precision in the middle.
    let bare = match (declared.find('('), declared.find(')')) {
        (Some(start), Some(end)) if start < end => format!("{}{}", &declared[..start], &declared[end + 1..]),
        _ => declared.to_owned(),
    };
    match bare.as_str() {
        "boolean" => vec![FieldType::Bool],
        "smallint" | "integer" | "bigint" => vec![FieldType::Int],
        "double precision" => vec![FieldType::Float],
        "text" | "character varying" => vec![FieldType::Text, FieldType::DateTime],
        "bytea" => vec![FieldType::Bytes],
        "numeric" => vec![FieldType::Decimal],
        "uuid" => vec![FieldType::Uuid],
        "timestamp without time zone" => vec![FieldType::NaiveDateTime, FieldType::DateTime],
        "timestamp with time zone" => vec![FieldType::Timestamp, FieldType::DateTime],
        "date" => vec![FieldType::Date],
        "time without time zone" => vec![FieldType::Time],
        "interval" => vec![FieldType::Duration],
        "json" | "jsonb" => documents().into_iter().filter(|ty| array_item(ty).is_none()).collect(),
        "boolean[]" => vec![list(FieldType::Bool)],
        "bigint[]" => vec![list(FieldType::Int)],
        "double precision[]" => vec![list(FieldType::Float)],
        "text[]" => vec![list(FieldType::Text)],
        _ => Vec::new(),
    }
}

fn list(item: FieldType) -> FieldType {
    FieldType::List(Box::new(item))
}
