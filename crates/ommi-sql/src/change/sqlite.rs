//! Changes on SQLite. It alters little in place: for the rest a table is made anew under another name, its rows are moved
//! with their row ids, and it takes the old one's place (<https://www.sqlite.org/lang_altertable.html#otheralter>).
//! Changes of one table that follow each other share one rebuilding.

use ommi_core::schema::{Change, ColumnDef, ColumnDefault, ColumnType, FieldType, SchemaDef, TableDef};
use ommi_core::{Error, Result};

use super::write::{alter, column, create, create_index, length_condition, names, value_text};
use crate::Dialect;
use crate::ddl::quoted;

const DIALECT: Dialect = Dialect::Sqlite;

pub(super) fn statements(before: &SchemaDef, changes: &[Change]) -> Result<Vec<String>> {
    let mut work = Work { schema: before.clone(), rebuilding: None, statements: Vec::new() };
    for change in changes {
        let change = as_sqlite_has_it(change);
        if !work.join(&change)? {
            work.finish()?;
            let statements = in_place(&work.schema, &change)?;
            work.statements.extend(statements);
            work.schema.apply(&change)?;
        }
    }
    work.finish()?;
    Ok(work.statements)
}

/// A constraint cannot be added to a table, but an index can.
fn as_sqlite_has_it(change: &Change) -> Change {
    let mut change = change.clone();
    if let Change::AddIndex { index, .. } = &mut change {
        index.constraint = false;
    }
    change
}

struct Work {
    schema: SchemaDef,
    rebuilding: Option<Rebuilding>,
    statements: Vec<String>,
}

/// A table that will be made anew, and what its rows get: a column's name and the expression over the old row. A column
/// without one gets its default.
struct Rebuilding {
    table: String,
    old_columns: Vec<String>,
    sources: Vec<(String, String)>,
}

impl Work {
    /// Makes the change part of a rebuilding, if it takes one or one of its table is under way.
    fn join(&mut self, change: &Change) -> Result<bool> {
        let table = change.table();
        let is_under_way = self.rebuilding.as_ref().is_some_and(|rebuilding| rebuilding.table == table);
        let joins = match change {
            Change::AddColumn { column, .. } => is_under_way || !can_be_added(column),
            Change::DropColumn { .. }
            | Change::AlterColumn { .. }
            | Change::AddReference { .. }
            | Change::DropReference { .. } => true,
            Change::DropIndex { index, .. } => {
                let found = self.schema.require_table(table)?.index_like(index);
                is_under_way || found.is_some_and(|found| found.constraint)
            }
            Change::AddIndex { .. } => is_under_way,
            Change::CreateTable(_)
            | Change::DropTable(_)
            | Change::RenameTable { .. }
            | Change::RenameColumn { .. } => false,
        };
        if !joins {
            return Ok(false);
        }
        if !is_under_way {
            self.finish()?;
        }
        let owner = self.schema.require_table(table)?;
        let rebuilding = self.rebuilding.get_or_insert_with(|| Rebuilding::of(owner));
        rebuilding.note(change)?;
        self.schema.apply(change)?;
        Ok(true)
    }

    /// Writes the rebuilding that is under way.
    fn finish(&mut self) -> Result<()> {
        if let Some(rebuilding) = self.rebuilding.take() {
            self.statements.extend(rebuilding.statements(&self.schema)?);
        }
        Ok(())
    }
}

/// Whether ALTER TABLE takes the column: rows that exist can do without a value of their own.
fn can_be_added(column: &ColumnDef) -> bool {
    match &column.default {
        Some(ColumnDefault::Value(_)) => true,
        Some(ColumnDefault::Found { constant, .. }) => constant.is_some(),
        None => column.nullable,
    }
}

impl Rebuilding {
    fn of(table: &TableDef) -> Self {
        let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
        let sources = names.iter().map(|name| (name.clone(), quoted(DIALECT, name))).collect();
        Self { table: table.name.clone(), old_columns: names, sources }
    }

    fn note(&mut self, change: &Change) -> Result<()> {
        match change {
            Change::AddColumn { column, fill: Some(value), .. } if !column.can_be_left_out() => {
                self.sources.push((column.name.clone(), value_text(column, value, DIALECT)?));
            }
            Change::DropColumn { column, .. } => self.sources.retain(|(name, _)| *name != column.name),
            Change::AlterColumn { to, fill: Some(value), .. } if !to.nullable => {
                let value = value_text(to, value, DIALECT)?;
                for (_, source) in self.sources.iter_mut().filter(|(name, _)| *name == to.name) {
                    *source = format!("coalesce({source}, {value})");
                }
            }
            Change::AddColumn { .. }
            | Change::AlterColumn { .. }
            | Change::AddIndex { .. }
            | Change::DropIndex { .. }
            | Change::AddReference { .. }
            | Change::DropReference { .. }
            | Change::CreateTable(_)
            | Change::DropTable(_)
            | Change::RenameTable { .. }
            | Change::RenameColumn { .. } => {}
        }
        Ok(())
    }

