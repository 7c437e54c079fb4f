//! Schema changes as statements: create, drop, add a column.

mod add_column;
mod column;
mod create;
mod default;
mod drop;
mod index;
mod reference;

pub use add_column::add_column_statements;
pub use create::create_statements;
pub use drop::drop_statements;

use ommi_core::schema::ModelDef;
use sea_query::{QuotedBuilder, SchemaStatementBuilder, SqliteQueryBuilder, TableName, TableRef};

use crate::Dialect;
use crate::scope::identifier;

/// A model's table, as schema statements name it.
fn table(model: &ModelDef) -> TableRef {
    TableRef::Table(TableName(None, identifier(model.table())), None)
}

fn render(dialect: Dialect, tree: &impl SchemaStatementBuilder) -> String {
    match dialect {
        Dialect::Sqlite => tree.to_string(SqliteQueryBuilder),
    }
}

/// A quoted name, for the few places where sea-query takes raw text.
fn quoted(dialect: Dialect, name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 2);
    match dialect {
        Dialect::Sqlite => SqliteQueryBuilder.prepare_iden(&identifier(name), &mut text),
    }
    text
}
