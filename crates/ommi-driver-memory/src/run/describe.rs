//! Plans in words: the text of statements, and what `explain` tells. Parameters are numbered, values are nowhere.

use ommi_core::plan::{Action, Column, Plan, PlanExpr};
use ommi_core::query::Direction;

/// What a plan does, one step each.
pub(crate) fn clauses(plan: &Plan) -> Vec<String> {
    let mut clauses = vec![action(plan)];
    if !matches!(plan.action, Action::Insert { .. }) {
        for join in &plan.joins {
            let pairs: Vec<String> = join
                .on
                .iter()
                .map(|(earlier, joined)| format!("{} = {}", column(plan, *joined), column(plan, *earlier)))
                .collect();
            let how = if plan.semi_join { "where any of" } else { "join" };
            clauses.push(format!("{how} {} on {}", plan.tables[join.table].table(), pairs.join(" and ")));
        }
    }
    clauses.extend(plan.filter.as_ref().map(|filter| format!("where {}", expr(plan, filter))));
    if !plan.order.is_empty() {
        let key = |key: &ommi_core::plan::PlanOrder| match key.direction {
            Direction::Ascending => column(plan, key.column),
            Direction::Descending => format!("{} descending", column(plan, key.column)),
        };
        clauses.push(format!("order by {}", plan.order.iter().map(key).collect::<Vec<_>>().join(", ")));
    }
    clauses.extend(plan.limit.map(|param| format!("limit ${}", param + 1)));
    clauses.extend(plan.offset.map(|param| format!("offset ${}", param + 1)));
    clauses
}

fn action(plan: &Plan) -> String {
    let table = plan.model().table();
    let distinct = if plan.distinct { "distinct " } else { "" };
    match &plan.action {
        Action::Fetch(columns) => format!("fetch {distinct}{} of {table}", list(plan, columns)),
        Action::Count(columns) if columns.is_empty() => format!("count {distinct}{table}"),
        Action::Count(columns) => format!("count {distinct}{} of {table}", list(plan, columns)),
        Action::Exists => format!("exists {table}"),
        Action::Update(assignments) => {
            let set = |(field, value): &(usize, PlanExpr)| {
                format!("{} = {}", plan.model().fields()[*field].column, expr(plan, value))
            };
            format!("update {table} set {}", assignments.iter().map(set).collect::<Vec<_>>().join(", "))
        }
        Action::Delete => format!("delete {table}"),
        Action::Insert { fields, .. } => {
            let names: Vec<&str> =
                fields.iter().map(|field| plan.model().fields()[*field].column.as_str()).collect();
            format!("insert {table} ({})", names.join(", "))
        }
    }
}

fn list(plan: &Plan, columns: &[Column]) -> String {
    columns.iter().map(|name| column(plan, *name)).collect::<Vec<_>>().join(", ")
}

fn column(plan: &Plan, column: Column) -> String {
    format!("{}.{}", plan.tables[column.table].table(), plan.field(column).column)
}

fn expr(plan: &Plan, node: &PlanExpr) -> String {
    let all = |parts: &[PlanExpr], between: &str| {
        parts.iter().map(|part| expr(plan, part)).collect::<Vec<_>>().join(between)
    };
    match node {
        PlanExpr::Column(name) => column(plan, *name),
        PlanExpr::Param(param) => format!("${}", param + 1),
        PlanExpr::Constant(value) => value.to_string(),
        PlanExpr::Apply { operator, operands, .. } => format!("{}({})", operator.name(), all(operands, ", ")),
        PlanExpr::And(parts) => format!("({})", all(parts, " and ")),
        PlanExpr::Or(parts) => format!("({})", all(parts, " or ")),
        PlanExpr::Not(inner) => format!("not {}", expr(plan, inner)),
    }
}
