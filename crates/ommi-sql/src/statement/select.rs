//! Fetches: SELECT of columns.

use ommi_core::Result;
use ommi_core::driver::Statement;
use ommi_core::plan::{Plan, PlanExpr, PlanLimitBy, Term};
use ommi_core::query::Lock;
use sea_query::{
    Expr, ExprTrait, LockBehavior, LockType, Order, OverStatement, Query, SelectStatement, WindowStatement,
};

use super::render;
use super::rows::{ordered, paged, rows, selected};
use crate::Dialect;
use crate::expr::lower;
use crate::groups::grouped;
use crate::scope::{Scope, broken_plan, identifier};

pub(super) fn fetch(plan: &Plan, dialect: Dialect, terms: &[Term]) -> Result<Statement> {
    if terms.is_empty() {
        return Err(broken_plan("the plan fetches nothing"));
    }
    let scope = Scope::query(plan, dialect);
    if let Some(limit_by) = &plan.limit_by {
        let select = first_of_each(&scope, rows(&scope)?, terms, limit_by)?;
        return Ok(described(render(plan, dialect, &select), plan, terms));
    }
    let mut select = values(&scope, terms)?;
    // SQLite has no locks of rows: whoever writes in a transaction has locked the whole database.
    if let (Some(lock), true) = (plan.lock, dialect != Dialect::Sqlite) {
        match lock {
            Lock::Wait => select.lock(LockType::Update),
            Lock::Skip => select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
            Lock::Refuse => select.lock_with_behavior(LockType::Update, LockBehavior::Nowait),
        };
    }
    Ok(described(render(plan, dialect, &select), plan, terms))
}

/// The statement with what its columns are.
fn described(mut statement: Statement, plan: &Plan, terms: &[Term]) -> Statement {
    statement.columns = terms.iter().map(|term| term.ty.clone()).collect();
    statement.labels = plan.labels(terms);
    statement
}

/// The first rows of each kind: they are numbered by a window inside, and chosen and sorted by their numbers outside.
fn first_of_each(
    scope: &Scope<'_>,
    mut numbered: SelectStatement,
    terms: &[Term],
    limit_by: &PlanLimitBy,
) -> Result<SelectStatement> {
    let (ranked, number) = (|| identifier("ranked"), || identifier("n"));
    let name = |place: usize| identifier(&format!("c{place}"));
    let mut chosen = Query::select();
    for (place, term) in terms.iter().enumerate() {
        numbered.expr_as(lower(scope, &term.expr)?, name(place));
        chosen.column((ranked(), name(place)));
    }
    let mut window = WindowStatement::new();
    for column in &limit_by.columns {
        window.add_partition_by(scope.column(*column)?);
    }
    ordered(scope, &mut window)?;
    numbered.expr_window_as(Expr::cust("ROW_NUMBER()"), window, number());
    let limit = lower(scope, &PlanExpr::Param(limit_by.limit))?;
    chosen
        .from_subquery(numbered, ranked())
        .and_where(Expr::col((ranked(), number())).lte(limit))
        .order_by((ranked(), number()), Order::Asc);
    Ok(chosen)
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
