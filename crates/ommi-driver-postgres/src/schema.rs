//! Reading tables as they are: runs the introspection query of `ommi-sql`.

use std::pin::pin;

use futures_util::StreamExt;
use ommi_core::Result;
use ommi_core::schema::{ColumnInfo, TableInfo};
use ommi_sql::introspect::postgres::{COLUMNS, column_info};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::connection::Connection;
use crate::error;

/// Those of `tables` that exist, with their columns.
pub(crate) async fn tables(connection: &Connection, tables: Vec<String>) -> Result<Vec<TableInfo>> {
    let names = [(tables, Type::TEXT_ARRAY)];
    let rows = connection.client.query_typed_raw(COLUMNS, names).await.map_err(error::of)?;
    let mut rows = pin!(rows);
    let mut found: Vec<TableInfo> = Vec::new();
    while let Some(row) = rows.next().await {
        let (table, column) = column(&row.map_err(error::of)?).map_err(error::of)?;
        match found.last_mut().filter(|last| last.name == table) {
            Some(last) => last.columns.push(column),
            None => found.push(TableInfo { name: table, columns: vec![column] }),
        }
    }
    Ok(found)
}

fn column(row: &Row) -> Result<(String, ColumnInfo), tokio_postgres::Error> {
    let key: Option<i64> = row.try_get(4)?;
    Ok((
        row.try_get(0)?,
        column_info(row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, key, row.try_get(5)?),
    ))
}