    fn statements(mut self, schema: &SchemaDef) -> Result<Vec<String>> {
        let table = schema.require_table(&self.table)?;
        if !table.undescribed.is_empty() {
            let message = format!(
                "SQLite changes the table {:?} by making it anew, and it would lose {}",
                table.name,
                table.undescribed.join(", ")
            );
            return Err(Error::unsupported(message));
        }
        let new = free_name(schema, &table.name);
        if let Some(row_id) = self.row_id(table) {
            self.sources.insert(0, (row_id.to_owned(), row_id.to_owned()));
        }
        let (into, from): (Vec<String>, Vec<String>) = self.sources.into_iter().unzip();
        let indexes = table.indexes.iter().filter(|index| !index.constraint);
        let mut statements = vec![
            create(table, &new, DIALECT)?,
            format!(
                "INSERT INTO {} ({}) SELECT {} FROM {}",
                quoted(DIALECT, &new),
                names(DIALECT, &into),
                from.join(", "),
                quoted(DIALECT, &table.name)
            ),
            format!("DROP TABLE {}", quoted(DIALECT, &table.name)),
            // Views that name the table are left alone, though it is not there at the moment.
            "PRAGMA legacy_alter_table = ON".into(),
            format!("{} RENAME TO {}", alter(&new, DIALECT), quoted(DIALECT, &table.name)),
            "PRAGMA legacy_alter_table = OFF".into(),
        ];
        statements.extend(indexes.map(|index| create_index(table, index, DIALECT)));
        statements.extend(table.attached.iter().cloned());
        Ok(statements)
    }

    /// The name of the row id, where it is not a column's.
    fn row_id(&self, table: &TableDef) -> Option<&'static str> {
        let is_integer = |column: &ColumnDef| match &column.ty {
            ColumnType::Field(ty) => *ty == FieldType::Int,
            ColumnType::Found { declared, .. } => declared.eq_ignore_ascii_case("integer"),
        };
        if let [key] = table.key.as_slice()
            && table.column(key).is_some_and(is_integer)
        {
            return None;
        }
        let mut columns = table.columns.iter().map(|column| &column.name).chain(&self.old_columns);
        let names: Vec<String> = columns.by_ref().map(|name| name.to_lowercase()).collect();
        ["rowid", "oid", "_rowid_"].into_iter().find(|name| !names.iter().any(|own| own == name))
    }
}

fn free_name(schema: &SchemaDef, table: &str) -> String {
    let mut name = format!("ommi_new_{table}");
    while schema.tables.iter().any(|other| other.name.eq_ignore_ascii_case(&name)) {
        name.insert_str(0, "ommi_");
    }
    name
}

/// What SQLite changes without making a table anew.
fn in_place(schema: &SchemaDef, change: &Change) -> Result<Vec<String>> {
    let named = |name: &str| quoted(DIALECT, name);
    Ok(match change {
        Change::CreateTable(table) => {
            let indexes = table.indexes.iter().filter(|index| !index.constraint);
            let mut statements = vec![create(table, &table.name, DIALECT)?];
            statements.extend(indexes.map(|index| create_index(table, index, DIALECT)));
            statements
        }
        Change::DropTable(table) => vec![format!("DROP TABLE {}", named(&table.name))],
        Change::RenameTable { from, to } => vec![format!("{} RENAME TO {}", alter(from, DIALECT), named(to))],
        Change::RenameColumn { table, from, to } => {
            vec![format!("{} RENAME COLUMN {} TO {}", alter(table, DIALECT), named(from), named(to))]
        }
        Change::AddColumn { table, column: added, .. } => {
            let mut clause = column(schema.require_table(table)?, added, DIALECT)?;
            if let Some(condition) = length_condition(added, DIALECT) {
                clause.push_str(&format!(" CHECK ({condition})"));
            }
            vec![format!("{} ADD COLUMN {clause}", alter(table, DIALECT))]
        }
        Change::AddIndex { table, index } => {
            vec![create_index(schema.require_table(table)?, index, DIALECT)]
        }
        Change::DropIndex { table, index } => {
            let found = schema.require_table(table)?.index_like(index).unwrap_or(index);
            vec![format!("DROP INDEX {}", named(&found.name))]
        }
        Change::DropColumn { .. }
        | Change::AlterColumn { .. }
        | Change::AddReference { .. }
        | Change::DropReference { .. } => {
            return Err(Error::new(
                ommi_core::ErrorKind::Internal,
                "SQLite rebuilds a table for this change",
            ));
        }
    })
}
