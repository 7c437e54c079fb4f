//! Plans in words: the text of statements, and what `explain` tells. Parameters are numbered, values are nowhere.

use ommi_core::plan::{Action, Column, Plan, PlanAggregate, PlanCase, PlanExpr, Term};
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
    if let Some(grouping) = &plan.grouping {
        if !grouping.keys.is_empty() {
            clauses.push(format!("group by {}", list(plan, &grouping.keys)));
        }
        clauses.extend(grouping.having.as_ref().map(|having| format!("having {}", expr(plan, having))));
    }
    if !plan.order.is_empty() {
        let key = |key: &ommi_core::plan::PlanOrder| match key.direction {
            Direction::Ascending => expr(plan, &key.by.expr),
            Direction::Descending => format!("{} descending", expr(plan, &key.by.expr)),
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
        Action::Fetch(terms) => format!("fetch {distinct}{} of {table}", list(plan, terms)),
        Action::Count(terms) if terms.is_empty() => format!("count {distinct}{table}"),
        Action::Count(terms) => format!("count {distinct}{} of {table}", list(plan, terms)),
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

fn list(plan: &Plan, terms: &[Term]) -> String {
    terms.iter().map(|term| expr(plan, &term.expr)).collect::<Vec<_>>().join(", ")
}

/// An aggregate: `count(distinct users.age) where ...`.
fn aggregate(plan: &Plan, made: &PlanAggregate) -> String {
    let subject =
        made.subject.as_ref().map_or_else(|| "rows".to_owned(), |subject| expr(plan, &subject.expr));
    let distinct = if made.distinct { "distinct " } else { "" };
    let filter = made.filter.as_ref().map(|filter| format!(" where {}", expr(plan, filter)));
    format!("{}({distinct}{subject}{})", made.function.name(), filter.unwrap_or_default())
}

/// `case when ... then ... else ...`.
fn case(plan: &Plan, case: &PlanCase) -> String {
    let mut text = String::from("case");
    for (condition, value) in &case.branches {
        text += &format!(" when {} then {}", expr(plan, condition), expr(plan, value));
    }
    if let Some(otherwise) = &case.otherwise {
        text += &format!(" else {}", expr(plan, otherwise));
    }
    text
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
        PlanExpr::Random => "random()".to_owned(),
        PlanExpr::Apply { operator, operands, .. } => format!("{}({})", operator.name(), all(operands, ", ")),
        PlanExpr::And(parts) => format!("({})", all(parts, " and ")),
        PlanExpr::Or(parts) => format!("({})", all(parts, " or ")),
        PlanExpr::Not(inner) => format!("not {}", expr(plan, inner)),
        PlanExpr::Case(case) => self::case(plan, case),
        PlanExpr::Path(path) => format!("{}.{}", expr(plan, &path.subject), path.keys.join(".")),
        PlanExpr::Subquery(subquery) => match &subquery.member {
            Some(member) => {
                format!("{} in ({})", expr(plan, &member.expr), clauses(&subquery.plan).join(" "))
            }
            None => format!("({})", clauses(&subquery.plan).join(" ")),
        },
        PlanExpr::Key(place) => match plan.grouping.as_ref().and_then(|grouping| grouping.keys.get(*place)) {
            Some(key) => expr(plan, &key.expr),
            None => format!("key {place}"),
        },
        PlanExpr::Aggregate(place) => {
            match plan.grouping.as_ref().and_then(|grouping| grouping.aggregates.get(*place)) {
                Some(made) => aggregate(plan, made),
                None => format!("aggregate {place}"),
            }
        }
    }
}
