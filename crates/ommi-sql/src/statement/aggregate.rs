//! Counts and tests for existence.

use ommi_core::Result;
use ommi_core::driver::Statement;
use ommi_core::plan::{Column, Plan};
use ommi_core::schema::FieldType;
use sea_query::{Asterisk, Expr, ExprTrait, Query, SelectStatement};

use super::render;
use super::rows::{distinct_rows, is_paged, paged, rows};
use crate::Dialect;
use crate::expr::number;
use crate::scope::Scope;

/// COUNT over the rows themselves where that is the same, else over a subquery: of a page, or of what `distinct`
/// makes one of several rows.
pub(super) fn count(plan: &Plan, columns: &[Column], dialect: Dialect) -> Result<Statement> {
    let scope = Scope::query(plan, dialect);
    let mut select = rows(&scope)?;
    // A row has a key, so only joins can make equal rows of whole ones.
    let distinct = plan.distinct && (!columns.is_empty() || (!plan.joins.is_empty() && !plan.semi_join));
    let count = Expr::col(Asterisk).count();
    if !distinct && !is_paged(plan) {
        select.expr(count);
        return Ok(one_value(plan, dialect, &select, FieldType::Int, "count"));
    }
    if distinct && columns.is_empty() {
        let key: Vec<_> = plan.model().key().iter().map(|field| Column { table: 0, field: *field }).collect();
        distinct_rows(&scope, &mut select, &key)?;
    } else if distinct {
        distinct_rows(&scope, &mut select, columns)?;
    } else {
        select.expr(number(1));
    }
    paged(&scope, &mut select);
    let mut counted = Query::select();
    counted.expr(count).from_subquery(select, "found");
    Ok(one_value(plan, dialect, &counted, FieldType::Int, "count"))
}

pub(super) fn exists(plan: &Plan, dialect: Dialect) -> Result<Statement> {
    let scope = Scope::query(plan, dialect);
    let mut select = rows(&scope)?;
    select.expr(number(1));
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
