//! MySQL's and MariaDB's tables as they are.

use ommi_core::schema::{ColumnInfo, FieldType};

use super::{documents, texts};

/// The columns of the table that is both parameters, in the session's database; no rows where there is no such table.
///
/// Gives: the column's name (text), the declared type (text), whether NULL may stand in it (0 or 1), whether the
/// database has a value where none is given (0 or 1). Their places in the key are told by [`KEY`]: a server that is
/// shut down while it reads both descriptions in one statement can crash.
pub const COLUMNS: &str = "SELECT CAST(column_name AS CHAR), CAST(column_type AS CHAR), is_nullable = 'YES', \
    column_default IS NOT NULL OR extra LIKE '%auto_increment%' OR extra LIKE '%generated%' \
    FROM information_schema.columns \
    WHERE table_schema = DATABASE() AND table_name = ? \
    AND (@@lower_case_table_names <> 0 OR CAST(table_name AS BINARY) = CAST(? AS BINARY)) \
    ORDER BY ordinal_position";

/// The primary key of the table that is the parameter: the columns' names (text) and their places from 1 (integer).
pub const KEY: &str = "SELECT CAST(column_name AS CHAR), seq_in_index FROM information_schema.statistics \
    WHERE table_schema = DATABASE() AND table_name = ? AND index_name = 'PRIMARY' ORDER BY seq_in_index";

/// A row of [`COLUMNS`], with the column's place in [`KEY`], as a column's description.
pub fn column_info(
    name: String,
    declared: String,
    nullable: bool,
    key: Option<i64>,
    has_default: bool,
) -> ColumnInfo {
    let key = key.and_then(|key| usize::try_from(key - 1).ok());
    ColumnInfo { fits: fits(&declared), name, declared, nullable, key, has_default, sampled: false }
}

/// The field types that a column of this declared type can hold as they should be held.
///
/// Where a type has a precision or a length of its own (`decimal(10,2)`, `datetime`), the column rounds or refuses by
/// it, as whoever declared it wanted. Not so where values would come back changed: `float` rounds every number,
/// `char` loses spaces, `bigint unsigned` holds what no integer of ours can.
pub fn fits(declared: &str) -> Vec<FieldType> {
    let declared = declared.to_ascii_lowercase();
    let is_unsigned = declared.contains("unsigned");
    let name = declared.split(['(', ' ']).next().unwrap_or_default();
    match name {
        "tinyint" if declared.starts_with("tinyint(1)") && !is_unsigned => {
            vec![FieldType::Bool, FieldType::Int]
        }
        "tinyint" | "smallint" | "mediumint" | "int" => vec![FieldType::Int],
        "bigint" if is_unsigned => Vec::new(),
        "bigint" => vec![FieldType::Int, FieldType::Duration],
        "double" => vec![FieldType::Float],
        "decimal" => vec![FieldType::Decimal],
        "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => {
            let kept = |ty: &FieldType| {
                matches!(ty, FieldType::Text | FieldType::DateTime | FieldType::Json | FieldType::List(_))
            };
            texts().into_iter().filter(kept).collect()
        }
        "enum" => vec![FieldType::Text],
        "json" => documents(),
        "binary" if declared == "binary(16)" => vec![FieldType::Uuid],
        "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => vec![FieldType::Bytes],
        "datetime" => vec![FieldType::NaiveDateTime, FieldType::Timestamp, FieldType::DateTime],
        "timestamp" => vec![FieldType::Timestamp, FieldType::NaiveDateTime, FieldType::DateTime],
        "date" => vec![FieldType::Date],
        "time" => vec![FieldType::Time],
        _ => Vec::new(),
    }
}
