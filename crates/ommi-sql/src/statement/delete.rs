//! Deletes.

use ommi_core::Result;
use ommi_core::driver::Statement;
use ommi_core::plan::{Plan, Reach};
use sea_query::{JoinType, Query};

use super::rows::{is_direct, written};
use super::{joined, render, reworded};
use crate::Dialect;
use crate::circle::is_followed;
use crate::ddl::quoted;
use crate::expr::number;
use crate::scope::Scope;

pub(super) fn delete(plan: &Plan, dialect: Dialect) -> Result<Statement> {
    match dialect {
        Dialect::Mysql(_) if !is_direct(plan) || finds_what_changes(plan)? => mysql(plan, dialect),
        Dialect::Sqlite | Dialect::Postgres | Dialect::Mysql(_) => {
            let scope = Scope::write(plan, dialect);
            let mut delete = Query::delete();
            delete.from_table(scope.table(0));
            if let Some(condition) = written(&scope)? {
                delete.and_where(condition);
            }
            Ok(render(plan, dialect, &delete))
        }
    }
}

/// Whether a row may be found only because others were removed before: MySQL looks at a row when it comes to it.
fn finds_what_changes(plan: &Plan) -> Result<bool> {
    Ok(plan.filter.is_some() && plan.reach != Reach::Unique && is_followed(plan.model())?)
}

/// MySQL has DELETE with a limit of its own, but looks for the next row when those before it are gone already, with all
/// that went with them.
fn mysql(plan: &Plan, dialect: Dialect) -> Result<Statement> {
    let scope = Scope::write(plan, dialect);
    // sea-query knows no DELETE with a join: a SELECT gives its text.
    let mut select = Query::select();
    select.expr(number(1)).from(scope.table(0));
    let found = joined::table(joined::keys(plan, dialect)?);
    select.join(JoinType::InnerJoin, found, joined::same_key(&scope)?);
    let statement = render(plan, dialect, &select);
    reworded(statement, "SELECT 1 FROM ", &format!("DELETE {} FROM ", quoted(dialect, plan.model().table())))
}
