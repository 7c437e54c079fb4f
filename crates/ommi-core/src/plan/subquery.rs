//! `PlanSubquery`: a plan in the filter of another one.

use std::sync::Arc;

use super::{Plan, PlanExpr, Term};
use crate::schema::ModelDef;

/// Whether another plan finds rows, or a value among those that it fetches.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanSubquery {
    /// What is looked for among the one value that the plan fetches of each row, with the type of both; without it the plan tests
    /// for existence. The answer is unknown where only a NULL stands in its way.
    pub member: Option<Term>,
    /// The columns of the enclosing plan that the inner one names, each once.
    pub outer: Vec<PlanExpr>,
    /// The inner plan. Its parameters are numbered with those of the enclosing plan, which lists them all.
    pub plan: Plan,
}

impl PlanSubquery {
    /// What is taken of the enclosing row.
    pub fn parts(&self) -> impl Iterator<Item = &PlanExpr> {
        self.member.iter().map(|member| &member.expr).chain(&self.outer)
    }
}

impl Plan {
    /// The subqueries in its filter, in written order, without those inside of them.
    pub fn subqueries(&self) -> Vec<&PlanSubquery> {
        let mut found = Vec::new();
        if let Some(filter) = &self.filter {
            collect(filter, &mut found);
        }
        found
    }

    /// Every model that it reads or writes, in subqueries, too; the operation's own is the first.
    pub fn models(&self) -> Vec<Arc<ModelDef>> {
        let own = self.tables.len().saturating_sub(self.enclosing);
        let mut models: Vec<Arc<ModelDef>> = self.tables[..own].to_vec();
        for model in self.subqueries().into_iter().flat_map(|subquery| subquery.plan.models()) {
            if !models.contains(&model) {
                models.push(model);
            }
        }
        models
    }
}

fn collect<'p>(expr: &'p PlanExpr, found: &mut Vec<&'p PlanSubquery>) {
    if let PlanExpr::Subquery(subquery) = expr {
        found.push(subquery);
    }
    expr.parts().into_iter().for_each(|part| collect(part, found));
}
