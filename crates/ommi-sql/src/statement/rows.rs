//! Which rows a plan is about: FROM, joins, WHERE, order and page, shared by all actions.

use ommi_core::Result;
use ommi_core::driver::Transform;
use ommi_core::plan::{Column, Join, Plan, PlanExpr, Term};
use ommi_core::query::Direction;
use sea_query::{Expr, ExprTrait, JoinType, NullOrdering, Order, OrderedStatement, Query, SelectStatement};

use crate::Dialect;
use crate::expr::{all, conjuncts, lower, lower_conjunction, number, uses_joined_tables};
use crate::operators::{as_equal, collated, is_document};
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

/// The values of a fetch, each combination once where the plan is distinct.
pub(super) fn selected(scope: &Scope<'_>, select: &mut SelectStatement, terms: &[Term]) -> Result<()> {
    if scope.plan.distinct {
        return distinct_rows(scope, select, terms);
    }
    for term in terms {
        select.expr(lower(scope, &term.expr)?);
    }
    Ok(())
}

/// Values of which each combination is found once.
///
/// PostgreSQL's DISTINCT lets an order by nothing but what is selected, word for word, and compares JSON by its own
/// rules; its GROUP BY does neither. The names keep MySQL from finding two of the same in a derived table.
pub(super) fn distinct_rows(scope: &Scope<'_>, select: &mut SelectStatement, terms: &[Term]) -> Result<()> {
    for (position, Term { expr, ty }) in terms.iter().enumerate() {
        let expr = lower(scope, expr)?;
        match scope.dialect {
            Dialect::Sqlite => select.expr(expr),
            Dialect::Postgres => {
                let equal = as_equal(scope.dialect, ty, expr.clone());
                select.add_group_by([equal.clone()]);
                select.expr(if is_document(ty) {
                    equal.cast_as("jsonb")
                } else if equal == expr {
                    expr
                } else {
                    equal.cast_as(crate::postgres::column_type(ty).into_owned())
                })
            }
            Dialect::Mysql(_) => select.expr_as(expr, format!("c{position}")),
        };
    }
    match scope.dialect {
        Dialect::Sqlite | Dialect::Mysql(_) => select.distinct(),
        Dialect::Postgres => select,
    };
    Ok(())
}

/// ORDER BY. SQLite and MySQL take NULL for smaller than every value, which is our order without saying so; to
/// PostgreSQL it is greater than every value.
pub(super) fn ordered(scope: &Scope<'_>, select: &mut impl OrderedStatement) -> Result<()> {
    for order in &scope.plan.order {
        let Term { expr, ty } = &order.by;
        let may_be_null = scope.plan.column_of(expr).is_none_or(|column| scope.plan.field(column).nullable);
        let expr = collated(scope.dialect, ty, lower(scope, expr)?);
        let (direction, nulls) = match order.direction {
            Direction::Ascending => (Order::Asc, NullOrdering::First),
            Direction::Descending => (Order::Desc, NullOrdering::Last),
        };
        match scope.dialect {
            Dialect::Postgres if may_be_null => select.order_by_expr_with_nulls(expr, direction, nulls),
            Dialect::Sqlite | Dialect::Postgres | Dialect::Mysql(_) => select.order_by_expr(expr, direction),
        };
    }
    Ok(())
}

/// LIMIT and OFFSET.
pub(super) fn paged(scope: &Scope<'_>, select: &mut SelectStatement) {
    let code = |param| placeholder_code(param, Transform::Plain);
    if let Some(limit) = scope.plan.limit {
        select.limit(code(limit));
    } else if scope.plan.offset.is_some() {
        match scope.dialect {
            Dialect::Sqlite | Dialect::Mysql(_) => select.limit(NO_LIMIT),
            Dialect::Postgres => select,
        };
    }
    if let Some(offset) = scope.plan.offset {
        select.offset(code(offset));
    }
}

/// Whether the plan takes a part of the rows only.
pub(super) fn is_paged(plan: &Plan) -> bool {
    plan.limit.is_some() || plan.offset.is_some()
}

/// Which rows of the written table an update or delete is about, where a condition can say that.
///
/// With joins or a page the keys are found by a subquery: it runs to its end before the first row changes, so
/// that no row is seen changed.
pub(super) fn written(scope: &Scope<'_>) -> Result<Option<Expr>> {
    let plan = scope.plan;
    if is_direct(plan) {
        return plan.filter.as_ref().map(|filter| lower(scope, filter)).transpose();
    }
    let inner = Scope::query(plan, scope.dialect);
    let mut keys = found(&inner)?;
    let mut outer = key(scope)?;
    let subject = match outer.len() {
        1 => outer.remove(0),
        _ => Expr::tuple(outer),
    };
    for column in key(&inner)? {
        keys.expr(column);
    }
    Ok(Some(subject.in_subquery(keys)))
}

/// Whether the rows that a write is about are told by its condition on the written table alone. A subquery may read the
/// table that is written, which MySQL refuses.
pub(super) fn is_direct(plan: &Plan) -> bool {
    plan.joins.is_empty() && !is_paged(plan) && plan.subqueries().is_empty()
}

/// The rows that the plan finds, in its order and page; what is selected of them comes after.
pub(super) fn found(scope: &Scope<'_>) -> Result<SelectStatement> {
    let mut found = rows(scope)?;
    if scope.plan.distinct {
        found.distinct();
    }
    ordered(scope, &mut found)?;
    paged(scope, &mut found);
    Ok(found)
}

/// The first table's key.
pub(super) fn key(scope: &Scope<'_>) -> Result<Vec<Expr>> {
    scope.plan.model().key().iter().map(|field| scope.column(Column { table: 0, field: *field })).collect()
}
