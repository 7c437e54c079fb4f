//! Tables as they are.

use ommi_core::schema::{ColumnInfo, FieldType, TableInfo};

use crate::data::{ColumnDef, State, TableDef};

/// Those of `names` that exist.
pub(crate) fn tables(state: &State, names: &[String]) -> Vec<TableInfo> {
    names.iter().filter_map(|name| state.table(name).ok()).map(|table| info(&table.def)).collect()
}

fn info(def: &TableDef) -> TableInfo {
    let column = |(position, column): (usize, &ColumnDef)| ColumnInfo {
        name: column.name.clone(),
        declared: column.ty.to_string(),
        fits: fits(&column.ty),
        nullable: column.nullable,
        key: def.key.iter().position(|key| *key == position),
        has_default: column.generated || column.default().is_ok_and(|value| !value.is_null()),
        sampled: false,
    };
    TableInfo { name: def.name.clone(), columns: def.columns.iter().enumerate().map(column).collect() }
}

/// The field types that a column holds as they should be held. Date and time with or without a zone are kept by
/// columns of either, as long as the values are what the column is for.
fn fits(ty: &FieldType) -> Vec<FieldType> {
    match ty {
        FieldType::NaiveDateTime | FieldType::Timestamp => vec![ty.clone(), FieldType::DateTime],
        FieldType::Bool
        | FieldType::Int
        | FieldType::Float
        | FieldType::Text
        | FieldType::Bytes
        | FieldType::Decimal
        | FieldType::Uuid
        | FieldType::DateTime
        | FieldType::Date
        | FieldType::Time
        | FieldType::Duration
        | FieldType::Json
        | FieldType::List(_) => vec![ty.clone()],
    }
}
