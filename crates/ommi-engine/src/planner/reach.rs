//! What is known of the number of rows that a plan touches: what lets a driver run it at once.

use ommi_core::plan::{Action, Column, Plan, PlanExpr, Reach};
use ommi_core::query::Operator;

/// The plan's reach; `multiplied` says that joined rows repeat those of the first table.
pub(super) fn of(plan: &Plan, multiplied: bool) -> Reach {
    let mut fixed = Vec::new();
    if let Some(filter) = &plan.filter {
        fixed_fields(filter, &mut fixed);
    }
    if let Some(grouping) = &plan.grouping
        && grouping.keys.is_empty()
    {
        return Reach::Limited;
    }
    if !multiplied && plan.model().is_unique(&fixed) {
        return Reach::Unique;
    }
    match plan.action {
        Action::Count(_) | Action::Exists => Reach::Limited,
        Action::Insert { .. } => Reach::Unique,
        Action::Fetch(_) | Action::Update(_) | Action::Delete => match plan.limit {
            Some(_) => Reach::Limited,
            None => Reach::Unlimited,
        },
    }
}

/// The first table's fields that equal a parameter in every row of the filter.
fn fixed_fields(filter: &PlanExpr, fixed: &mut Vec<usize>) {
    match filter {
        PlanExpr::And(parts) => parts.iter().for_each(|part| fixed_fields(part, fixed)),
        PlanExpr::Apply { operator: Operator::Eq, operands, .. } => match operands.as_slice() {
            [PlanExpr::Column(Column { table: 0, field }), PlanExpr::Param(_)]
            | [PlanExpr::Param(_), PlanExpr::Column(Column { table: 0, field })] => fixed.push(*field),
            _not_a_field_and_a_value => {}
        },
        PlanExpr::Column(_)
        | PlanExpr::Param(_)
        | PlanExpr::Constant(_)
        | PlanExpr::Apply { .. }
        | PlanExpr::Or(_)
        | PlanExpr::Not(_)
        | PlanExpr::Key(_)
        | PlanExpr::Aggregate(_)
        | PlanExpr::Case(_)
        | PlanExpr::Path(_)
        | PlanExpr::Random
        | PlanExpr::Subquery(_) => {}
    }
}
