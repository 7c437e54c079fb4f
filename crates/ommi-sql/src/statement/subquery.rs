//! Subqueries: EXISTS, and IN with a SELECT.

use ommi_core::Result;
use ommi_core::plan::{Action, PlanExpr, PlanSubquery, Term};
use ommi_core::schema::FieldType;
use sea_query::{Asterisk, Expr, ExprTrait, Query, SelectStatement};

use super::aggregate::anything;
use super::rows::{is_paged, paged, rows};
use super::select::values;
use crate::Dialect;
use crate::expr::lower_checked;
use crate::operators::{as_equal, with_collation};
use crate::scope::{Scope, broken_plan};

/// A subquery as a predicate.
pub(crate) fn lower(scope: &Scope<'_>, subquery: &PlanSubquery) -> Result<Expr> {
    let inner = scope.subquery(&subquery.plan);
    match (&subquery.member, &subquery.plan.action) {
        (None, Action::Exists) => {
            let mut select = rows(&inner)?;
            anything(&inner, &mut select)?;
            paged(&inner, &mut select);
            Ok(Expr::exists(select))
        }
        (Some(member), Action::Fetch(terms)) => among(scope, &inner, member, terms),
        _ => Err(broken_plan("a subquery neither tests for existence nor fetches what is looked for")),
    }
}

fn among(scope: &Scope<'_>, inner: &Scope<'_>, member: &Term, terms: &[Term]) -> Result<Expr> {
    let subject = as_equal(scope.dialect, &member.ty, lower_checked(scope, &member.expr)?);
    Ok(match scope.dialect {
        Dialect::Sqlite | Dialect::Postgres => subject.in_subquery(values(inner, terms)?),
        // It takes the collation of a computed text from its parts; the other side then says which one is meant.
        Dialect::Mysql(flavour) if member.ty == FieldType::Text && !is_column(&member.expr) => {
            with_collation(subject, flavour).in_subquery(page_apart(inner, values(inner, terms)?))
        }
        Dialect::Mysql(_) => subject.in_subquery(page_apart(inner, values(inner, terms)?)),
    })
}

/// MySQL takes no limit in the subquery of IN, but for that of a derived table in it.
fn page_apart(inner: &Scope<'_>, select: SelectStatement) -> SelectStatement {
    if !is_paged(inner.plan) {
        return select;
    }
    let mut all = Query::select();
    all.column(Asterisk).from_subquery(select, "page");
    all
}

fn is_column(expr: &PlanExpr) -> bool {
    matches!(expr, PlanExpr::Column(_))
}
