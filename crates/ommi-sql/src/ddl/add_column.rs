//! ALTER TABLE ADD COLUMN.

use ommi_core::schema::{FieldDef, IndexDef, ModelDef};
use ommi_core::{Error, Result};
use sea_query::Table;

use super::column::{Place, column};
use super::index::index_statement;
use super::reference::{enforced_target, references_clause};
use super::{render, table};
use crate::Dialect;

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
    let mut added = column(model, field, dialect, Place::Added)?;
    for reference in model.references().iter().filter(|reference| reference.fields == [field]) {
        let target = enforced_target(reference).map_err(|error| error.with_model(model.name()))?;
        if let Some(target) = target {
            added.extra(references_clause(reference, &target, dialect));
        }
    }
    let mut alter = Table::alter();
    alter.table(table(model)).add_column(&mut added);
    let mut statements = vec![render(dialect, &alter)];
    if definition.unique {
        statements.push(index_statement(model, &unique_index(model, definition, field), dialect));
    }
    let own = model.indexes().iter().filter(|index| index.fields == [field]);
    statements.extend(own.map(|index| index_statement(model, index, dialect)));
    Ok(statements)
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
fn unique_index(model: &ModelDef, definition: &FieldDef, field: usize) -> IndexDef {
    IndexDef {
        name: format!("uq_{}_{}", model.table(), definition.column),
        fields: vec![field],
        unique: true,
    }
}
