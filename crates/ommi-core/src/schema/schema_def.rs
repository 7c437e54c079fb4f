//! A schema as a value: its tables, and what becomes of them by a change.

use std::sync::Arc;

use super::{Change, ColumnDef, ColumnDefault, MaxLength, ModelDef, TableDef};
use crate::{Error, ErrorKind, Result};

/// The tables of a database, or those that models ask for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SchemaDef {
    /// The tables, in any order.
    pub tables: Vec<TableDef>,
}

impl SchemaDef {
    /// The tables of these models.
    ///
    /// # Errors
    /// `Schema` where a reference leads nowhere or two models have one table.
    pub fn of(models: &[Arc<ModelDef>]) -> Result<Self> {
        let mut schema = Self::default();
        for model in models {
            if schema.table(model.table()).is_some() {
                return Err(refused(format!("two models are stored in the table {:?}", model.table()))
                    .with_model(model.name()));
            }
            schema.tables.push(TableDef::of(model)?);
        }
        Ok(schema)
    }

    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&TableDef> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The table of this name.
    ///
    /// # Errors
    /// `Schema` where there is none.
    pub fn require_table(&self, name: &str) -> Result<&TableDef> {
        self.table(name).ok_or_else(|| refused(format!("there is no table {name:?}")))
    }

    fn table_mut(&mut self, name: &str) -> Result<&mut TableDef> {
        let missing = || refused(format!("there is no table {name:?}"));
        self.tables.iter_mut().find(|table| table.name == name).ok_or_else(missing)
    }

    /// Makes a change. A change that fails leaves the schema as it is.
    ///
    /// # Errors
    /// `Schema`, saying what is missing, in the way, or still used.
    pub fn apply(&mut self, change: &Change) -> Result<()> {
        match change {
            Change::CreateTable(table) => self.create(table),
            Change::DropTable(table) => self.drop_table(&table.name),
            Change::RenameTable { from, to } => self.rename_table(from, to),
            Change::AddColumn { table, column, .. } => self.table_mut(table)?.add_column(column),
            Change::DropColumn { table, column, .. } => self.drop_column(table, &column.name),
            Change::AlterColumn { table, to, .. } => self.table_mut(table)?.alter_column(to),
            Change::RenameColumn { table, from, to } => self.rename_column(table, from, to),
            Change::AddIndex { table, index } => {
                let table = self.table_mut(table)?;
                index.columns.iter().try_for_each(|column| table.require_column(column).map(drop))?;
                if table.index_like(index).is_some() {
                    return Err(refused(format!("the table {:?} has such an index already", table.name)));
                }
                table.indexes.push(index.clone());
                Ok(())
            }
            Change::DropIndex { table, index } => {
                let table = self.table_mut(table)?;
                let missing = || refused(format!("the table {:?} has no index {:?}", table.name, index.name));
                let found = table.indexes.iter().position(|own| own.is_like(index)).ok_or_else(missing)?;
                table.indexes.remove(found);
                Ok(())
            }
            Change::AddReference { table, reference } => {
                let target = self.require_table(&reference.target)?;
                reference.target_columns.iter().try_for_each(|name| target.require_column(name).map(drop))?;
                let table = self.table_mut(table)?;
                reference.columns.iter().try_for_each(|name| table.require_column(name).map(drop))?;
                if table.reference_like(reference).is_some() {
                    return Err(refused(format!("the table {:?} has such a reference already", table.name)));
                }
                table.references.push(reference.clone());
                Ok(())
            }
            Change::DropReference { table, reference } => {
                let table = self.table_mut(table)?;
                let missing = || {
                    refused(format!(
                        "the table {:?} has no such reference to {:?}",
                        table.name, reference.target
                    ))
                };
                let found = table.references.iter().position(|own| own.is_like(reference));
                table.references.remove(found.ok_or_else(missing)?);
                Ok(())
            }
        }
    }

    fn create(&mut self, table: &TableDef) -> Result<()> {
        if self.table(&table.name).is_some() {
            return Err(refused(format!("there is a table {:?} already", table.name)));
        }
        self.tables.push(table.clone());
        Ok(())
    }

