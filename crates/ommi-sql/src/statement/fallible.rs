//! Whether the values of a row can make a statement fail: arithmetic overflows, and a regular expression can be more
//! than a database takes.

use ommi_core::plan::{Action, Plan, PlanExpr};
use ommi_core::query::Operator;
use ommi_core::schema::FieldType;

pub(super) fn can_fail(plan: &Plan) -> bool {
    let assigned = match &plan.action {
        Action::Update(assignments) => assignments.as_slice(),
        Action::Fetch(_) | Action::Count(_) | Action::Exists | Action::Delete | Action::Insert { .. } => &[],
    };
    let mut rest: Vec<&PlanExpr> = assigned.iter().map(|(_, value)| value).collect();
    rest.extend(&plan.filter);
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
            PlanExpr::Column(_) | PlanExpr::Param(_) | PlanExpr::Constant(_) => {}
        }
    }
    false
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
