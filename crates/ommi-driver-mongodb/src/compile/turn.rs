//! Joins begun where few rows are. A pipeline reads its first collection before any other has a say: where that one is read
//! whole, and an index finds the few rows of another that count, the plan is turned around to begin with those. SQL databases
//! choose so themselves.

use std::sync::Arc;

use ommi_core::plan::{
    Action, Column, Grouping, Join, Plan, PlanAggregate, PlanCase, PlanExpr, PlanLimitBy, PlanOrder,
    PlanPath, Term,
};
use ommi_core::query::Operator;
use ommi_core::schema::ModelDef;

use super::join::is_indexed;
use super::rows::conjuncts;

/// The same plan with another first table; nothing where it begins well, or where its rows are those of its first table.
pub(super) fn turned(plan: &Plan) -> Option<Plan> {
    let reads = match &plan.action {
        Action::Fetch(_) | Action::Exists => true,
        // Rows of the first table that are counted once go by its key.
        Action::Count(terms) => !(plan.distinct && terms.is_empty()),
        Action::Update(_) | Action::Delete | Action::Insert { .. } => false,
    };
    let is_alone = plan.enclosing == 0 && plan.subqueries().is_empty();
    if !reads || !is_alone || plan.semi_join || plan.joins.is_empty() || is_narrow(plan, 0) {
        return None;
    }
    let first = (1..plan.tables.len()).find(|table| is_narrow(plan, *table))?;
    Turn::from(plan, first).map(|turn| turn.plan(plan))
}

/// Whether a condition on the table alone finds its rows by an index, and few of them: by values, not by a range.
fn is_narrow(plan: &Plan, table: usize) -> bool {
    plan.filter.iter().flat_map(conjuncts).any(|part| finds(plan, table, part))
}

fn finds(plan: &Plan, table: usize, part: &PlanExpr) -> bool {
    match part {
        PlanExpr::Apply { operator: Operator::Eq | Operator::In, operands, .. } => {
            let column = operands.iter().find_map(|operand| plan.column_of(operand));
            let values = operands.iter().filter(|operand| matches!(operand, PlanExpr::Param(_))).count();
            values + 1 == operands.len()
                && column.is_some_and(|column| {
                    column.table == table && is_indexed(&plan.tables[table], column.field)
                })
        }
        // Several values of several fields together, as of composite keys.
        PlanExpr::Or(ways) => {
            ways.iter().all(|way| conjuncts(way).iter().any(|part| finds(plan, table, part)))
        }
        PlanExpr::Column(_)
        | PlanExpr::Param(_)
        | PlanExpr::Constant(_)
        | PlanExpr::Apply { .. }
        | PlanExpr::And(_)
        | PlanExpr::Not(_)
        | PlanExpr::Key(_)
        | PlanExpr::Aggregate(_)
        | PlanExpr::Case(_)
        | PlanExpr::Path(_)
        | PlanExpr::Random
        | PlanExpr::Subquery(_) => false,
    }
}

/// Another order of a plan's tables: the old number of each, and how each after the first is joined, by old numbers.
struct Turn {
    order: Vec<usize>,
    joins: Vec<Vec<(Column, Column)>>,
}

impl Turn {
    /// The order that begins with a table, where each of the others is found by an index from there.
    fn from(plan: &Plan, first: usize) -> Option<Self> {
        let mut turn = Self { order: vec![first], joins: Vec::new() };
        while turn.order.len() < plan.tables.len() {
            let (table, on) = plan.joins.iter().find_map(|join| turn.next(join))?;
            if !on.iter().any(|(_, joined)| is_indexed(&plan.tables[table], joined.field)) {
                return None;
            }
            turn.order.push(table);
            turn.joins.push(on);
        }
        Some(turn)
    }

    /// The table that a join adds to those that are there, and its pairs from there; joins with several tables at once are
    /// followed one way only.
    fn next(&self, join: &Join) -> Option<(usize, Vec<(Column, Column)>)> {
        let is_here = |table: usize| self.order.contains(&table);
        let earlier = join.on.first()?.0.table;
        if !is_here(join.table) && join.on.iter().all(|(earlier, _)| is_here(earlier.table)) {
            return Some((join.table, join.on.clone()));
        }
        let is_pair = join.on.iter().all(|(other, _)| other.table == earlier);
        if is_here(join.table) && !is_here(earlier) && is_pair {
            return Some((earlier, join.on.iter().map(|(earlier, joined)| (*joined, *earlier)).collect()));
        }
        None
    }

