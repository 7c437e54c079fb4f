//! Whether the values of a row can make a plan fail: arithmetic overflows, and a pattern can be more than a database takes.

use super::{Action, Plan, PlanExpr};
use crate::query::{Function, Operator};
use crate::schema::FieldType;

impl Plan {
    /// Whether the values of a row can make it fail.
    pub fn can_fail(&self) -> bool {
        let mut exprs: Vec<&PlanExpr> = match &self.action {
            Action::Update(assignments) => assignments.iter().map(|(_, value)| value).collect(),
            Action::Fetch(terms) | Action::Count(terms) => terms.iter().map(|term| &term.expr).collect(),
            Action::Exists | Action::Delete | Action::Insert { .. } => Vec::new(),
        };
        exprs.extend(&self.filter);
        exprs.extend(self.order.iter().map(|key| &key.by.expr));
        if let Some(grouping) = &self.grouping {
            if grouping.aggregates.iter().any(|aggregate| is_sum(aggregate.function)) {
                return true;
            }
            exprs.extend(grouping.keys.iter().map(|key| &key.expr));
            exprs.extend(&grouping.having);
            for aggregate in &grouping.aggregates {
                exprs.extend(aggregate.subject.as_ref().map(|subject| &subject.expr));
                exprs.extend(&aggregate.filter);
            }
        }
        exprs.into_iter().any(|expr| expr.any(can_fail))
    }
}

fn is_sum(function: Function) -> bool {
    match function {
        Function::Sum | Function::Avg => true,
        Function::Count | Function::Min | Function::Max => false,
    }
}

fn can_fail(expr: &PlanExpr) -> bool {
    match expr {
        PlanExpr::Apply { operator, subject, .. } => operator_can_fail(*operator, subject),
        PlanExpr::Column(_)
        | PlanExpr::Param(_)
        | PlanExpr::Constant(_)
        | PlanExpr::And(_)
        | PlanExpr::Or(_)
        | PlanExpr::Not(_)
        | PlanExpr::Key(_)
        | PlanExpr::Aggregate(_)
        | PlanExpr::Case(_)
        | PlanExpr::Path(_)
        | PlanExpr::Random => false,
        PlanExpr::Subquery(subquery) => subquery.plan.can_fail(),
    }
}

fn operator_can_fail(operator: Operator, subject: &FieldType) -> bool {
    match operator {
        Operator::Add | Operator::Sub | Operator::Mul | Operator::Div | Operator::Rem => subject.is_numeric(),
        Operator::Abs => *subject == FieldType::Int,
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
        | Operator::IsTrue
        | Operator::Lower
        | Operator::Upper
        | Operator::Length
        | Operator::Trim
        | Operator::Round
        | Operator::Year
        | Operator::Month
        | Operator::Day
        | Operator::Hour
        | Operator::Coalesce => false,
    }
}
