//! DROP TABLE.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::schema::ModelDef;
use sea_query::Table;

use super::reference::{drop_reference, enforced};
use super::{render, table};
use crate::Dialect;

/// Statements that drop the tables of `models` where they exist, in the order given: those that refer before
/// those referred to. Where they refer to each other in a circle, SQLite must check references at the end of the
/// transaction only; PostgreSQL drops all tables at once, and MySQL drops the references before.
///
/// # Errors
/// `Schema` when a reference cannot be resolved.
pub fn drop_statements(models: &[Arc<ModelDef>], dialect: Dialect) -> Result<Vec<String>> {
    let mut drop = Table::drop();
    drop.if_exists();
    match dialect {
        Dialect::Sqlite => {
            let statement = |model: &Arc<ModelDef>| {
                let mut drop = Table::drop();
                drop.table(table(model)).if_exists();
                render(dialect, &drop)
            };
            return Ok(models.iter().map(statement).collect());
        }
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
