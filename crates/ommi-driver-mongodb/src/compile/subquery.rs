//! Subqueries as `$lookup`: each leaves a list with what it found first, or nothing, in a field of the documents.

use mongodb::bson::raw::cstr;
use ommi_core::Result;
use ommi_core::plan::{Action, Column, Plan, PlanExpr, PlanSubquery, Term};

use super::logic::{Leaf, Logic};
use super::make::{at, call, document, int, named, op, string, variable};
use super::operand::{operand, place_of};
use super::read::{cell_name, rows_or_groups, values};
use super::rows::{Rows, filter_of};
use super::scope::{Scope, around_name, is_known};
use super::template::{Key, Template};
use super::truth::not;
use crate::program::broken_plan;
use crate::value::collection_name;

/// The variable that holds what is looked for.
const MEMBER: &str = "m";

/// What a lookup finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A row, or the value that is looked for: with one the answer is yes.
    Yes,
    /// The value, or what may be it: without one the answer is no.
    NotNo,
}

impl Kind {
    /// The lookup that tells whether a subquery is as wanted. What exists is never unknown.
    fn telling(subquery: &PlanSubquery, wanted: bool) -> Self {
        if wanted || subquery.member.is_none() { Kind::Yes } else { Kind::NotNo }
    }
}

/// Whether a condition asks for what a subquery finds.
pub(super) fn asks(logic: &Logic<'_>) -> bool {
    !lookups(logic).is_empty()
}

/// The stages that let pass what conditions with subqueries hold of.
///
/// # Errors
/// As for compiling the plans of the subqueries.
pub(super) fn asked(scope: &Scope<'_>, conditions: &[Logic<'_>]) -> Result<Vec<Template>> {
    let mut stages = Vec::new();
    let mut done = Vec::new();
    for (subquery, kind) in conditions.iter().flat_map(lookups) {
        let name = name(scope.plan, subquery, kind);
        if !done.contains(&name) {
            stages.push(lookup(scope, subquery, kind, &name)?);
            done.push(name);
        }
    }
    if !conditions.is_empty() {
        stages.push(op(cstr!("$match"), filter_of(scope, conditions)?));
    }
    Ok(stages)
}

/// Whether a subquery is as wanted, as a condition.
pub(super) fn found(scope: &Scope<'_>, subquery: &PlanSubquery, wanted: bool) -> Result<Template> {
    let operator = if wanted { cstr!("$ne") } else { cstr!("$eq") };
    let name = name(scope.plan, subquery, Kind::telling(subquery, wanted));
    at(&name, op(operator, Template::Array(Vec::new())))
}

/// The same in an expression.
pub(super) fn found_here(scope: &Scope<'_>, subquery: &PlanSubquery, wanted: bool) -> Template {
    let name = name(scope.plan, subquery, Kind::telling(subquery, wanted));
    let is_empty = call(cstr!("$eq"), [string(format!("${name}")), Template::Array(Vec::new())]);
    if wanted { not(is_empty) } else { is_empty }
}

/// Every field that a plan's lookups may leave.
pub(super) fn names(plan: &Plan) -> Vec<String> {
    let both = |subquery: &PlanSubquery| [Kind::Yes, Kind::NotNo].map(|kind| name(plan, subquery, kind));
    plan.subqueries().into_iter().flat_map(both).collect()
}

/// The field that a lookup leaves: no column is stored under such a name.
fn name(plan: &Plan, subquery: &PlanSubquery, kind: Kind) -> String {
    let place = plan.subqueries().iter().position(|known| std::ptr::eq(*known, subquery)).unwrap_or_default();
    match kind {
        Kind::Yes => format!("%s{place}"),
        Kind::NotNo => format!("%n{place}"),
    }
}

/// The lookups that a condition needs.
fn lookups<'p>(logic: &Logic<'p>) -> Vec<(&'p PlanSubquery, Kind)> {
    match logic {
        Logic::Known(_) => Vec::new(),
        Logic::All(parts) | Logic::Any(parts) => parts.iter().flat_map(lookups).collect(),
        Logic::Not(inner) => lookups(inner),
        Logic::Leaf(Leaf::Found { subquery, wanted }) => {
            let own = (*subquery, Kind::telling(subquery, *wanted));
            subquery.parts().flat_map(in_operand).chain([own]).collect()
        }
        Logic::Leaf(leaf) => operands(leaf).into_iter().flat_map(in_operand).collect(),
    }
}