    fn drop_table(&mut self, name: &str) -> Result<()> {
        self.require_table(name)?;
        let refers = |table: &&TableDef| {
            table.name != name && table.references.iter().any(|reference| reference.target == name)
        };
        if let Some(other) = self.tables.iter().find(refers) {
            let message = format!("the table {name:?} cannot go: {:?} refers to it", other.name);
            return Err(refused(message));
        }
        self.tables.retain(|table| table.name != name);
        Ok(())
    }

    fn rename_table(&mut self, from: &str, to: &str) -> Result<()> {
        self.require_table(from)?;
        if self.table(to).is_some() {
            return Err(refused(format!("there is a table {to:?} already")));
        }
        for table in &mut self.tables {
            table.outdate_attached();
            if table.name == from {
                table.name = to.to_owned();
            }
            for reference in table.references.iter_mut().filter(|reference| reference.target == from) {
                reference.target = to.to_owned();
            }
        }
        Ok(())
    }

    fn rename_column(&mut self, table: &str, from: &str, to: &str) -> Result<()> {
        let renamed = self.require_table(table)?;
        renamed.require_column(from)?;
        if renamed.column(to).is_some() {
            return Err(refused(format!("the table {table:?} has a column {to:?} already")));
        }
        let rename = |name: &mut String| {
            if name == from {
                *name = to.to_owned();
            }
        };
        for other in &mut self.tables {
            other.outdate_attached();
            let own = other.name == table;
            for reference in &mut other.references {
                if own {
                    reference.columns.iter_mut().for_each(rename);
                }
                if reference.target == table {
                    reference.target_columns.iter_mut().for_each(rename);
                }
            }
            if own {
                other.columns.iter_mut().for_each(|column| rename(&mut column.name));
                other.key.iter_mut().for_each(rename);
                other.indexes.iter_mut().for_each(|index| index.columns.iter_mut().for_each(rename));
            }
        }
        Ok(())
    }

    fn drop_column(&mut self, table: &str, column: &str) -> Result<()> {
        let used = |what: &str| {
            Err(refused(format!("the column {table}.{column} cannot go: {what} uses it; drop that first")))
        };
        let has = |columns: &[String]| columns.iter().any(|name| name == column);
        for other in &self.tables {
            for reference in &other.references {
                if other.name == table && has(&reference.columns)
                    || reference.target == table && has(&reference.target_columns)
                {
                    return used(&format!("a reference of {:?}", other.name));
                }
            }
        }
        let owner = self.table_mut(table)?;
        owner.require_column(column)?;
        if has(&owner.key) {
            return used("the key");
        }
        if let Some(index) = owner.indexes.iter().find(|index| has(&index.columns)) {
            return used(&format!("the index {:?}", index.name));
        }
        owner.columns.retain(|own| own.name != column);
        Ok(())
    }
}

impl TableDef {
    fn add_column(&mut self, column: &ColumnDef) -> Result<()> {
        if self.column(&column.name).is_some() {
            return Err(refused(format!("the table {:?} has a column {:?} already", self.name, column.name)));
        }
        self.columns.push(column.clone());
        Ok(())
    }

    fn alter_column(&mut self, to: &ColumnDef) -> Result<()> {
        let own = self.require_column(&to.name)?;
        if !own.ty.is_like(&to.ty) {
            let message = format!(
                "the column {}.{} cannot change its type: add a new column, fill it, and drop the old one",
                self.name, to.name
            );
            return Err(refused(message));
        }
        // What was found and stays the same stays as it was declared, with the names that it was found under.
        let own = own.clone();
        let same_length = MaxLength::are_like(own.max_length.as_ref(), to.max_length.as_ref());
        let same_default = ColumnDefault::are_like(own.default.as_ref(), to.default.as_ref());
        let altered = ColumnDef {
            max_length: if same_length { own.max_length } else { to.max_length.clone() },
            default: if same_default { own.default } else { to.default.clone() },
            nullable: to.nullable,
            ..own
        };
        self.columns.iter_mut().filter(|own| own.name == to.name).for_each(|own| *own = altered.clone());
        Ok(())
    }

    /// What hangs on tables names some of them and their columns: after a rename it would be made again wrongly.
    fn outdate_attached(&mut self) {
        if !self.attached.is_empty() {
            self.attached.clear();
            let reason = "a trigger or an index that may name what this migration renames before: rename it in a \
                          migration of its own";
            self.undescribed.push(reason.to_owned());
        }
    }
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::Schema, message)
}
