//! Reading tables as they are: runs the introspection queries of `ommi-sql`.

use std::sync::LazyLock;

use ommi_core::Result;
use ommi_core::driver::{Bind, Param, Statement, Transform};
use ommi_core::plan::Reach;
use ommi_core::schema::{ColumnInfo, FieldType, TableInfo};
use ommi_core::value::{Cell, RowSink, Value};
use ommi_sql::introspect::sqlite::{COLUMNS, column_info};

use crate::connection::Connection;
use crate::execute;

static COLUMNS_OF: LazyLock<Statement> = LazyLock::new(|| {
    let mut statement = Statement::new(COLUMNS, Reach::Unlimited);
    statement.binds = vec![Bind { param: 0, transform: Transform::Plain }];
    statement.columns =
        vec![FieldType::Text, FieldType::Text, FieldType::Bool, FieldType::Int, FieldType::Bool];
    statement.labels = ["name", "type", "notnull", "pk", "has_default"].map(str::to_owned).to_vec();
    statement
});

/// Those of `tables` that exist, with their columns.
pub(crate) fn tables(connection: &mut Connection, tables: Vec<String>) -> Result<Vec<TableInfo>> {
    let mut found = Vec::new();
    for name in tables {
        let mut columns = Columns::default();
        execute::read(connection, &COLUMNS_OF, &[Param::Scalar(Value::Text(name.clone()))], &mut columns)?;
        if !columns.0.is_empty() {
            found.push(TableInfo { name, columns: columns.0 });
        }
    }
    Ok(found)
}

#[derive(Default)]
struct Columns(Vec<ColumnInfo>);

impl RowSink for Columns {
    fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        if let [
            Cell::Text(name),
            Cell::Text(declared),
            Cell::Bool(not_null),
            Cell::Int(key),
            Cell::Bool(has_default),
        ] = cells
        {
            let (name, declared) = ((*name).to_owned(), (*declared).to_owned());
            self.0.push(column_info(name, declared, *not_null, *key, *has_default));
        }
        Ok(())
    }

    fn restart(&mut self) {
        self.0.clear();
    }
}
