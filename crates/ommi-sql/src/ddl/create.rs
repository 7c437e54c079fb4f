//! CREATE TABLE with its keys, references and indexes.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::schema::ModelDef;
use sea_query::{Index, Table};

use super::column::{Place, column};
use super::index::index_statements;
use super::reference::foreign_keys;
use super::{render, table};
use crate::Dialect;
use crate::scope::identifier;

/// Statements that create the tables of `models` and their indexes where they are missing, in the order given.
///
/// A reference becomes a foreign key where its target is unique, as databases demand; others serve joins only.
///
/// # Errors
/// `Schema` when a reference cannot be resolved, `Unsupported` when the database cannot generate a field's
/// value or have its default.
pub fn create_statements(models: &[Arc<ModelDef>], dialect: Dialect) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    for model in models {
        statements.push(create_table(model, dialect)?);
        statements.extend(index_statements(model, dialect));
    }
    Ok(statements)
}

fn create_table(model: &ModelDef, dialect: Dialect) -> Result<String> {
    let mut create = Table::create();
    create.table(table(model)).if_not_exists();
    for position in 0..model.fields().len() {
        create.col(column(model, position, dialect, Place::Created)?);
    }
    if let [_, _, ..] = model.key() {
        let mut key = Index::create();
        for position in model.key() {
            key.col(identifier(&model.fields()[*position].column));
        }
        create.primary_key(&mut key);
    }
    for mut key in foreign_keys(model)? {
        create.foreign_key(&mut key);
    }
    Ok(render(dialect, &create))
}
