//! Which rows a plan is about, as stages of a pipeline: filter, joins, order, page.

use mongodb::bson::raw::cstr;
use ommi_core::Result;
use ommi_core::plan::{Column, Plan, PlanExpr};
use ommi_core::query::Direction;

use super::bytes::check_sorted;
use super::filter::all;
use super::groups;
use super::join::{self, Joining};
use super::logic::{Logic, logic};
use super::make::{choice, document, hole, int, named, never, op};
use super::operand::{operand, place_of};
use super::scope::Scope;
use super::subquery::{asked, asks};
use super::template::{Fill, Template, Test};
use crate::program::broken_plan;

/// The stages that find a plan's rows, and where its tables are after them.
pub(super) struct Rows<'p> {
    pub(super) stages: Vec<Template>,
    pub(super) scope: Scope<'p>,
}

/// Conditions of a plan, each with the tables that it speaks of.
pub(super) struct Conditions<'p>(Vec<(Logic<'p>, Vec<usize>)>);

impl<'p> Conditions<'p> {
    /// Those of the plan's filter.
    pub(super) fn of(plan: &'p Plan) -> Result<Self> {
        let mut conditions = Vec::new();
        for part in plan.filter.iter().flat_map(conjuncts) {
            let mut tables = Vec::new();
            collect_columns(part, &mut |column| tables.push(column.table));
            match logic(part, true)? {
                Logic::All(parts) => {
                    conditions.extend(parts.into_iter().map(|part| (part, tables.clone())));
                }
                other => conditions.push((other, tables)),
            }
        }
        Ok(Self(conditions))
    }

    /// Takes out those that speak of seen tables only.
    pub(super) fn seen_by(&mut self, scope: &Scope<'_>) -> Vec<Logic<'p>> {
        let (seen, rest) = std::mem::take(&mut self.0)
            .into_iter()
            .partition::<Vec<_>, _>(|(_, tables)| tables.iter().all(|table| scope.sees(*table)));
        self.0 = rest;
        seen.into_iter().map(|(logic, _)| logic).collect()
    }
}

/// The filter of logic on one stage's tables.
pub(super) fn filter_of(scope: &Scope<'_>, conditions: &[Logic<'_>]) -> Result<Template> {
    all(scope, &conditions.iter().collect::<Vec<_>>())
}

/// The stages that let pass what the conditions hold of; none where everything passes. What subqueries find is looked up for
/// what the other conditions leave.
pub(super) fn matching(scope: &Scope<'_>, conditions: Vec<Logic<'_>>) -> Result<Vec<Template>> {
    let (asking, plain): (Vec<_>, Vec<_>) = conditions.into_iter().partition(asks);
    let mut stages = Vec::new();
    if !plain.is_empty() {
        stages.push(op(cstr!("$match"), filter_of(scope, &plain)?));
    }
    stages.extend(asked(scope, &asking)?);
    Ok(stages)
}

/// The parts of a conjunction; the tree of a long one is flattened.
pub(super) fn conjuncts(expr: &PlanExpr) -> Vec<&PlanExpr> {
    match expr {
        PlanExpr::And(parts) => parts.iter().flat_map(conjuncts).collect(),
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
        | PlanExpr::Subquery(_) => vec![expr],
    }
}

/// Calls `found` with every column of an expression.
pub(super) fn collect_columns(expr: &PlanExpr, found: &mut impl FnMut(Column)) {
    if let PlanExpr::Column(column) = expr {
        found(*column);
    }
    for part in expr.parts() {
        collect_columns(part, found);
    }
}

/// The stages of a plan up to its page. With `distinct` rows the page comes later: see [`page`].
pub(super) fn rows(plan: &Plan) -> Result<Rows<'_>> {
    let mut found = joined(plan, unless_empty)?;
    if !is_sorted_early(plan) {
        found.stages.extend(sorted(&found.scope)?);
    }
    if !plan.distinct {
        found.stages.extend(page(plan));
    }
    Ok(found)
}

/// The stages of a plan's rows before they are put together: order and page are those of the groups.
pub(super) fn matched(plan: &Plan) -> Result<Rows<'_>> {
    joined(plan, |_, filter| filter)
}

/// Whether the order is that of the rows, and fields of the first table alone say it: its index may give it, and a page
/// ends the work early.
fn is_sorted_early(plan: &Plan) -> bool {
    let is_own = |expr: &PlanExpr| matches!(expr, PlanExpr::Column(column) if column.table == 0);
    plan.grouping.is_none() && plan.order.iter().all(|key| is_own(&key.by.expr))
}

