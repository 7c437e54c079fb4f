//! Updates.

use ommi_core::Result;
use ommi_core::driver::Statement;
use ommi_core::plan::{Plan, PlanExpr};
use sea_query::Query;

use super::render;
use super::rows::written;
use crate::Dialect;
use crate::expr::lower;
use crate::scope::{Scope, broken_plan, identifier};

pub(super) fn update(plan: &Plan, dialect: Dialect, assignments: &[(usize, PlanExpr)]) -> Result<Statement> {
    if assignments.is_empty() {
        return Err(broken_plan("the plan updates no field"));
    }
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
