//! DROP TABLE.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::schema::ModelDef;
use sea_query::Table;

use super::{render, table};
use crate::Dialect;

/// Statements that drop the tables of `models` where they exist, in the order given: those that refer before
/// those referred to. Where they refer to each other in a circle, the database must check references at the
/// end of the transaction only.
///
/// # Errors
/// None today; dialects without DROP TABLE IF EXISTS would have one.
pub fn drop_statements(models: &[Arc<ModelDef>], dialect: Dialect) -> Result<Vec<String>> {
    let statement = |model: &Arc<ModelDef>| {
        let mut drop = Table::drop();
        drop.table(table(model)).if_exists();
        render(dialect, &drop)
    };
    Ok(models.iter().map(statement).collect())
}
