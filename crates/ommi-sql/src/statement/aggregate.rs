//! Counts and tests for existence.

use ommi_core::Result;
use ommi_core::driver::Statement;
use ommi_core::plan::{Plan, Term};
use ommi_core::schema::FieldType;
use sea_query::{Asterisk, Expr, ExprTrait, Query, SelectStatement};

use super::render;
use super::rows::{distinct_rows, is_paged, paged, rows};
use crate::Dialect;
use crate::expr::number;
use crate::groups::grouped;
use crate::scope::Scope;

/// COUNT over the rows themselves where that is the same, else over a subquery: of a page, of groups, or of what
/// `distinct` makes one of several rows.
pub(super) fn count(plan: &Plan, terms: &[Term], dialect: Dialect) -> Result<Statement> {
    let scope = Scope::query(plan, dialect);
    let mut select = rows(&scope)?;
    // A row has a key, so only joins can make equal rows of whole ones.
    let distinct = plan.distinct && (!terms.is_empty() || (!plan.joins.is_empty() && !plan.semi_join));
    let count = Expr::col(Asterisk).count();
    if !distinct && !is_paged(plan) && plan.grouping.is_none() {
        select.expr(count);
        return Ok(one_value(plan, dialect, &select, FieldType::Int, "count"));
    }
    if distinct && terms.is_empty() {
        distinct_rows(&scope, &mut select, &Term::key(plan.model()))?;
    } else if distinct {
        distinct_rows(&scope, &mut select, terms)?;
    } else {
        anything(&scope, &mut select)?;
    }
    paged(&scope, &mut select);
    let mut counted = Query::select();
    counted.expr(count).from_subquery(select, "found");
    Ok(one_value(plan, dialect, &counted, FieldType::Int, "count"))
}

/// Something of each row or group, whatever it is. Only an aggregate makes one row of no rows.
pub(super) fn anything(scope: &Scope<'_>, select: &mut SelectStatement) -> Result<()> {
    match &scope.plan.grouping {
        Some(grouping) if grouping.keys.is_empty() => select.expr(Expr::col(Asterisk).count()),
        Some(_) | None => select.expr(number(1)),
    };
    grouped(scope, select)
}

pub(super) fn exists(plan: &Plan, dialect: Dialect) -> Result<Statement> {
    let scope = Scope::query(plan, dialect);
    let mut select = rows(&scope)?;
    anything(&scope, &mut select)?;
    paged(&scope, &mut select);
    let mut test = Query::select();
    test.expr(Expr::exists(select));
    Ok(one_value(plan, dialect, &test, FieldType::Bool, "exists"))
}

fn one_value(
    plan: &Plan,
    dialect: Dialect,
    select: &SelectStatement,
    ty: FieldType,
    what: &str,
) -> Statement {
    let mut statement = render(plan, dialect, select);
    statement.columns = vec![ty];
    statement.labels = vec![format!("{}.{what}", plan.model().name())];
    statement
}
