//! Writes of one row as text.

use ommi_core::Result;
use ommi_core::driver::RowWrite;
use ommi_core::schema::TableDef;
use ommi_core::value::Value;

use super::write::value_text;
use crate::Dialect;
use crate::ddl::quoted;

/// A statement without parameters that writes one row of `table`.
///
/// # Errors
/// `Schema` for a column that the table does not have, `Validation` for a value that does not stand in it.
pub fn row_statement(table: &TableDef, write: &RowWrite, dialect: Dialect) -> Result<String> {
    let name = quoted(dialect, &table.name);
    let text =
        |(column, value): &(&'static str, Value)| value_text(table.require_column(column)?, value, dialect);
    let equal = |pair: &(&'static str, Value)| Ok(format!("{} = {}", quoted(dialect, pair.0), text(pair)?));
    Ok(match write {
        RowWrite::Insert(values) => {
            let columns: Vec<_> = values.iter().map(|(column, _)| quoted(dialect, column)).collect();
            let values = values.iter().map(text).collect::<Result<Vec<_>>>()?;
            format!("INSERT INTO {name} ({}) VALUES ({})", columns.join(", "), values.join(", "))
        }
        RowWrite::Update { key, values } => {
            let values = values.iter().map(equal).collect::<Result<Vec<_>>>()?;
            format!("UPDATE {name} SET {} WHERE {}", values.join(", "), equal(key)?)
        }
        RowWrite::Delete { key } => format!("DELETE FROM {name} WHERE {}", equal(key)?),
    })
}
