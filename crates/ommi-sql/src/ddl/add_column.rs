//! ALTER TABLE ADD COLUMN.

use ommi_core::schema::{IndexDef, ModelDef};
use ommi_core::{Error, Result};
use sea_query::Table;

use super::column::{Place, column, length_check};
use super::index::index_statement;
use super::reference::{add_reference, enforced, references_clause};
use super::{quoted, render, table};
use crate::name::{check_name, check_names, unique_name};
use crate::{Dialect, Flavour};

/// Statements that add the column of the field at position `field` to the model's existing table, with the
/// indexes and references that are the field's alone.
///
/// Indexes over several fields come with [`create_statements`](super::create_statements), which can be run
/// again once all columns are there.
///
/// # Errors
/// `Unsupported` when rows that exist could not have a value for it (required, without a default), or when the
/// field is part of the key or of a reference over several fields: that takes a migration.
pub fn add_column_statements(model: &ModelDef, field: usize, dialect: Dialect) -> Result<Vec<String>> {
    let definition = &model.fields()[field];
    check(model, field)?;
    check_names(model, dialect)?;
    let mut added = column(model, field, dialect, Place::Added)?;
    let mut references = Vec::new();
    for (reference, target) in enforced(model)?.iter().filter(|(reference, _)| reference.fields == [field]) {
        match dialect {
            Dialect::Sqlite | Dialect::Postgres => {
                added.extra(references_clause(reference, target, dialect));
            }
            // MySQL reads over such a clause.
            Dialect::Mysql(_) => references.extend(add_reference(model, reference, target, dialect)),
        }
    }
    let mut alter = Table::alter();
    alter.table(table(model));
    match dialect {
        Dialect::Sqlite | Dialect::Mysql(Flavour::MySql) => alter.add_column(&mut added),
        Dialect::Postgres | Dialect::Mysql(Flavour::MariaDb { .. }) => {
            alter.add_column_if_not_exists(&mut added)
        }
    };
    let mut statements = vec![render(dialect, &alter)];
    statements.extend(check_behind(model, field, dialect));
    if definition.unique {
        statements.extend(index_statement(model, &unique_index(model, field, dialect), dialect));
    }
    let own = model.indexes().iter().filter(|index| index.fields == [field]);
    statements.extend(own.flat_map(|index| index_statement(model, index, dialect)));
    statements.extend(references);
    Ok(statements)
}

/// The check that MariaDB's column cannot have itself by a name.
fn check_behind(model: &ModelDef, field: usize, dialect: Dialect) -> Option<String> {
    let limit = model.fields()[field].max_length?;
    match dialect {
        Dialect::Sqlite | Dialect::Postgres | Dialect::Mysql(Flavour::MySql) => None,
        Dialect::Mysql(Flavour::MariaDb { .. }) => {
            length_check(model, field, dialect)?;
            Some(format!(
                "ALTER TABLE {} ADD CONSTRAINT IF NOT EXISTS {} CHECK (char_length({}) <= {limit})",
                quoted(dialect, model.table()),
                quoted(dialect, &check_name(model, field, dialect)),
                quoted(dialect, &model.fields()[field].column)
            ))
        }
    }
}

fn check(model: &ModelDef, field: usize) -> Result<()> {
    let definition = &model.fields()[field];
    let refuse = |reason: &str| {
        let message =
            format!("the column cannot be added to the existing table: {reason}; write a migration");
        Err(Error::unsupported(message).with_model(model.name()).with_field(&definition.name))
    };
    if model.key().contains(&field) {
        return refuse("it is part of the key");
    }
    if !definition.nullable && definition.default.as_ref().is_none_or(|value| value.is_null()) {
        return refuse("it is required, and existing rows have no value for it");
    }
    if model
        .references()
        .iter()
        .any(|reference| reference.fields.len() > 1 && reference.fields.contains(&field))
    {
        return refuse("it is part of a reference over several fields");
    }
    Ok(())
}

/// What UNIQUE would be in CREATE TABLE.
fn unique_index(model: &ModelDef, field: usize, dialect: Dialect) -> IndexDef {
    IndexDef { name: unique_name(model, field, dialect), fields: vec![field], unique: true }
}