/// The lookups of what is computed, where both answers may be asked for.
fn in_operand(expr: &PlanExpr) -> Vec<(&PlanSubquery, Kind)> {
    let mut found: Vec<_> = expr.parts().into_iter().flat_map(in_operand).collect();
    if let PlanExpr::Subquery(subquery) = expr {
        found.extend([true, false].map(|wanted| (&**subquery, Kind::telling(subquery, wanted))));
    }
    found
}

fn operands<'p>(leaf: &Leaf<'p>) -> Vec<&'p PlanExpr> {
    match *leaf {
        Leaf::Compared { left, right, .. } => vec![left, right],
        Leaf::Null { subject, .. } | Leaf::Member { subject, .. } | Leaf::Matches { subject, .. } => {
            vec![subject]
        }
        Leaf::Has { list, wanted_item, .. } => vec![list, wanted_item],
        Leaf::Search { subject, part, .. } => vec![subject, part],
        Leaf::Found { .. } => Vec::new(),
    }
}

/// The stage that looks up what a subquery finds, no further than to the first that decides.
fn lookup(scope: &Scope<'_>, subquery: &PlanSubquery, kind: Kind, name: &str) -> Result<Template> {
    let plan = &subquery.plan;
    let mut variables = around(scope, subquery)?;
    let mut stages = match (&subquery.member, &plan.action) {
        (None, Action::Exists) => rows_or_groups(plan)?.stages,
        (Some(member), Action::Fetch(terms)) => {
            let place = place_of(scope, &[&member.expr]);
            variables.push((named(MEMBER)?, operand(scope, &member.expr, &member.ty, &place)?));
            members(plan, terms, kind)?
        }
        _ => {
            return Err(broken_plan("a subquery neither tests for existence nor fetches what is looked for"));
        }
    };
    stages.push(op(cstr!("$limit"), int(1)));
    stages.push(op(cstr!("$project"), document([(cstr!("_id"), int(1))])));
    let lookup = document([
        (cstr!("from"), string(collection_name(plan.model().table()))),
        (cstr!("let"), Template::Document(variables)),
        (cstr!("pipeline"), Template::Array(stages)),
        (cstr!("as"), string(name)),
    ]);
    Ok(op(cstr!("$lookup"), lookup))
}

/// The columns around a subquery that it names, as its variables.
fn around(scope: &Scope<'_>, subquery: &PlanSubquery) -> Result<Vec<(Key, Template)>> {
    let own = subquery.plan.tables.len() - subquery.plan.enclosing;
    let variable = |expr: &PlanExpr| match expr {
        PlanExpr::Column(column) => {
            let within = Column { table: column.table + own, field: column.field };
            Ok((named(&around_name(within))?, scope.column(*column)?))
        }
        _ => Err(broken_plan("a subquery takes something else than columns of the enclosing row")),
    };
    subquery.outer.iter().map(variable).collect()
}

/// The stages that find what decides about the value that is looked for.
fn members(plan: &Plan, terms: &[Term], kind: Kind) -> Result<Vec<Template>> {
    // An index may find the value, where it is one of a collection and every row takes part.
    if let ([Term { expr: PlanExpr::Column(column), .. }], Kind::Yes) = (terms, kind)
        && column.table == 0
        && plan.grouping.is_none()
        && plan.limit.is_none()
        && plan.offset.is_none()
    {
        let Rows { mut stages, .. } = rows_or_groups(plan)?;
        let value = Scope::of_first(plan).column(*column)?;
        stages.insert(0, op(cstr!("$match"), op(cstr!("$expr"), is_member(value, kind))));
        return Ok(stages);
    }
    let mut stages = values(plan, terms)?;
    let value = string(format!("${}", cell_name(0)));
    stages.push(op(cstr!("$match"), op(cstr!("$expr"), is_member(value, kind))));
    Ok(stages)
}

/// Whether a value is the one that is looked for; or, where either is null, may be.
fn is_member(value: Template, kind: Kind) -> Template {
    let is_same = call(cstr!("$eq"), [value.clone(), variable(MEMBER)]);
    match kind {
        Kind::Yes => call(cstr!("$and"), [is_same, is_known(value)]),
        Kind::NotNo => call(cstr!("$or"), [is_same, not(is_known(value)), not(is_known(variable(MEMBER)))]),
    }
}
