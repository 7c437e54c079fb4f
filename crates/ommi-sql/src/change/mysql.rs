//! Changes on MySQL and MariaDB. Each statement commits by itself; a column's type depends on the indexes that it
//! stands in, since they take no text of any length.

use ommi_core::schema::{
    Change, ColumnDef, ColumnDefault, ColumnType, FieldType, SchemaDef, TableDef, TableIndex, TableReference,
};
use ommi_core::value::Value;
use ommi_core::{Error, Result};

use super::write::{
    alter, check, column, create, create_index, declared, fill as fill_statement, is_mysql, names, reference,
};
use crate::ddl::quoted;
use crate::types::mysql_type;
use crate::{Dialect, Flavour};

pub(super) fn statements(before: &SchemaDef, changes: &[Change], flavour: Flavour) -> Result<Vec<String>> {
    let writer = Writer { dialect: Dialect::Mysql(flavour), flavour };
    let mut schema = before.clone();
    schema.tables.iter_mut().for_each(|table| recognize(table, flavour));
    let mut statements = Vec::new();
    for change in changes {
        let mut after = schema.clone();
        after.apply(&writer.in_order_of_target(&schema, change))?;
        statements.extend(writer.one(&schema, &after, change)?);
        schema = after;
    }
    Ok(statements)
}

/// Takes found columns that are declared as ours are for what they are, so that their length follows their indexes.
fn recognize(table: &mut TableDef, flavour: Flavour) {
    for column in &mut table.columns {
        let ColumnType::Found { declared, fits } = &column.ty else { continue };
        let declared = declared.to_ascii_lowercase();
        let text = mysql_type(flavour, &FieldType::Text, None).to_ascii_lowercase();
        let collation = text.trim_start_matches("longtext");
        let has_length = |kind: &str, end: &str| {
            let length = declared.strip_prefix(kind).and_then(|rest| rest.strip_suffix(&format!("){end}")));
            length.is_some_and(|length| length.parse::<u32>().is_ok())
        };
        let is_ours = |ty: &FieldType| match ty {
            FieldType::Text => declared == text || has_length("varchar(", collation),
            FieldType::Bytes => declared == "longblob" || has_length("varbinary(", ""),
            FieldType::Bool
            | FieldType::Int
            | FieldType::Float
            | FieldType::Decimal
            | FieldType::Uuid
            | FieldType::DateTime
            | FieldType::NaiveDateTime
            | FieldType::Timestamp
            | FieldType::Date
            | FieldType::Time
            | FieldType::Duration
            | FieldType::Json
            | FieldType::List(_) => false,
        };
        let is_moment = declared == mysql_type(flavour, &FieldType::DateTime, None).to_ascii_lowercase();
        if let Some(ty) = fits.iter().find(|ty| is_ours(ty)).filter(|_| !is_moment) {
            column.ty = ColumnType::Field(ty.clone());
        }
    }
}

#[derive(Clone, Copy)]
struct Writer {
    dialect: Dialect,
    flavour: Flavour,
}

