//! Inserts of one row; drivers run them once per row, or as their database does bulk.

use ommi_core::Result;
use ommi_core::driver::{Bind, Statement, Transform};
use ommi_core::plan::Plan;
use sea_query::Query;

use super::render;
use crate::scope::{Scope, broken_plan, identifier};
use crate::writer::placeholder;
use crate::{Dialect, mysql};

/// The generated key is not part of SQLite's text: RETURNING costs a temporary table for each row, and
/// `sqlite3_last_insert_rowid` gives the same for nothing.
pub(super) fn insert(
    plan: &Plan,
    dialect: Dialect,
    fields: &[usize],
    returning: Option<usize>,
) -> Result<Statement> {
    let mut statement = match dialect {
        Dialect::Sqlite | Dialect::Postgres => tree(plan, dialect, fields, returning)?,
        Dialect::Mysql(flavour) => {
            let insert = mysql::Insert::new(plan, flavour, fields, returning);
            let mut statement = Statement::new(insert.text(1), plan.reach);
            statement.binds =
                (0..fields.len()).map(|param| Bind { param, transform: Transform::Plain }).collect();
            statement
        }
    };
    let types = fields.iter().map(|field| plan.model().fields()[*field].ty.clone());
    statement.inputs = types.collect();
    statement.returns_key = returning.is_some();
    Ok(statement)
}

fn tree(plan: &Plan, dialect: Dialect, fields: &[usize], returning: Option<usize>) -> Result<Statement> {
    let scope = Scope::write(plan, dialect);
    let definitions: Vec<_> = fields.iter().map(|field| &plan.model().fields()[*field]).collect();
    let mut insert = Query::insert();
    insert.into_table(scope.table(0));
    if fields.is_empty() {
        insert.or_default_values();
    } else {
        insert.columns(definitions.iter().map(|field| identifier(&field.column)));
        let placeholders = (0..fields.len()).map(|param| placeholder(param, Transform::Plain));
        insert.values(placeholders).map_err(|error| broken_plan(error.to_string()))?;
    }
    if let (Dialect::Postgres, Some(key)) = (dialect, returning) {
        insert.returning_col(identifier(&plan.model().fields()[key].column));
    }
    Ok(render(plan, dialect, &insert))
}
