//! Updates.

use ommi_core::Result;
use ommi_core::driver::Statement;
use ommi_core::plan::{Plan, PlanExpr};
use sea_query::Query;

use super::rows::{is_direct, written};
use super::{joined, render};
use crate::expr::lower;
use crate::scope::{Scope, broken_plan, identifier};
use crate::{Dialect, Flavour};

pub(super) fn update(plan: &Plan, dialect: Dialect, assignments: &[(usize, PlanExpr)]) -> Result<Statement> {
    if assignments.is_empty() {
        return Err(broken_plan("the plan updates no field"));
    }
    match dialect {
        Dialect::Mysql(Flavour::MySql) if sees_changes(assignments) => {
            mysql_by_values(plan, dialect, assignments)
        }
        Dialect::Mysql(_) if !is_direct(plan) => mysql(plan, dialect, assignments),
        Dialect::Sqlite | Dialect::Postgres | Dialect::Mysql(_) => {
            let scope = Scope::write(plan, dialect);
            let mut update = Query::update();
            update.table(scope.table(0));
            for (field, value) in assignments {
                update.value(identifier(&plan.model().fields()[*field].column), lower(&scope, value)?);
            }
            if let Some(condition) = written(&scope)? {
                update.and_where(condition);
            }
            Ok(render(plan, dialect, &update))
        }
    }
}

fn mysql(plan: &Plan, dialect: Dialect, assignments: &[(usize, PlanExpr)]) -> Result<Statement> {
    let scope = Scope::write(plan, dialect);
    let mut update = Query::update();
    update.table(scope.table(0));
    for (field, value) in assignments {
        update.value(identifier(&plan.model().fields()[*field].column), lower(&scope, value)?);
    }
    update.from(joined::table(joined::keys(plan, dialect)?)).and_where(joined::same_key(&scope)?);
    Ok(render(plan, dialect, &update))
}

/// MySQL sets one field after the other, and a later one would see what an earlier one was set to: all values are
/// computed with the keys, before the first is set.
fn mysql_by_values(plan: &Plan, dialect: Dialect, assignments: &[(usize, PlanExpr)]) -> Result<Statement> {
    let scope = Scope::write(plan, dialect);
    let inner = Scope::query(plan, dialect);
    let mut update = Query::update();
    update.table(scope.table(0));
    let mut found = joined::keys(plan, dialect)?;
    for (position, (field, value)) in assignments.iter().enumerate() {
        let name = format!("v{position}");
        found.expr_as(lower(&inner, value)?, name.clone());
        update.value(identifier(&plan.model().fields()[*field].column), joined::of_found(name));
    }
    update.from(joined::table(found)).and_where(joined::same_key(&scope)?);
    Ok(render(plan, dialect, &update))
}

/// Whether an assignment names a field that one before it sets.
fn sees_changes(assignments: &[(usize, PlanExpr)]) -> bool {
    let mut set = Vec::new();
    assignments.iter().any(|(field, value)| {
        let sees = names_any(value, &set);
        set.push(*field);
        sees
    })
}

fn names_any(value: &PlanExpr, fields: &[usize]) -> bool {
    value.any(|part| matches!(part, PlanExpr::Column(column) if fields.contains(&column.field)))
}