impl Writer {
    fn one(self, before: &SchemaDef, after: &SchemaDef, change: &Change) -> Result<Vec<String>> {
        let dialect = self.dialect;
        let named = |name: &str| quoted(dialect, name);
        let change = &self.in_order_of_target(before, change);
        Ok(match change {
            Change::CreateTable(table) => {
                let indexes = table.indexes.iter().filter(|index| !index.constraint);
                let mut statements = vec![create(table, &table.name, dialect)?];
                statements.extend(indexes.map(|index| create_index(table, index, dialect)));
                statements
            }
            Change::DropTable(table) => vec![format!("DROP TABLE {}", named(&table.name))],
            Change::RenameTable { from, to } => {
                vec![format!("RENAME TABLE {} TO {}", named(from), named(to))]
            }
            Change::RenameColumn { table, from, to } => {
                let own = before.require_table(table)?.require_column(from)?;
                let renamed = after.require_table(table)?.require_column(to)?;
                // A check knows its column by name.
                let mut statements = self.drop_check(table, own);
                statements.push(format!(
                    "{} RENAME COLUMN {} TO {}",
                    alter(table, dialect),
                    named(from),
                    named(to)
                ));
                statements.extend(self.add_check(table, renamed));
                statements
            }
            Change::AddColumn { table, column, fill } => {
                self.add_column(after.require_table(table)?, column, fill.as_ref())?
            }
            Change::DropColumn { table, column, .. } => {
                let own = before.require_table(table)?.require_column(&column.name)?;
                let mut statements = self.drop_check(table, own);
                statements.push(format!("{} DROP COLUMN {}", alter(table, dialect), named(&column.name)));
                statements
            }
            Change::AlterColumn { table, to, fill, .. } => {
                let own = before.require_table(table)?.require_column(&to.name)?;
                let owner = after.require_table(table)?;
                let to = owner.require_column(&to.name)?;
                let mut statements = self.drop_check(table, own);
                if let Some(value) = fill.as_ref().filter(|_| own.nullable && !to.nullable) {
                    statements.push(fill_statement(table, to, value, dialect)?);
                }
                statements.push(self.modify(owner, to)?);
                statements.extend(self.add_check(table, to));
                statements
            }
            Change::AddIndex { table, index } => {
                let owner = after.require_table(table)?;
                let mut statements = self.retyped(before.require_table(table)?, owner)?;
                statements.push(create_index(owner, index, dialect));
                statements
            }
            Change::DropIndex { table, index } => {
                let owner = before.require_table(table)?;
                let found = owner.index_like(index).unwrap_or(index);
                let drop = format!("DROP INDEX {}", named(&found.name));
                let kept = self.reference_that_needs(owner, found).map(|reference| {
                    let name = reference.name.as_deref().unwrap_or_default();
                    format!("ADD INDEX {} ({}), ", named(name), names(dialect, &reference.columns))
                });
                let kept = kept.unwrap_or_default();
                let mut statements = vec![format!("{} {kept}{drop}", alter(table, dialect))];
                statements.extend(self.retyped(owner, after.require_table(table)?)?);
                statements
            }
            Change::AddReference { table, reference: added } => {
                let owner = after.require_table(table)?;
                let mut statements = self.retyped(before.require_table(table)?, owner)?;
                statements.push(format!("{} ADD {}", alter(table, dialect), reference(added, dialect)));
                statements
            }
            Change::DropReference { table, reference } => {
                let owner = before.require_table(table)?;
                let found = owner.reference_like(reference).unwrap_or(reference);
                let name = found.name.as_deref().unwrap_or_default();
                let mut statements =
                    vec![format!("{} DROP FOREIGN KEY {}", alter(table, dialect), named(name))];
                statements.extend(self.drop_own_index(table, name));
                statements.extend(self.retyped(owner, after.require_table(table)?)?);
                statements
            }
        })
    }

    /// A foreign key's columns have to stand in the order of the target's index.
    fn in_order_of_target(self, schema: &SchemaDef, change: &Change) -> Change {
        let mut change = change.clone();
        let own = match &change {
            Change::CreateTable(table) => Some(table.clone()),
            Change::RenameTable { .. }
            | Change::DropTable(_)
            | Change::AddColumn { .. }
            | Change::DropColumn { .. }
            | Change::AlterColumn { .. }
            | Change::RenameColumn { .. }
            | Change::AddIndex { .. }
            | Change::DropIndex { .. }
            | Change::AddReference { .. }
            | Change::DropReference { .. } => None,
        };
        let order = |reference: &mut TableReference| {
            let target = own.as_ref().filter(|own| own.name == reference.target);
            if let Some(target) = target.or_else(|| schema.table(&reference.target)) {
                put_in_order(reference, target);
            }
        };
        match &mut change {
            Change::CreateTable(table) => table.references.iter_mut().for_each(order),
            Change::AddReference { reference, .. } => order(reference),
            Change::RenameTable { .. }
            | Change::DropTable(_)
            | Change::AddColumn { .. }
            | Change::DropColumn { .. }
            | Change::AlterColumn { .. }
            | Change::RenameColumn { .. }
            | Change::AddIndex { .. }
            | Change::DropIndex { .. }
            | Change::DropReference { .. } => {}
        }
        change
    }

