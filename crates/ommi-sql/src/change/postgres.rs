//! Changes on PostgreSQL: each is an ALTER of its own, in one transaction.

use ommi_core::Result;
use ommi_core::schema::{Change, ColumnDef, ColumnDefault, MaxLength, SchemaDef};
use ommi_core::value::Value;

use super::write::{
    alter, check, column, create, create_index, default_text, fill as fill_statement, reference, unique,
};
use crate::Dialect;
use crate::ddl::quoted;

const DIALECT: Dialect = Dialect::Postgres;

pub(super) fn statements(before: &SchemaDef, changes: &[Change]) -> Result<Vec<String>> {
    let mut schema = before.clone();
    let mut statements = Vec::new();
    for change in changes {
        let mut after = schema.clone();
        after.apply(change)?;
        statements.extend(one(&schema, change)?);
        schema = after;
    }
    Ok(statements)
}

fn one(before: &SchemaDef, change: &Change) -> Result<Vec<String>> {
    let named = |name: &str| quoted(DIALECT, name);
    Ok(match change {
        Change::CreateTable(table) => {
            let indexes = table.indexes.iter().filter(|index| !index.constraint);
            let mut statements = vec![create(table, &table.name, DIALECT)?];
            statements.extend(indexes.map(|index| create_index(table, index, DIALECT)));
            statements
        }
        Change::DropTable(table) => vec![format!("DROP TABLE {}", named(&table.name))],
        Change::RenameTable { from, to } => {
            vec![format!("{} RENAME TO {}", alter(from, DIALECT), named(to))]
        }
        Change::RenameColumn { table, from, to } => {
            vec![format!("{} RENAME COLUMN {} TO {}", alter(table, DIALECT), named(from), named(to))]
        }
        Change::AddColumn { table, column: added, fill } => add_column(before, table, added, fill.as_ref())?,
        Change::DropColumn { table, column, .. } => {
            vec![format!("{} DROP COLUMN {}", alter(table, DIALECT), named(&column.name))]
        }
        Change::AlterColumn { table, to, fill, .. } => {
            let own = before.require_table(table)?.require_column(&to.name)?;
            alter_column(table, own, to, fill.as_ref())?
        }
        Change::AddIndex { table, index } => {
            let owner = before.require_table(table)?;
            vec![if index.constraint {
                format!("{} ADD {}", alter(table, DIALECT), unique(index, DIALECT))
            } else {
                create_index(owner, index, DIALECT)
            }]
        }
        Change::DropIndex { table, index } => {
            let found = before.require_table(table)?.index_like(index).unwrap_or(index);
            vec![if found.constraint {
                format!("{} DROP CONSTRAINT {}", alter(table, DIALECT), named(&found.name))
            } else {
                format!("DROP INDEX {}", named(&found.name))
            }]
        }
        Change::AddReference { table, reference: added } => {
            vec![format!("{} ADD {}", alter(table, DIALECT), reference(added, DIALECT))]
        }
        Change::DropReference { table, reference } => {
            let found = before.require_table(table)?.reference_like(reference).unwrap_or(reference);
            let name = found.name.as_deref().unwrap_or_default();
            vec![format!("{} DROP CONSTRAINT {}", alter(table, DIALECT), named(name))]
        }
    })
}

/// A column that rows need a value for is added without, filled, and required then.
fn add_column(
    before: &SchemaDef,
    table: &str,
    added: &ColumnDef,
    fill: Option<&Value>,
) -> Result<Vec<String>> {
    let owner = before.require_table(table)?;
    let fill = fill.filter(|_| !added.can_be_left_out());
    let loose = ColumnDef { nullable: fill.is_some() || added.nullable, ..added.clone() };
    let mut clause = column(owner, &loose, DIALECT)?;
    if let Some(check) = check(added, DIALECT) {
        clause.push_str(&format!(" {check}"));
    }
    let mut statements = vec![format!("{} ADD COLUMN {clause}", alter(table, DIALECT))];
    if let Some(value) = fill {
        statements.push(fill_statement(table, added, value, DIALECT)?);
        statements.push(set(table, &added.name, "SET NOT NULL"));
    }
    Ok(statements)
}

fn set(table: &str, column: &str, what: &str) -> String {
    format!("{} ALTER COLUMN {} {what}", alter(table, DIALECT), quoted(DIALECT, column))
}

fn alter_column(table: &str, own: &ColumnDef, to: &ColumnDef, fill: Option<&Value>) -> Result<Vec<String>> {
    // What was found knows its type as the database spells it.
    let to = ColumnDef { ty: own.ty.clone(), ..to.clone() };
    let mut statements = Vec::new();
    if !MaxLength::are_like(own.max_length.as_ref(), to.max_length.as_ref()) {
        if let Some(name) = own.max_length.as_ref().and_then(|length| length.check.as_deref()) {
            statements.push(format!("{} DROP CONSTRAINT {}", alter(table, DIALECT), quoted(DIALECT, name)));
        }
        statements.extend(check(&to, DIALECT).map(|check| format!("{} ADD {check}", alter(table, DIALECT))));
    }
    if !own.auto && !ColumnDefault::are_like(own.default.as_ref(), to.default.as_ref()) {
        statements.push(match &to.default {
            Some(default) => {
                set(table, &to.name, &format!("SET DEFAULT {}", default_text(&to, default, DIALECT)?))
            }
            None => set(table, &to.name, "DROP DEFAULT"),
        });
    }
    if own.nullable && !to.nullable {
        if let Some(value) = fill {
            statements.push(fill_statement(table, &to, value, DIALECT)?);
        }
        statements.push(set(table, &to.name, "SET NOT NULL"));
    } else if to.nullable && !own.nullable {
        statements.push(set(table, &to.name, "DROP NOT NULL"));
    }
    Ok(statements)
}
