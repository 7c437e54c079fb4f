//! Changes of a schema as statements. Tables are described by [`TableDef`]: those of models and those that were found.

mod mysql;
mod postgres;
mod row;
mod sqlite;
mod write;

pub use row::row_statement;

use ommi_core::Result;
use ommi_core::schema::{Change, SchemaDef, TableDef, TableIndex, TableReference};

use crate::Dialect;
use crate::name::{check_name_fits, check_name_of, reference_name_of, shortened};

/// Statements that make `changes`, one after the other, to tables described as `before`.
///
/// They count on what is there: run a second time, they fail. SQLite's have to run with foreign keys off and to be
/// checked by `PRAGMA foreign_key_check` before they are committed.
///
/// # Errors
/// `Schema` when a change does not fit what is there or a name is longer than the database takes, `Unsupported` when
/// the database cannot make it, as when SQLite would have to rebuild a table that cannot be described whole.
pub fn change_statements(before: &SchemaDef, changes: &[Change], dialect: Dialect) -> Result<Vec<String>> {
    let changes = changes.iter().map(|change| named(change, dialect)).collect::<Result<Vec<_>>>()?;
    match dialect {
        Dialect::Sqlite => sqlite::statements(before, &changes),
        Dialect::Postgres => postgres::statements(before, &changes),
        Dialect::Mysql(flavour) => mysql::statements(before, &changes, flavour),
    }
}

/// The change with the names that are made up here, so that a later one finds them, and within what the database takes.
fn named(change: &Change, dialect: Dialect) -> Result<Change> {
    let mut change = change.clone();
    match &mut change {
        Change::CreateTable(table) => {
            check_name_fits("table", &table.name, dialect)?;
            table.columns.iter().try_for_each(|column| check_name_fits("column", &column.name, dialect))?;
            name_parts(table, dialect);
        }
        Change::RenameTable { to, .. } => check_name_fits("table", to, dialect)?,
        Change::RenameColumn { to, .. } => check_name_fits("column", to, dialect)?,
        Change::AddColumn { table, column, .. } | Change::AlterColumn { table, to: column, .. } => {
            check_name_fits("column", &column.name, dialect)?;
            if let Some(length) = &mut column.max_length {
                length.check.get_or_insert_with(|| check_name_of(table, &column.name, dialect));
            }
        }
        Change::AddIndex { index, .. } => name_index(index, dialect),
        Change::AddReference { table, reference } => name_reference(table, reference, dialect),
        Change::DropTable(_)
        | Change::DropColumn { .. }
        | Change::DropIndex { .. }
        | Change::DropReference { .. } => {}
    }
    Ok(change)
}

fn name_parts(table: &mut TableDef, dialect: Dialect) {
    for column in &mut table.columns {
        if let Some(length) = &mut column.max_length {
            length.check.get_or_insert_with(|| check_name_of(&table.name, &column.name, dialect));
        }
    }
    table.indexes.iter_mut().for_each(|index| name_index(index, dialect));
    table.references.iter_mut().for_each(|reference| name_reference(&table.name, reference, dialect));
}

fn name_index(index: &mut TableIndex, dialect: Dialect) {
    index.name = shortened(&index.name, dialect);
}

fn name_reference(table: &str, reference: &mut TableReference, dialect: Dialect) {
    let columns: Vec<_> = reference.columns.iter().map(String::as_str).collect();
    reference.name.get_or_insert_with(|| reference_name_of(table, &columns, dialect));
}
