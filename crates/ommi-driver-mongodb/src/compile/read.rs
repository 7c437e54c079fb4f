//! Fetches, counts and tests for existence.

use mongodb::bson::raw::{CString, cstr};
use ommi_core::plan::{Column, Plan, PlanExpr, PlanLimitBy, Reach, Term};
use ommi_core::value::Cell;
use ommi_core::{Error, Result};

use super::groups::groups;
use super::make::{call, document, hole, int, known, literal, named, null, op, string, truth};
use super::operand::{operand, or_else, place_of};
use super::rows::{Conditions, Rows, direction, filter_of, limit, page, rows, skip, sort_keys, unless_empty};
use super::scope::Scope;
use super::template::{Fill, Key, Template};
use crate::program::{Read, broken_plan};
use crate::value::collection_name;

/// The field that holds the answer of a count or a test for existence.
const ANSWER: &str = "c0";

/// Rows of these columns.
///
/// # Errors
/// `Unsupported` where they are to be locked, or sorted by bytes.
pub(super) fn fetch(plan: &Plan, terms: &[Term]) -> Result<Read> {
    if plan.lock.is_some() {
        return Err(Error::unsupported(
            "MongoDB cannot lock what it reads; change a field of the rows instead: whoever else changes them until the \
             transaction ends gets a conflict",
        ));
    }
    if let (true, Some(columns)) = (is_plain(plan), columns_of(terms)) {
        return find(plan, &columns);
    }
    let names: Vec<String> = (0..terms.len()).map(cell_name).collect();
    aggregate(plan, values(plan, terms)?, &names)
}

/// The stages that make a document of these values of each row or group: see [`cell_name`].
pub(super) fn values(plan: &Plan, terms: &[Term]) -> Result<Vec<Template>> {
    if plan.distinct {
        return distinct(plan, terms);
    }
    let Rows { mut stages, scope } = rows_or_groups(plan)?;
    if let Some(limit_by) = &plan.limit_by {
        stages.extend(first_of_each(&scope, limit_by)?);
    }
    let mut cells = Vec::with_capacity(terms.len());
    for (place, term) in terms.iter().enumerate() {
        cells.push((named(&cell_name(place))?, cell(&scope, term)?));
    }
    stages.push(op(cstr!("$replaceWith"), Template::Document(cells)));
    Ok(stages)
}

/// Whether one collection is read and its rows are what is found.
fn is_of_one(plan: &Plan) -> bool {
    plan.joins.is_empty() && plan.grouping.is_none() && plan.subqueries().is_empty()
}

/// Whether the rows are those of one collection, in an order of its fields.
fn is_plain(plan: &Plan) -> bool {
    let is_column = |expr: &PlanExpr| matches!(expr, PlanExpr::Column(_));
    let is_whole = !plan.distinct && plan.limit_by.is_none();
    is_of_one(plan) && is_whole && plan.order.iter().all(|key| is_column(&key.by.expr))
}

/// The columns, where nothing is computed.
fn columns_of(terms: &[Term]) -> Option<Vec<Column>> {
    terms.iter().map(Term::as_column).collect()
}

pub(super) fn rows_or_groups(plan: &Plan) -> Result<Rows<'_>> {
    match &plan.grouping {
        Some(grouping) => groups(plan, grouping),
        None => rows(plan),
    }
}

/// What is returned of a row or a group.
fn cell(scope: &Scope<'_>, term: &Term) -> Result<Template> {
    operand(scope, &term.expr, &term.ty, &place_of(scope, &[&term.expr]))
}

/// Documents of one collection as they are, or some of their fields.
fn find(plan: &Plan, columns: &[Column]) -> Result<Read> {
    let scope = Scope::of_first(plan);
    let names: Vec<String> = columns.iter().filter_map(|column| scope.path(*column)).collect();
    let every_field = (0..plan.model().fields().len()).map(|field| Column { table: 0, field });
    let is_whole = every_field.into_iter().all(|column| columns.contains(&column));
    let mut parts = found(plan, &scope)?;
    if !is_whole {
        parts.push((known(cstr!("projection")), projection(&names)?));
    }
    if let Some(sort) = sort_keys(&scope)? {
        parts.push((known(cstr!("sort")), sort));
    }
    parts.extend(skip(plan).map(|skip| (known(cstr!("skip")), skip)));
    match (limit(plan), plan.reach) {
        (Some(limit), _) => parts.push((known(cstr!("limit")), limit)),
        (None, Reach::Unique) => {
            parts.push((known(cstr!("limit")), int(1)));
            parts.push((known(cstr!("singleBatch")), truth(true)));
        }
        (None, Reach::Limited | Reach::Unlimited) => {}
    }
    read(Template::Document(parts), false, &names)
}

/// `find` and its filter.
fn found(plan: &Plan, scope: &Scope<'_>) -> Result<Vec<(Key, Template)>> {
    let conditions = Conditions::of(plan)?.seen_by(scope);
    let filter = unless_empty(plan, filter_of(scope, &conditions)?);
    Ok(vec![
        (known(cstr!("find")), string(collection_name(plan.model().table()))),
        (known(cstr!("filter")), filter),
    ])
}

/// These fields; `_id` comes unasked.
fn projection(names: &[String]) -> Result<Template> {
    let mut fields: Vec<(Key, Template)> = Vec::with_capacity(names.len() + 1);
    for name in names {
        if !fields.iter().any(|(known, _)| known.as_str() == name) {
            fields.push((named(name)?, int(1)));
        }
    }
    if !names.iter().any(|name| name == "_id") {
        fields.push((known(cstr!("_id")), int(0)));
    }
    Ok(Template::Document(fields))
}

