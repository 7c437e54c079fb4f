//! Schema changes as statements: create, drop, add a column.

mod add_column;
mod column;
mod create;
mod default;
mod drop;
mod index;
mod length;
mod reference;

pub(crate) use default::constant;
pub(crate) use length::length_in;

pub use add_column::add_column_statements;
pub use create::create_statements;
pub use drop::drop_statements;

use ommi_core::schema::ModelDef;
use sea_query::{
    MysqlQueryBuilder, PostgresQueryBuilder, QuotedBuilder, SchemaStatementBuilder, SqliteQueryBuilder,
    TableName, TableRef,
};

use crate::scope::identifier;
use crate::{Dialect, mysql};

/// A model's table, as schema statements name it.
fn table(model: &ModelDef) -> TableRef {
    TableRef::Table(TableName(None, identifier(model.table())), None)
}

fn render(dialect: Dialect, tree: &impl SchemaStatementBuilder) -> String {
    match dialect {
        Dialect::Sqlite => tree.to_string(SqliteQueryBuilder),
        Dialect::Postgres => tree.to_string(PostgresQueryBuilder),
        Dialect::Mysql(_) => tree.to_string(MysqlQueryBuilder),
    }
}

/// A quoted name, for the few places where sea-query takes raw text.
pub(crate) fn quoted(dialect: Dialect, name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 2);
    let name = identifier(name);
    match dialect {
        Dialect::Sqlite => SqliteQueryBuilder.prepare_iden(&name, &mut text),
        Dialect::Postgres => PostgresQueryBuilder.prepare_iden(&name, &mut text),
        Dialect::Mysql(_) => MysqlQueryBuilder.prepare_iden(&name, &mut text),
    }
    text
}

/// sea-query puts quotes around the name of an index or a foreign key and leaves those inside of it alone.
fn escaped(dialect: Dialect, name: &str) -> String {
    let quoted = quoted(dialect, name);
    quoted[1..quoted.len() - 1].to_owned()
}

/// PostgreSQL's statement that runs another one unless a query finds a row.
fn guard(query: &str, statement: &str) -> String {
    let mut tag = "$ommi$".to_owned();
    while query.contains(&tag) || statement.contains(&tag) {
        tag.insert(1, 'x');
    }
    format!("DO {tag} BEGIN IF NOT EXISTS ({query}) THEN {statement}; END IF; END {tag}")
}

/// MySQL's statements that run another one unless the model's table has something of a name; MySQL itself knows no
/// IF NOT EXISTS there. `listing` is a table of `information_schema`, `column` the one with the names.
fn guarded(listing: &str, column: &str, model: &ModelDef, name: &str, statement: &str) -> Vec<String> {
    guarded_by(false, listing, column, model, name, statement)
}

/// As [`guarded`], where `wanted` says whether it has to be there.
fn guarded_by(
    wanted: bool,
    listing: &str,
    column: &str,
    model: &ModelDef,
    name: &str,
    statement: &str,
) -> Vec<String> {
    guarded_in(wanted, (listing, column), model.table(), name, statement)
}

/// MySQL's statements that run another one if the table has an index of this name.
pub(crate) fn where_index_exists(table: &str, name: &str, statement: &str) -> Vec<String> {
    guarded_in(true, ("statistics", "index_name"), table, name, statement)
}

fn guarded_in(
    wanted: bool,
    (listing, column): (&str, &str),
    table: &str,
    name: &str,
    statement: &str,
) -> Vec<String> {
    let schema = if listing == "statistics" { "table_schema" } else { "constraint_schema" };
    let exists = format!(
        "EXISTS (SELECT 1 FROM information_schema.{listing} WHERE {schema} = DATABASE() AND table_name = {} AND \
         {column} = {})",
        mysql::literal(table),
        mysql::literal(name)
    );
    let condition = if wanted { exists } else { format!("NOT {exists}") };
    vec![
        format!("SET @ommi_statement = IF({condition}, {}, 'DO 0')", mysql::literal(statement)),
        "PREPARE ommi_statement FROM @ommi_statement".into(),
        "EXECUTE ommi_statement".into(),
        "DEALLOCATE PREPARE ommi_statement".into(),
    ]
}
