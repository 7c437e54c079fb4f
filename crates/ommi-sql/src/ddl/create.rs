//! CREATE TABLE with its keys, references and indexes.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::schema::ModelDef;
use sea_query::{Index, Table};

use super::column::{Place, column, length_check, named_check};
use super::index::index_statements;
use super::reference::{add_reference, enforced, foreign_key};
use super::{render, table};
use crate::Dialect;
use crate::name::{check_names, unique_name};
use crate::scope::identifier;

/// Statements that create the tables of `models` and their indexes where they are missing, in the order given.
///
/// A reference becomes a foreign key where its target is unique, as databases demand; others serve joins only.
/// Where models refer to each other in a circle, SQLite takes the reference to a table that is not there yet; other
/// databases get it once all tables are. The statements can be run again: they leave alone what is there.
///
/// # Errors
/// `Schema` when a reference cannot be resolved or a name is longer than the database takes, `Unsupported` when the
/// database cannot generate a field's value or have its default.
pub fn create_statements(models: &[Arc<ModelDef>], dialect: Dialect) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    let mut later = Vec::new();
    for (position, model) in models.iter().enumerate() {
        check_names(model, dialect)?;
        let waiting = &models[position + 1..];
        statements.push(create_table(model, dialect, waiting)?);
        statements.extend(index_statements(model, dialect));
        for (reference, target) in enforced(model)? {
            if !is_inline(dialect, &target.model, waiting) {
                later.extend(add_reference(model, reference, &target, dialect));
            }
        }
    }
    statements.extend(later);
    Ok(statements)
}

/// Whether a reference stands in CREATE TABLE: its target is not among the tables that wait for theirs.
fn is_inline(dialect: Dialect, target: &ModelDef, waiting: &[Arc<ModelDef>]) -> bool {
    match dialect {
        Dialect::Sqlite => true,
        Dialect::Postgres | Dialect::Mysql(_) => !waiting.iter().any(|model| model.table() == target.table()),
    }
}

fn create_table(model: &ModelDef, dialect: Dialect, waiting: &[Arc<ModelDef>]) -> Result<String> {
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
    named_keys(model, dialect, &mut create);
    for (reference, target) in enforced(model)? {
        if is_inline(dialect, &target.model, waiting) {
            create.foreign_key(&mut foreign_key(model, reference, &target, dialect));
        }
    }
    match dialect {
        Dialect::Sqlite | Dialect::Postgres => {}
        Dialect::Mysql(flavour) => {
            create.engine("InnoDB").character_set("utf8mb4").collate(flavour.collation());
        }
    }
    Ok(render(dialect, &create))
}

/// MySQL's errors tell a unique key by its name alone, so it gets one that tells more than the column's, and so does a
/// check.
fn named_keys(model: &ModelDef, dialect: Dialect, create: &mut sea_query::TableCreateStatement) {
    match dialect {
        Dialect::Sqlite | Dialect::Postgres => {}
        Dialect::Mysql(_) => {
            for (position, field) in model.fields().iter().enumerate() {
                if field.unique && model.key() != [position] {
                    let mut key = Index::create();
                    key.unique()
                        .name(super::escaped(dialect, &unique_name(model, position, dialect)))
                        .col(identifier(&field.column));
                    create.index(&mut key);
                }
                if let Some(condition) = length_check(model, position, dialect) {
                    create.check(named_check(model, position, dialect, condition));
                }
            }
        }
    }
}
