//! Subqueries: queries in the filter of another one.

use ommi_core::plan::{Action, Column, ParamType, Plan, PlanExpr, PlanSubquery, Term};
use ommi_core::query::{Expr, Projection, Query, Subquery};
use ommi_core::schema::FieldType;
use ommi_core::{Error, Result};

use super::rules::misplaced_list;
use super::typing::{Operand, Typed, Typist, placed};
use super::{ParamCheck, Planner, Rule, Wanted};

impl Typist<'_> {
    /// Lowers what decides which rows a query finds.
    pub(super) fn filter(&mut self, filter: &Expr) -> Result<PlanExpr> {
        self.filters = true;
        let lowered = self.predicate(filter);
        self.filters = false;
        lowered
    }

    /// Lowers a subquery, in the order in which the shape's walk meets its values.
    pub(super) fn subquery(&mut self, subquery: &Subquery) -> Result<Typed> {
        let query = &subquery.query;
        let place = |error: Error| error.with_model(query.model.name());
        if !self.filters {
            return Err(place(Error::query(
                "a subquery decides which rows are found: it stands in the filter of a query, and in nothing that is selected, \
                 sorted, grouped or set",
            )));
        }
        if query.lock.is_some() {
            return Err(place(Error::query(
                "a subquery locks no rows: leave out the lock, or lock what the whole query finds",
            )));
        }
        let member = subquery.member.as_ref().map(|member| self.operand(member)).transpose()?;
        let wanted = if member.is_some() { Wanted::Fetch } else { Wanted::Exists };
        if member.is_some() {
            check_selection(query).map_err(place)?;
        }
        let plan = self.inner(query, wanted).map_err(place)?;
        let outer = outer_columns(&plan);
        let is_paged = plan.limit.is_some() || plan.offset.is_some();
        if member.is_some() && is_paged && !outer.is_empty() {
            return Err(place(Error::query(
                "a subquery that selects a page of values cannot name fields of the enclosing query: databases find the page once, \
                 not for each row",
            )));
        }
        let member = member.map(|member| self.member(member, &plan)).transpose().map_err(place)?;
        let origin = subquery.member.as_ref().and_then(Expr::first_column).cloned();
        let expr = PlanExpr::Subquery(Box::new(PlanSubquery { member, outer, plan }));
        Ok(Typed { expr, ty: FieldType::Bool, origin })
    }

    /// The plan of a query inside of this one. Its parameters are numbered with those met so far.
    fn inner(&mut self, query: &Query, wanted: Wanted) -> Result<Plan> {
        let mut planner = Planner::within(&self.tables, query, self.limits)?;
        planner.typist.params = std::mem::take(&mut self.params);
        let (plan, typist) = planner.lowered(wanted)?;
        self.params = typist.params;
        Ok(plan)
    }

    /// What is looked for, which has the type of what the plan fetches.
    fn member(&mut self, member: Operand, plan: &Plan) -> Result<Term> {
        let Action::Fetch(terms) = &plan.action else { return Err(one_value()) };
        let [Term { ty, .. }] = terms.as_slice() else { return Err(one_value()) };
        if matches!(ty, FieldType::Json | FieldType::List(_)) {
            return Err(Error::query(format!("a subquery cannot be searched for {}", ty.describe())));
        }
        let expr = match member {
            Operand::Typed(typed) if typed.ty == *ty => typed.expr,
            Operand::Typed(typed) => {
                let message = format!(
                    "`in` cannot look for {} among values that are {}: the types differ",
                    typed.ty.describe(),
                    ty.describe()
                );
                return Err(placed(Error::query(message), typed.origin.as_ref()));
            }
            Operand::Literal(param) => {
                let (ty, model) = (ParamType::Scalar(ty.clone()), plan.model().clone());
                self.set_check(param, ParamCheck { ty, rule: Rule::Operand, model, field: None });
                PlanExpr::Param(param)
            }
            Operand::List(_) | Operand::EmptyList => return Err(misplaced_list()),
        };
        Ok(Term { expr, ty: ty.clone() })
    }
}

fn check_selection(query: &Query) -> Result<()> {
    match &query.projection {
        Projection::Values(values) if values.len() == 1 => Ok(()),
        Projection::Values(_) | Projection::Model | Projection::ModelWith(_) => Err(one_value()),
    }
}

fn one_value() -> Error {
    Error::query("`in` looks among the values of a query that selects one: add a select of one field")
}

/// The columns of enclosing plans that a plan names, as the nearest of them numbers its tables.
fn outer_columns(plan: &Plan) -> Vec<PlanExpr> {
    let own = plan.tables.len() - plan.enclosing;
    let mut found = Vec::new();
    let mut exprs: Vec<&PlanExpr> =
        plan.filter.iter().chain(plan.order.iter().map(|key| &key.by.expr)).collect();
    if let Action::Fetch(terms) = &plan.action {
        exprs.extend(terms.iter().map(|term| &term.expr));
    }
    if let Some(grouping) = &plan.grouping {
        let subjects = grouping.aggregates.iter().filter_map(|aggregate| aggregate.subject.as_ref());
        exprs.extend(grouping.keys.iter().chain(subjects).map(|term| &term.expr));
        exprs.extend(grouping.aggregates.iter().filter_map(|aggregate| aggregate.filter.as_ref()));
        exprs.extend(&grouping.having);
    }
    while let Some(expr) = exprs.pop() {
        if let PlanExpr::Column(column) = expr
            && column.table >= own
        {
            let outer = PlanExpr::Column(Column { table: column.table - own, field: column.field });
            if !found.contains(&outer) {
                found.push(outer);
            }
        }
        exprs.extend(expr.parts());
    }
    found
}
