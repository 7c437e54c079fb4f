//! `Program`: what this driver makes of a plan, kept in the statement's payload.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::driver::Statement;
use ommi_core::plan::{Action, Plan, PlanExpr};
use ommi_core::query::Operator;
use ommi_core::schema::FieldType;

use crate::data::State;
use crate::error::broken_plan;
use crate::run::{clauses, is_short};

/// A plan to be interpreted.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) plan: Plan,
    /// Whether it has patterns that are compiled first, which can take long.
    has_patterns: bool,
}

impl Program {
    /// The statement of a plan.
    pub(crate) fn compile(plan: &Plan) -> Statement {
        let has_patterns = expressions(plan).any(has_patterns);
        let mut statement = Statement::new(clauses(plan).join(" "), plan.reach);
        let name = plan.model().name();
        match &plan.action {
            Action::Fetch(terms) => {
                statement.columns = terms.iter().map(|term| term.ty.clone()).collect();
                statement.labels = plan.labels(terms);
            }
            Action::Count(_) => {
                (statement.columns, statement.labels) = (vec![FieldType::Int], vec![format!("{name}.count")]);
            }
            Action::Exists => {
                (statement.columns, statement.labels) =
                    (vec![FieldType::Bool], vec![format!("{name}.exists")]);
            }
            Action::Insert { fields, returning } => {
                let ty = |field: &usize| plan.model().fields()[*field].ty.clone();
                statement.inputs = fields.iter().map(ty).collect();
                statement.returns_key = returning.is_some();
            }
            Action::Update(_) | Action::Delete => {}
        }
        statement.payload = Some(Arc::new(Self { plan: plan.clone(), has_patterns }));
        statement
    }

    /// The program of a statement.
    ///
    /// # Errors
    /// `Internal` for a statement of another driver.
    pub(crate) fn of(statement: &Statement) -> Result<&Self> {
        let program = statement.payload.as_ref().and_then(|payload| payload.downcast_ref());
        program.ok_or_else(|| broken_plan("a statement of another driver was given to the one in memory"))
    }

    /// Whether it can run on the thread of whoever asks.
    pub(crate) fn is_short(&self, state: &State) -> bool {
        !self.has_patterns && self.plan.subqueries().is_empty() && is_short(&self.plan, state)
    }

    /// What it does, and through how many rows it looks.
    pub(crate) fn explain(&self, state: &State) -> Result<Vec<String>> {
        let mut lines = clauses(&self.plan);
        for model in &self.plan.models() {
            let table = state.table(model.table()).map_err(|error| error.with_model(model.name()))?;
            lines.push(format!("scans {}: {} rows", table.def.name, table.rows.size()));
        }
        Ok(lines)
    }
}

/// What is evaluated over rows and groups of a read.
fn expressions(plan: &Plan) -> impl Iterator<Item = &PlanExpr> {
    let selected = match &plan.action {
        Action::Fetch(terms) | Action::Count(terms) => terms.as_slice(),
        Action::Exists | Action::Update(_) | Action::Delete | Action::Insert { .. } => &[],
    };
    let groupings = || plan.grouping.iter();
    let aggregates = || groupings().flat_map(|grouping| &grouping.aggregates);
    let subjects = aggregates().filter_map(|aggregate| aggregate.subject.as_ref());
    let keys = groupings().flat_map(|grouping| &grouping.keys);
    let terms = selected.iter().chain(plan.order.iter().map(|key| &key.by)).chain(keys).chain(subjects);
    let havings = groupings().filter_map(|grouping| grouping.having.as_ref());
    let filters = aggregates().filter_map(|aggregate| aggregate.filter.as_ref());
    terms.map(|term| &term.expr).chain(&plan.filter).chain(havings).chain(filters)
}

fn has_patterns(expr: &PlanExpr) -> bool {
    let is_pattern = |operator: &Operator| matches!(operator, Operator::ILike | Operator::Regex);
    expr.any(|part| matches!(part, PlanExpr::Apply { operator, .. } if is_pattern(operator)))
}