/// The stages that leave the first rows of each kind: they are numbered in their order.
fn first_of_each(scope: &Scope<'_>, limit_by: &PlanLimitBy) -> Result<[Template; 2]> {
    let mut kind = Vec::with_capacity(limit_by.columns.len());
    for (place, column) in limit_by.columns.iter().enumerate() {
        let path = scope.path(*column).ok_or_else(|| broken_plan("rows are limited by what is no field"))?;
        kind.push((named(&cell_name(place))?, or_else(string(format!("${path}")), null())));
    }
    let sort =
        sort_keys(scope)?.ok_or_else(|| broken_plan("rows of each kind are limited without an order"))?;
    // Rows are counted by a sum: `$documentNumber` takes one sort key and no more.
    let so_far =
        document([(cstr!("documents"), Template::Array(vec![string("unbounded"), string("current")]))]);
    let number = document([(cstr!("$sum"), int(1)), (cstr!("window"), so_far)]);
    let numbered = document([
        (cstr!("partitionBy"), Template::Document(kind)),
        (cstr!("sortBy"), sort),
        (cstr!("output"), document([(cstr!("%n"), number)])),
    ]);
    let limit = op(cstr!("$lte"), hole(limit_by.limit, Fill::Skip));
    Ok([op(cstr!("$setWindowFields"), numbered), op(cstr!("$match"), document([(cstr!("%n"), limit)]))])
}

/// Each combination of the values once.
fn distinct(plan: &Plan, terms: &[Term]) -> Result<Vec<Template>> {
    let Rows { mut stages, scope } = rows(plan)?;
    stages.push(grouped(&scope, terms)?);
    let mut cells = Vec::with_capacity(terms.len());
    for (place, index) in (0..terms.len()).zip(0_i32..) {
        cells.push((named(&cell_name(place))?, call(cstr!("$arrayElemAt"), [string("$_id"), int(index)])));
    }
    stages.push(op(cstr!("$replaceWith"), Template::Document(cells)));
    // Groups have no order; rows that are distinct are sorted by values of theirs only.
    let mut keys = Vec::with_capacity(plan.order.len());
    for key in &plan.order {
        if let Some(place) = terms.iter().position(|term| term.expr == key.by.expr) {
            keys.push((named(&cell_name(place))?, direction(key.direction)));
        }
    }
    if !keys.is_empty() {
        stages.push(op(cstr!("$sort"), Template::Document(keys)));
    }
    stages.extend(page(plan));
    Ok(stages)
}

/// The stage that makes one document of all that are equal in these values, whose `_id` lists their values: MongoDB 7.0 gives
/// `MinKey` back as `{"": MinKey}` from a document there. What is missing and what is null are one.
fn grouped(scope: &Scope<'_>, terms: &[Term]) -> Result<Template> {
    let cells = terms.iter().map(|term| Ok(or_else(cell(scope, term)?, null())));
    let cells = cells.collect::<Result<Vec<_>>>()?;
    Ok(op(cstr!("$group"), document([(cstr!("_id"), Template::Array(cells))])))
}

/// The number of rows or groups, or of different combinations of these values.
pub(super) fn count(plan: &Plan, terms: &[Term]) -> Result<Read> {
    let Rows { mut stages, scope } = rows_or_groups(plan)?;
    if plan.distinct {
        let whole = Term::key(plan.model());
        stages.push(grouped(&scope, if terms.is_empty() { &whole } else { terms })?);
        stages.extend(page(plan));
    }
    stages.push(op(cstr!("$count"), string(ANSWER)));
    let read = aggregate(plan, stages, &[ANSWER.to_owned()])?;
    Ok(Read { otherwise: Some(Cell::Int(0)), ..read })
}

/// Whether there is a row.
pub(super) fn exists(plan: &Plan) -> Result<Read> {
    let names = [ANSWER.to_owned()];
    let read = if is_of_one(plan) {
        let mut parts = found(plan, &Scope::of_first(plan))?;
        let answer = document([(cstr!("_id"), int(0)), (cstr!("c0"), literal(truth(true)))]);
        parts.push((known(cstr!("projection")), answer));
        parts.extend(skip(plan).map(|skip| (known(cstr!("skip")), skip)));
        parts.push((known(cstr!("limit")), int(1)));
        parts.push((known(cstr!("singleBatch")), truth(true)));
        read(Template::Document(parts), false, &names)?
    } else {
        let Rows { mut stages, .. } = rows_or_groups(plan)?;
        stages.push(op(cstr!("$limit"), int(1)));
        stages.push(op(cstr!("$replaceWith"), document([(cstr!("c0"), literal(truth(true)))])));
        aggregate(plan, stages, &names)?
    };
    Ok(Read { otherwise: Some(Cell::Bool(false)), ..read })
}

/// An `aggregate` of these stages.
pub(super) fn aggregate(plan: &Plan, stages: Vec<Template>, names: &[String]) -> Result<Read> {
    let command = document([
        (cstr!("aggregate"), string(collection_name(plan.model().table()))),
        (cstr!("pipeline"), Template::Array(stages)),
    ]);
    read(command, true, names)
}

fn read(command: Template, is_aggregate: bool, names: &[String]) -> Result<Read> {
    let columns = names.iter().map(|name| named(name).map(std::borrow::Cow::into_owned));
    let columns = columns.collect::<Result<Vec<CString>>>()?;
    Ok(Read { command, is_aggregate, columns, otherwise: None })
}

/// The name of a column in documents that are made for it.
pub(super) fn cell_name(place: usize) -> String {
    format!("c{place}")
}
