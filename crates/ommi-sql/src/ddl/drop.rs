//! DROP TABLE.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::schema::ModelDef;
use sea_query::Table;

use super::reference::{drop_reference, enforced};
use super::{quoted, render, table};
use crate::Dialect;

/// Statements that drop the tables of `models` where they exist, in the order given: those that refer before
/// those referred to. Where they refer to each other in a circle, SQLite must check references at the end of the
/// transaction only, and has an empty table for each that goes too early; PostgreSQL drops all tables at once, and MySQL drops the references before.
///
/// # Errors
/// `Schema` when a reference cannot be resolved.
pub fn drop_statements(models: &[Arc<ModelDef>], dialect: Dialect) -> Result<Vec<String>> {
    let mut drop = Table::drop();
    drop.if_exists();
    match dialect {
        Dialect::Sqlite => return one_by_one(models),
        Dialect::Postgres => {}
        Dialect::Mysql(flavour) => {
            let mut statements = Vec::new();
            for (position, model) in models.iter().enumerate() {
                for (reference, target) in enforced(model)? {
                    // A table that goes before this one, or in one statement with it, must not be referred to.
                    if models[..position].iter().any(|gone| gone.table() == target.model.table()) {
                        statements.extend(drop_reference(model, reference, flavour));
                    }
                }
            }
            models.iter().for_each(|model| {
                drop.table(table(model));
            });
            if !models.is_empty() {
                statements.push(render(dialect, &drop));
            }
            return Ok(statements);
        }
    }
    if models.is_empty() {
        return Ok(Vec::new());
    }
    models.iter().for_each(|model| {
        drop.table(table(model));
    });
    Ok(vec![render(dialect, &drop)])
}

/// SQLite drops one table at a time, and follows references as it does: every table that is referred to on the way has to
/// be there. One that later ones refer to leaves an empty one until they are gone.
fn one_by_one(models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
    let drop = |model: &Arc<ModelDef>| {
        let mut drop = Table::drop();
        drop.table(table(model)).if_exists();
        render(Dialect::Sqlite, &drop)
    };
    let (mut statements, mut left) = (Vec::new(), Vec::new());
    for (position, model) in models.iter().enumerate() {
        statements.push(drop(model));
        if let Some(empty) = empty_in_place_of(model, &models[position + 1..])? {
            statements.push(empty);
            left.push(drop(model));
        }
    }
    statements.extend(left);
    Ok(statements)
}

/// A table with nothing but what the references of `others` lead to, if any of them leads to the model.
fn empty_in_place_of(model: &ModelDef, others: &[Arc<ModelDef>]) -> Result<Option<String>> {
    let (mut columns, mut keys) = (Vec::new(), Vec::new());
    for other in others {
        for (_, target) in enforced(other)? {
            if target.model.table() != model.table() {
                continue;
            }
            let names =
                target.fields.iter().map(|field| quoted(Dialect::Sqlite, &model.fields()[*field].column));
            let names: Vec<String> = names.collect();
            keys.push(format!("UNIQUE ({})", names.join(", ")));
            columns.extend(names.into_iter().filter(|name| !columns.contains(name)).collect::<Vec<_>>());
        }
    }
    columns.extend(keys);
    let name = quoted(Dialect::Sqlite, model.table());
    Ok((!columns.is_empty()).then(|| format!("CREATE TABLE {name} ({})", columns.join(", "))))
}
