//! Fetches: SELECT of columns.

use ommi_core::Result;
use ommi_core::driver::Statement;
use ommi_core::plan::{Plan, Term};
use sea_query::{LockType, SelectStatement};

use super::render;
use super::rows::{ordered, paged, rows, selected};
use crate::Dialect;
use crate::groups::grouped;
use crate::scope::{Scope, broken_plan};

pub(super) fn fetch(plan: &Plan, dialect: Dialect, terms: &[Term]) -> Result<Statement> {
    if terms.is_empty() {
        return Err(broken_plan("the plan fetches nothing"));
    }
    let mut select = values(&Scope::query(plan, dialect), terms)?;
    // SQLite has no locks of rows: whoever writes in a transaction has locked the whole database.
    if plan.lock && dialect != Dialect::Sqlite {
        select.lock(LockType::Update);
    }
    let mut statement = render(plan, dialect, &select);
    statement.columns = terms.iter().map(|term| term.ty.clone()).collect();
    statement.labels = plan.labels(terms);
    Ok(statement)
}

/// SELECT of these values of the rows or groups that are found, in order and page.
pub(super) fn values(scope: &Scope<'_>, terms: &[Term]) -> Result<SelectStatement> {
    let mut select = rows(scope)?;
    selected(scope, &mut select, terms)?;
    grouped(scope, &mut select)?;
    ordered(scope, &mut select)?;
    paged(scope, &mut select);
    Ok(select)
}
