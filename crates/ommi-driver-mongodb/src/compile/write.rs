//! Updates and deletes.

use mongodb::bson::raw::{CString, cstr};
use ommi_core::Result;
use ommi_core::plan::{Column, Plan, PlanExpr, Reach};

use super::make::{at, choice, document, int, known, named, op, string, truth, value};
use super::operand::{operand, or_else};
use super::read::aggregate;
use super::rows::{Conditions, Rows, filter_of, rows, sort_name};
use super::scope::{Place, Scope, joined_name, label};
use super::subquery;
use super::template::{Key, Template, Test};
use crate::program::{Read, Rekey, Work, Write, broken_plan};
use crate::shards::ShardFields;
use crate::value::{KeyLayout, collection_name, field_name, key_layout};

/// What a field is set to.
type Assignment = (usize, PlanExpr);

/// An update.
pub(super) fn update(plan: &Plan, assignments: &[Assignment]) -> Result<Work> {
    if assignments.iter().any(|(field, _)| plan.model().key().contains(field)) {
        return rekey(plan, assignments).map(Work::Rekey);
    }
    let change = match constants(plan, assignments)? {
        Some(change) => change,
        None => Template::Array(vec![op(cstr!("$set"), computed(&Scope::of_first(plan), assignments)?)]),
    };
    let is_single = is_single(plan);
    let entry = vec![(known(cstr!("u")), change), (known(cstr!("multi")), truth(!is_single))];
    let (found, entry) = about(plan, entry)?;
    write(plan, cstr!("update").into(), cstr!("updates").into(), found, entry).map(Work::Update)
}

/// A delete.
pub(super) fn delete(plan: &Plan) -> Result<Work> {
    let entry = vec![(known(cstr!("limit")), int(i32::from(is_single(plan))))];
    let (found, entry) = about(plan, entry)?;
    write(plan, cstr!("delete").into(), cstr!("deletes").into(), found, entry).map(Work::Delete)
}

fn write(plan: &Plan, verb: CString, list: CString, found: Option<Read>, entry: Template) -> Result<Write> {
    let collection = string(collection_name(plan.model().table()));
    let command = Template::Document(vec![
        (Key::Owned(verb), collection),
        (Key::Owned(list.clone()), Template::Array(vec![entry])),
    ]);
    let shard = ShardFields::of(plan.model())?;
    Ok(Write { is_single: is_single(plan), found, command, list, shard })
}

/// Whether the filter alone says which document it is, and it is one at most.
fn is_single(plan: &Plan) -> bool {
    is_direct(plan) && plan.reach == Reach::Unique
}

/// Whether the filter alone says which documents they are.
fn is_direct(plan: &Plan) -> bool {
    plan.joins.is_empty() && plan.limit.is_none() && plan.offset.is_none() && plan.subqueries().is_empty()
}

/// The entry with its filter, or what finds the documents first.
fn about(plan: &Plan, mut entry: Vec<(Key, Template)>) -> Result<(Option<Read>, Template)> {
    if is_direct(plan) {
        let scope = Scope::of_first(plan);
        let filter = filter_of(&scope, &Conditions::of(plan)?.seen_by(&scope))?;
        entry.insert(0, (known(cstr!("q")), filter));
        return Ok((None, Template::Document(entry)));
    }
    let Rows { mut stages, .. } = rows(plan)?;
    stages.push(op(cstr!("$project"), document([(cstr!("_id"), int(1))])));
    Ok((Some(aggregate(plan, stages, &["_id".to_owned()])?), Template::Document(entry)))
}

/// Values alone, which need no pipeline. NULL is a missing field.
fn constants(plan: &Plan, assignments: &[Assignment]) -> Result<Option<Template>> {
    let scope = Scope::of_first(plan);
    let (mut set, mut unset) = (Vec::new(), Vec::new());
    for (field, assigned) in assignments {
        let PlanExpr::Param(param) = assigned else { return Ok(None) };
        let column = Column { table: 0, field: *field };
        let Some(path) = scope.path(column) else { return Ok(None) };
        let definition = scope.field(column);
        let given = value(*param, &definition.ty, &scope.label(column));
        let is_null = Test::IsNull(*param);
        set.push((named(&path)?, choice(is_null, Template::Nothing, given)));
        if definition.nullable {
            unset.push((named(&path)?, choice(is_null, truth(true), Template::Nothing)));
        }
    }
    let mut change = vec![(known(cstr!("$set")), Template::Document(set))];
    if !unset.is_empty() {
        change.push((known(cstr!("$unset")), Template::Document(unset)));
    }
    Ok(Some(Template::Document(change)))
}

/// Each field with what it becomes. All see the document as it was. What comes out as null is taken away, but for a field
/// that must not be missing: the collection's validator refuses null there.
fn computed(scope: &Scope<'_>, assignments: &[Assignment]) -> Result<Template> {
    let mut set = Vec::with_capacity(assignments.len());
    for (field, assigned) in assignments {
        let column = Column { table: 0, field: *field };
        let definition = scope.field(column);
        let place = label(scope.plan, column);
        let computed = operand(scope, assigned, &definition.ty, &place)?;
        let becomes = if definition.nullable { or_else(computed, string("$$REMOVE")) } else { computed };
        let path = scope.path(column).ok_or_else(|| broken_plan("a field of another table is set"))?;
        set.push((named(&path)?, becomes));
    }
    Ok(Template::Document(set))
}

/// An update of a key: each document as it becomes, beside its old key.
fn rekey(plan: &Plan, assignments: &[Assignment]) -> Result<Rekey> {
    let model = plan.model();
    let Rows { mut stages, .. } = rows(plan)?;
    let joined = plan.joins.iter().flat_map(|join| [joined_name(join.table), format!("%k{}", join.table)]);
    let sorted = (0..plan.order.len()).map(sort_name);
    let looked_up = subquery::names(plan);
    let helpers: Vec<Template> = joined.chain(sorted).chain(looked_up).map(string).collect();
    if !helpers.is_empty() {
        stages.push(op(cstr!("$unset"), Template::Array(helpers)));
    }
    let split = document([(cstr!("old"), string("$_id")), (cstr!("new"), string("$$ROOT"))]);
    stages.push(op(cstr!("$replaceWith"), split));
    let scope = Scope::of_first_at(plan, Place::Within("new".to_owned()));
    stages.push(op(cstr!("$set"), computed(&scope, assignments)?));
    if key_layout(model) == KeyLayout::Composite {
        let mut key = Vec::with_capacity(model.key().len());
        for field in model.key() {
            let column = Column { table: 0, field: *field };
            key.push((named(&field_name(&scope.field(column).column))?, scope.column(column)?));
        }
        stages.push(op(cstr!("$set"), at("new._id", Template::Document(key))?));
    }
    let changed = aggregate(plan, stages, &["old".to_owned(), "new".to_owned()])?;
    let collection = collection_name(model.table()).into_owned();
    Ok(Rekey { changed, collection, shard: ShardFields::of(model)? })
}
