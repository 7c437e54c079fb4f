//! Fetches: SELECT of columns.

use ommi_core::Result;
use ommi_core::driver::Statement;
use ommi_core::plan::{Column, Plan};
use sea_query::LockType;

use super::render;
use super::rows::{ordered, paged, rows, selected};
use crate::Dialect;
use crate::scope::{Scope, broken_plan, label};

pub(super) fn fetch(plan: &Plan, dialect: Dialect, columns: &[Column]) -> Result<Statement> {
    if columns.is_empty() {
        return Err(broken_plan("the plan fetches no column"));
    }
    let scope = Scope::query(plan, dialect);
    let mut select = rows(&scope)?;
    selected(&scope, &mut select, columns)?;
    ordered(&scope, &mut select)?;
    paged(&scope, &mut select);
    // SQLite has no locks of rows: whoever writes in a transaction has locked the whole database.
    if plan.lock && dialect != Dialect::Sqlite {
        select.lock(LockType::Update);
    }
    let mut statement = render(plan, dialect, &select);
    statement.columns = columns.iter().map(|column| plan.field(*column).ty.clone()).collect();
    statement.labels = columns.iter().map(|column| label(plan, *column)).collect();
    Ok(statement)
}