    fn plan(&self, plan: &Plan) -> Plan {
        let tables: Vec<Arc<ModelDef>> = self.order.iter().map(|table| plan.tables[*table].clone()).collect();
        let pairs =
            |on: &[(Column, Column)]| on.iter().map(|(a, b)| (self.column(*a), self.column(*b))).collect();
        let joins = self.joins.iter().enumerate().map(|(place, on)| Join { table: place + 1, on: pairs(on) });
        Plan {
            action: match &plan.action {
                Action::Fetch(terms) => Action::Fetch(self.terms(terms)),
                Action::Count(terms) => Action::Count(self.terms(terms)),
                other @ (Action::Exists | Action::Update(_) | Action::Delete | Action::Insert { .. }) => {
                    other.clone()
                }
            },
            tables,
            joins: joins.collect(),
            filter: plan.filter.as_ref().map(|filter| self.expr(filter)),
            grouping: plan.grouping.as_ref().map(|grouping| self.grouping(grouping)),
            order: plan
                .order
                .iter()
                .map(|key| PlanOrder { by: self.term(&key.by), direction: key.direction })
                .collect(),
            limit_by: plan.limit_by.as_ref().map(|limit_by| PlanLimitBy {
                columns: limit_by.columns.iter().map(|column| self.column(*column)).collect(),
                limit: limit_by.limit,
            }),
            ..plan.clone()
        }
    }

    fn grouping(&self, grouping: &Grouping) -> Grouping {
        let aggregate = |aggregate: &PlanAggregate| PlanAggregate {
            function: aggregate.function,
            subject: aggregate.subject.as_ref().map(|subject| self.term(subject)),
            distinct: aggregate.distinct,
            filter: aggregate.filter.as_ref().map(|filter| self.expr(filter)),
        };
        Grouping {
            keys: self.terms(&grouping.keys),
            aggregates: grouping.aggregates.iter().map(aggregate).collect(),
            having: grouping.having.as_ref().map(|having| self.expr(having)),
        }
    }

    fn terms(&self, terms: &[Term]) -> Vec<Term> {
        terms.iter().map(|term| self.term(term)).collect()
    }

    fn term(&self, term: &Term) -> Term {
        Term { expr: self.expr(&term.expr), ty: term.ty.clone() }
    }

    fn column(&self, column: Column) -> Column {
        let place = self.order.iter().position(|table| *table == column.table);
        Column { table: place.unwrap_or(column.table), field: column.field }
    }

    fn expr(&self, expr: &PlanExpr) -> PlanExpr {
        let all = |parts: &[PlanExpr]| parts.iter().map(|part| self.expr(part)).collect();
        match expr {
            PlanExpr::Column(column) => PlanExpr::Column(self.column(*column)),
            PlanExpr::Apply { operator, subject, operands } => {
                PlanExpr::Apply { operator: *operator, subject: subject.clone(), operands: all(operands) }
            }
            PlanExpr::And(parts) => PlanExpr::And(all(parts)),
            PlanExpr::Or(parts) => PlanExpr::Or(all(parts)),
            PlanExpr::Not(inner) => PlanExpr::Not(Box::new(self.expr(inner))),
            PlanExpr::Case(case) => PlanExpr::Case(Box::new(self.case(case))),
            PlanExpr::Path(path) => {
                let subject = self.expr(&path.subject);
                PlanExpr::Path(Box::new(PlanPath { subject, ..(**path).clone() }))
            }
            // Plans with subqueries are not turned.
            PlanExpr::Param(_)
            | PlanExpr::Constant(_)
            | PlanExpr::Key(_)
            | PlanExpr::Aggregate(_)
            | PlanExpr::Random
            | PlanExpr::Subquery(_) => expr.clone(),
        }
    }

    fn case(&self, case: &PlanCase) -> PlanCase {
        let branches = case.branches.iter();
        PlanCase {
            branches: branches.map(|(condition, value)| (self.expr(condition), self.expr(value))).collect(),
            otherwise: case.otherwise.as_ref().map(|otherwise| self.expr(otherwise)),
            ty: case.ty.clone(),
        }
    }
}
