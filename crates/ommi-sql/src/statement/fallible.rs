//! Whether the values of a row can make a statement fail: arithmetic overflows, and a regular expression can be more
//! than a database takes.

use ommi_core::plan::{Action, Plan, PlanExpr};
use ommi_core::query::{Function, Operator};
use ommi_core::schema::FieldType;

pub(super) fn can_fail(plan: &Plan) -> bool {
    let mut rest: Vec<&PlanExpr> = match &plan.action {
        Action::Update(assignments) => assignments.iter().map(|(_, value)| value).collect(),
        Action::Fetch(terms) | Action::Count(terms) => terms.iter().map(|term| &term.expr).collect(),
        Action::Exists | Action::Delete | Action::Insert { .. } => Vec::new(),
    };
    rest.extend(&plan.filter);
    rest.extend(plan.order.iter().map(|key| &key.by.expr));
    if let Some(grouping) = &plan.grouping {
        if grouping.aggregates.iter().any(|aggregate| is_sum(aggregate.function)) {
            return true;
        }
        rest.extend(grouping.keys.iter().map(|key| &key.expr));
        rest.extend(&grouping.having);
        for aggregate in &grouping.aggregates {
            rest.extend(aggregate.subject.as_ref().map(|subject| &subject.expr));
            rest.extend(&aggregate.filter);
        }
    }
    while let Some(expr) = rest.pop() {
        match expr {
            PlanExpr::Apply { operator, subject, operands } => {
                if is_fallible(*operator, subject) {
                    return true;
                }
                rest.extend(operands);
            }
            PlanExpr::And(operands) | PlanExpr::Or(operands) => rest.extend(operands),
            PlanExpr::Not(inner) => rest.push(inner),
            PlanExpr::Column(_)
            | PlanExpr::Param(_)
            | PlanExpr::Constant(_)
            | PlanExpr::Key(_)
            | PlanExpr::Aggregate(_) => {}
        }
    }
    false
}

fn is_sum(function: Function) -> bool {
    match function {
        Function::Sum | Function::Avg => true,
        Function::Count | Function::Min | Function::Max => false,
    }
}

fn is_fallible(operator: Operator, subject: &FieldType) -> bool {
    match operator {
        Operator::Add | Operator::Sub | Operator::Mul | Operator::Div | Operator::Rem => subject.is_numeric(),
        Operator::Regex | Operator::ILike => true,
        Operator::Eq
        | Operator::Ne
        | Operator::Lt
        | Operator::Le
        | Operator::Gt
        | Operator::Ge
        | Operator::In
        | Operator::NotIn
        | Operator::Contains
        | Operator::NotContains
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Like
        | Operator::Between
        | Operator::IsNull
        | Operator::IsNotNull
        | Operator::IsTrue => false,
    }
}
