//! Which rows a plan is about: FROM, joins, WHERE, order and page, shared by all actions.

use ommi_core::Result;
use ommi_core::driver::Transform;
use ommi_core::plan::{Column, Join, Plan, PlanExpr};
use ommi_core::query::Direction;
use sea_query::{Expr, ExprTrait, JoinType, Order, Query, SelectStatement};

use crate::Dialect;
use crate::expr::{all, conjuncts, lower, lower_conjunction, number, uses_joined_tables};
use crate::operators::collated;
use crate::scope::{Scope, broken_plan};
use crate::writer::{NO_LIMIT, placeholder_code};

/// FROM, joins and WHERE; what is selected, the order and the page come after.
pub(super) fn rows(scope: &Scope<'_>) -> Result<SelectStatement> {
    let plan = scope.plan;
    let mut select = Query::select();
    select.from(scope.table(0));
    if plan.semi_join {
        semi_join(scope, &mut select)?;
    } else {
        for join in &plan.joins {
            select.join(JoinType::InnerJoin, scope.table(join.table), on(scope, join)?);
        }
        if let Some(filter) = &plan.filter {
            select.and_where(lower(scope, filter)?);
        }
    }
    Ok(select)
}

/// Joined tables decide only whether a row counts. Conditions on the first table alone stay outside of the
/// subquery, where its indexes serve them.
fn semi_join(scope: &Scope<'_>, select: &mut SelectStatement) -> Result<()> {
    let conditions = scope.plan.filter.as_ref().map(conjuncts).unwrap_or_default();
    let (inside, outside): (Vec<&PlanExpr>, Vec<&PlanExpr>) =
        conditions.into_iter().partition(|condition| uses_joined_tables(condition));
    let Some((first, others)) = scope.plan.joins.split_first() else {
        return Err(broken_plan("the plan is a semi-join without a join"));
    };
    let mut subquery = Query::select();
    subquery.expr(number(1)).from(scope.table(first.table));
    for join in others {
        subquery.join(JoinType::InnerJoin, scope.table(join.table), on(scope, join)?);
    }
    let mut inside = lower_conjunction(scope, &inside)?;
    inside.insert(0, on(scope, first)?);
    subquery.and_where(all(inside));
    let mut conditions = lower_conjunction(scope, &outside)?;
    conditions.push(Expr::exists(subquery));
    select.and_where(all(conditions));
    Ok(())
}

fn on(scope: &Scope<'_>, join: &Join) -> Result<Expr> {
    let pairs = join.on.iter().map(|(earlier, joined)| {
        let (earlier, joined) = (scope.column(*earlier)?, scope.column(*joined)?);
        Ok(joined.eq(earlier))
    });
    Ok(all(pairs.collect::<Result<_>>()?))
}

/// ORDER BY. SQLite takes NULL for smaller than every value, which is our order without saying so.
pub(super) fn ordered(scope: &Scope<'_>, select: &mut SelectStatement) -> Result<()> {
    for order in &scope.plan.order {
        let ty = &scope.plan.field(order.column).ty;
        let expr = collated(scope.dialect, ty, scope.column(order.column)?);
        let direction = match order.direction {
            Direction::Ascending => Order::Asc,
            Direction::Descending => Order::Desc,
        };
        match scope.dialect {
            Dialect::Sqlite => select.order_by_expr(expr, direction),
        };
    }
    Ok(())
}

/// LIMIT and OFFSET.
pub(super) fn paged(scope: &Scope<'_>, select: &mut SelectStatement) {
    let code = |param| placeholder_code(param, Transform::Plain);
    match (scope.dialect, scope.plan.limit, scope.plan.offset) {
        (Dialect::Sqlite, Some(limit), Some(offset)) => select.limit(code(limit)).offset(code(offset)),
        (Dialect::Sqlite, Some(limit), None) => select.limit(code(limit)),
        (Dialect::Sqlite, None, Some(offset)) => select.limit(NO_LIMIT).offset(code(offset)),
        (Dialect::Sqlite, None, None) => select,
    };
}

/// Whether the plan takes a part of the rows only.
pub(super) fn is_paged(plan: &Plan) -> bool {
    plan.limit.is_some() || plan.offset.is_some()
}

/// Which rows of the written table an update or delete is about.
///
/// With joins or a page the keys are found by a subquery: it runs to its end before the first row changes, so
/// that no row is seen changed.
pub(super) fn written(scope: &Scope<'_>) -> Result<Option<Expr>> {
    let plan = scope.plan;
    if plan.joins.is_empty() && !is_paged(plan) {
        return plan.filter.as_ref().map(|filter| lower(scope, filter)).transpose();
    }
    let inner = Scope::query(plan, scope.dialect);
    let mut keys = rows(&inner)?;
    if plan.distinct {
        keys.distinct();
    }
    ordered(&inner, &mut keys)?;
    paged(&inner, &mut keys);
    let key = |scope: &Scope<'_>| -> Result<Vec<Expr>> {
        plan.model().key().iter().map(|field| scope.column(Column { table: 0, field: *field })).collect()
    };
    for column in key(&inner)? {
        keys.expr(column);
    }
    let mut outer = key(scope)?;
    let subject = match outer.len() {
        1 => outer.remove(0),
        _ => Expr::tuple(outer),
    };
    Ok(Some(subject.in_subquery(keys)))
}
