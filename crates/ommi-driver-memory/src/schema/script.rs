//! Schema statements, run: all or none.

use std::collections::BTreeSet;
use std::sync::Arc;

use ommi_core::{Error, Result};

use super::statement::Change;
use crate::data::{ColumnDef, Reference, Row, State, Table, Unique};
use crate::error::{no_column, still_referred};

/// The state after the statements.
///
/// # Errors
/// `ForeignKeyViolation` where a table that stays refers to one that is dropped.
pub(crate) fn run(statements: &[String], before: &State) -> Result<State> {
    let mut state = before.clone();
    let mut dropped = BTreeSet::new();
    for text in statements {
        match Change::read(text)? {
            Change::CreateTable(def) if state.has(&def.name) => {}
            Change::CreateTable(def) => state.add(Table::new(def)),
            Change::CreateUnique { table, name, columns } => {
                create_unique(&mut state, &table, name, &columns)?
            }
            Change::AddColumn { table, column, references } => {
                add_column(state.table_mut(&table)?, column, references)?;
            }
            Change::DropTable(name) => {
                if state.drop(&name).is_some() {
                    dropped.insert(name);
                }
            }
        }
    }
    check_none_refers(before, &dropped)?;
    Ok(state)
}

/// What stays refers to nothing that goes, with or without rows.
fn check_none_refers(before: &State, dropped: &BTreeSet<String>) -> Result<()> {
    for table in before.tables().filter(|table| !dropped.contains(&table.def.name)) {
        if let Some(reference) = table.def.references.iter().find(|known| dropped.contains(&known.target)) {
            return Err(still_referred(&table.def.name, &reference.target));
        }
    }
    Ok(())
}

fn create_unique(state: &mut State, table: &str, name: String, columns: &[String]) -> Result<()> {
    let table = state.table_mut(table)?;
    if table.def.uniques.iter().any(|unique| unique.name == name) {
        return Ok(());
    }
    let position =
        |column: &String| table.def.position(column).ok_or_else(|| no_column(&table.def.name, column));
    let columns = columns.iter().map(position).collect::<Result<_>>()?;
    table.watch(Unique { name, columns })
}

fn add_column(table: &mut Table, column: ColumnDef, references: Vec<Reference>) -> Result<()> {
    if table.def.position(&column.name).is_some() {
        let (table, column) = (&table.def.name, &column.name);
        return Err(Error::query(format!("the table {table:?} has a column {column:?} already")));
    }
    let value = column.default()?;
    let longer = |row: &Row| -> Row { row.iter().chain([&value]).cloned().collect() };
    let rows: Vec<_> = table.rows.iter().map(|(id, row)| (*id, longer(row))).collect();
    for (id, row) in rows {
        table.rows.insert_mut(id, row);
    }
    let def = Arc::make_mut(&mut table.def);
    let position = def.columns.len();
    def.columns.push(column);
    def.references.extend(references.into_iter().map(|known| Reference { columns: vec![position], ..known }));
    Ok(())
}