    /// A column that rows need a value for is added without, filled, and required then: the server itself would make up
    /// an empty value.
    fn add_column(self, owner: &TableDef, added: &ColumnDef, fill: Option<&Value>) -> Result<Vec<String>> {
        let (table, dialect) = (&owner.name, self.dialect);
        let needs_value = !added.can_be_left_out();
        let loose = ColumnDef { nullable: needs_value || added.nullable, ..added.clone() };
        let mut statements =
            vec![format!("{} ADD COLUMN {}", alter(table, dialect), column(owner, &loose, dialect)?)];
        if needs_value {
            if let Some(value) = fill {
                statements.push(fill_statement(table, added, value, dialect)?);
            }
            statements.push(self.modify(owner, added)?);
        }
        statements.extend(self.add_check(table, added));
        Ok(statements)
    }

    /// Declares a column anew, with all that it is.
    ///
    /// # Errors
    /// `Unsupported` where its default is bytes that MariaDB does not tell: they would be lost.
    fn modify(self, owner: &TableDef, to: &ColumnDef) -> Result<String> {
        let is_binary = matches!(to.field_type(), Some(FieldType::Bytes | FieldType::Uuid));
        if let Some(ColumnDefault::Found { text, constant: None }) = &to.default
            && is_binary
            && text.starts_with('\'')
        {
            let message = format!(
                "MariaDB does not tell the default of the column {}.{}, which would be lost: give it one by unhex('...') \
                 before",
                owner.name, to.name
            );
            return Err(Error::unsupported(message));
        }
        Ok(format!("{} MODIFY COLUMN {}", alter(&owner.name, self.dialect), column(owner, to, self.dialect)?))
    }

    /// Declares the columns anew of which the type follows their indexes.
    fn retyped(self, before: &TableDef, after: &TableDef) -> Result<Vec<String>> {
        let differs = |to: &&ColumnDef| {
            let own = before.column(&to.name);
            own.is_some_and(|own| declared(before, own, self.dialect) != declared(after, to, self.dialect))
        };
        after.columns.iter().filter(differs).map(|to| self.modify(after, to)).collect()
    }

    fn add_check(self, table: &str, column: &ColumnDef) -> Option<String> {
        Some(format!("{} ADD {}", alter(table, self.dialect), check(column, self.dialect)?))
    }

    fn drop_check(self, table: &str, column: &ColumnDef) -> Vec<String> {
        let name = column.max_length.as_ref().and_then(|length| length.check.as_deref());
        let drop = |name: &str| {
            format!("{} DROP CONSTRAINT {}", alter(table, self.dialect), quoted(self.dialect, name))
        };
        name.map(drop).into_iter().collect()
    }

    /// A reference that would be left without an index.
    fn reference_that_needs<'a>(self, owner: &'a TableDef, going: &TableIndex) -> Option<&'a TableReference> {
        let serves = |columns: &[String], reference: &TableReference| columns.starts_with(&reference.columns);
        owner.references.iter().find(|reference| {
            let others = owner.indexes.iter().filter(|index| index.name != going.name);
            let mut others = others.map(|index| index.columns.as_slice()).chain([owner.key.as_slice()]);
            serves(&going.columns, reference) && !others.any(|columns| serves(columns, reference))
        })
    }

    /// Drops the index that the server has made for a reference, if it is there.
    fn drop_own_index(self, table: &str, name: &str) -> Vec<String> {
        let alter = alter(table, self.dialect);
        let quoted_name = quoted(self.dialect, name);
        if is_mysql(self.flavour) {
            let statement = format!("{alter} DROP INDEX {quoted_name}");
            return crate::ddl::where_index_exists(table, name, &statement);
        }
        vec![format!("{alter} DROP INDEX IF EXISTS {quoted_name}")]
    }
}

fn put_in_order(reference: &mut TableReference, target: &TableDef) {
    let same = |columns: &[String]| {
        columns.len() == reference.target_columns.len()
            && columns.iter().all(|name| reference.target_columns.contains(name))
    };
    let unique = target.indexes.iter().filter(|index| index.unique).map(|index| index.columns.as_slice());
    let Some(order) = [target.key.as_slice()].into_iter().chain(unique).find(|columns| same(columns)) else {
        return;
    };
    let mut pairs: Vec<_> = std::mem::take(&mut reference.target_columns)
        .into_iter()
        .zip(std::mem::take(&mut reference.columns))
        .collect();
    pairs.sort_by_key(|(aimed, _)| order.iter().position(|name| name == aimed));
    (reference.target_columns, reference.columns) = pairs.into_iter().unzip();
}