fn joined(plan: &Plan, first: fn(&Plan, Template) -> Template) -> Result<Rows<'_>> {
    let mut scope = Scope::of_first(plan);
    let mut conditions = Conditions::of(plan)?;
    let mut stages = Vec::new();
    let (asking, plain): (Vec<_>, Vec<_>) = conditions.seen_by(&scope).into_iter().partition(asks);
    stages.push(op(cstr!("$match"), first(plan, filter_of(&scope, &plain)?)));
    if is_sorted_early(plan) {
        stages.extend(sorted(&scope)?);
    }
    stages.extend(asked(&scope, &asking)?);
    let joining = if plan.semi_join { Joining::Once } else { Joining::Each };
    join::join(&mut scope, &mut conditions, joining, &mut stages)?;
    if !conditions.0.is_empty() {
        return Err(broken_plan("a condition speaks of a table that is not joined"));
    }
    Ok(Rows { stages, scope })
}

/// The filter, or one that nothing passes where no rows are wanted: a limit of zero means none to MongoDB.
pub(super) fn unless_empty(plan: &Plan, filter: Template) -> Template {
    match plan.limit {
        Some(limit) => choice(Test::IsZero(limit), never(), filter),
        None => filter,
    }
}

/// The stages that sort: what is computed to be sorted by gets a field of its own first.
pub(super) fn sorted(scope: &Scope<'_>) -> Result<Vec<Template>> {
    let mut stages = Vec::new();
    let mut computed = Vec::new();
    for (place, key) in scope.plan.order.iter().enumerate() {
        if path(scope, &key.by.expr).is_none() {
            let about = place_of(scope, &[&key.by.expr]);
            let value = operand(scope, &key.by.expr, &key.by.ty, &about)?;
            computed.push((named(&sort_name(place))?, value));
        }
    }
    if !computed.is_empty() {
        stages.push(op(cstr!("$set"), Template::Document(computed)));
    }
    if let Some(keys) = sort_keys(scope)? {
        stages.push(op(cstr!("$sort"), keys));
    }
    Ok(stages)
}

/// The field of what is computed to be sorted by: no column is stored under such a name.
pub(super) fn sort_name(place: usize) -> String {
    format!("%o{place}")
}

/// The field that an expression is, where it is one.
fn path(scope: &Scope<'_>, expr: &PlanExpr) -> Option<String> {
    match expr {
        PlanExpr::Column(column) => scope.path(*column),
        PlanExpr::Key(_) | PlanExpr::Aggregate(_) => groups::path(expr),
        PlanExpr::Param(_)
        | PlanExpr::Constant(_)
        | PlanExpr::Apply { .. }
        | PlanExpr::And(_)
        | PlanExpr::Or(_)
        | PlanExpr::Not(_)
        | PlanExpr::Case(_)
        | PlanExpr::Path(_)
        | PlanExpr::Random
        | PlanExpr::Subquery(_) => None,
    }
}

/// The sort keys. MongoDB takes what is missing or null for smaller than every value, which is our order.
pub(super) fn sort_keys(scope: &Scope<'_>) -> Result<Option<Template>> {
    let mut keys = Vec::with_capacity(scope.plan.order.len());
    for (place, key) in scope.plan.order.iter().enumerate() {
        check_sorted(&key.by.ty)?;
        let path = path(scope, &key.by.expr).unwrap_or_else(|| sort_name(place));
        keys.push((named(&path)?, direction(key.direction)));
    }
    Ok((!keys.is_empty()).then_some(Template::Document(keys)))
}

/// How MongoDB writes a direction.
pub(super) fn direction(direction: Direction) -> Template {
    int(match direction {
        Direction::Ascending => 1,
        Direction::Descending => -1,
    })
}

/// The stages of a page.
pub(super) fn page(plan: &Plan) -> Vec<Template> {
    let skip = skip(plan).map(|skip| document([(cstr!("$skip"), skip)]));
    let limit = limit(plan).map(|limit| document([(cstr!("$limit"), limit)]));
    skip.into_iter().chain(limit).collect()
}

/// The number of rows left out.
pub(super) fn skip(plan: &Plan) -> Option<Template> {
    plan.offset.map(|param| hole(param, Fill::Skip))
}

/// The most rows.
pub(super) fn limit(plan: &Plan) -> Option<Template> {
    plan.limit.map(|param| hole(param, Fill::Limit { after: plan.offset }))
}
