//! Reading the schema: the queries and their meaning are `ommi-sql`'s.

use mysql_async::{Row, Value};
use ommi_core::schema::{ColumnInfo, TableInfo};
use ommi_core::{Error, Result};
use ommi_sql::introspect::mysql::{COLUMNS, KEY, column_info};

use crate::connection::{Connection, Key};

/// The keys of the statements that ask for a table's columns and for its key.
const ASK_COLUMNS: Key = (0, 1);
const ASK_KEY: Key = (0, 2);

/// The tables of these names that exist.
pub(crate) async fn tables(connection: &mut Connection, names: &[String]) -> Result<Vec<TableInfo>> {
    let mut tables = Vec::new();
    // Names there have no characters beyond the basic plane, and asking for one is an error.
    let possible = |name: &&String| name.chars().all(|character| character <= '\u{FFFF}');
    for name in names.iter().filter(possible) {
        let parameter = Value::Bytes(name.as_bytes().to_vec());
        let found = ask(connection, ASK_COLUMNS, COLUMNS, vec![parameter.clone(), parameter.clone()]).await?;
        if found.is_empty() {
            continue;
        }
        let key = ask(connection, ASK_KEY, KEY, vec![parameter]).await?;
        let key: Vec<_> = key.iter().filter_map(|row| Some((text(row, 0)?, integer(row, 1)?))).collect();
        let columns =
            found.iter().map(|row| column(row, &key).ok_or_else(unreadable)).collect::<Result<_>>()?;
        tables.push(TableInfo { name: name.clone(), columns });
    }
    Ok(tables)
}

async fn ask(connection: &mut Connection, key: Key, text: &str, values: Vec<Value>) -> Result<Vec<Row>> {
    connection.start(key, text, values).await?;
    let rows = connection.rows().collect_and_drop::<Row>().await;
    connection.end_work(rows)
}

fn unreadable() -> Error {
    Error::query("the server's description of a table's columns makes no sense")
}

fn column(row: &Row, key: &[(String, i64)]) -> Option<ColumnInfo> {
    let name = text(row, 0)?;
    let place = key.iter().find(|(column, _)| *column == name).map(|(_, place)| *place);
    Some(column_info(name, text(row, 1)?, integer(row, 2)? == 1, place, integer(row, 3)? == 1))
}

fn text(row: &Row, position: usize) -> Option<String> {
    match row.as_ref(position) {
        Some(Value::Bytes(bytes)) => String::from_utf8(bytes.clone()).ok(),
        _other => None,
    }
}

fn integer(row: &Row, position: usize) -> Option<i64> {
    match row.as_ref(position) {
        Some(Value::Int(value)) => Some(*value),
        Some(Value::UInt(value)) => i64::try_from(*value).ok(),
        _other => None,
    }
}
