//! Joins as `$lookup` by equality of fields, which an index of the joined collection serves.

use mongodb::bson::raw::cstr;
use ommi_core::Result;
use ommi_core::plan::{Column, Join};
use ommi_core::schema::ModelDef;

use super::make::{at, call, document, int, known, named, null, op, string, variable};
use super::rows::{Conditions, collect_columns, matching};
use super::scope::{Place, Scope, around_name, is_known, joined_name};
use super::template::{Key, Template};
use crate::program::broken_plan;
use crate::value::{collection_name, field_name, stored_name};

/// What joined rows do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joining {
    /// Each combination is a row.
    Each,
    /// A row of the first table counts once, however many combinations there are.
    Once,
}

/// Appends the stages that join the plan's tables, with the conditions that can be looked at after each.
///
/// # Errors
/// `Internal` where the plan contradicts itself.
pub(super) fn join(
    scope: &mut Scope<'_>,
    conditions: &mut Conditions<'_>,
    joining: Joining,
    stages: &mut Vec<Template>,
) -> Result<()> {
    let plan = scope.plan;
    match (joining, plan.joins.split_first()) {
        (Joining::Once, Some((first, others))) => once(scope, conditions, first, others, stages),
        (Joining::Once, None) => Err(broken_plan("the plan is a semi-join without a join")),
        (Joining::Each, _) => each(scope, conditions, &plan.joins, stages),
    }
}

/// Every combination of rows.
fn each(
    scope: &mut Scope<'_>,
    conditions: &mut Conditions<'_>,
    joins: &[Join],
    stages: &mut Vec<Template>,
) -> Result<()> {
    for join in joins {
        let met = Meeting::of(scope, join)?;
        stages.extend(met.before);
        stages.push(op(cstr!("$lookup"), Template::Document(met.lookup)));
        stages.push(op(cstr!("$unwind"), string(format!("${}", joined_name(join.table)))));
        scope.join(join.table);
        stages.extend(matching(scope, conditions.seen_by(scope))?);
    }
    Ok(())
}

/// The rows of the first table for which there is a combination: the other tables are joined inside of the lookup, which
/// ends with the first one that is found.
fn once(
    scope: &mut Scope<'_>,
    conditions: &mut Conditions<'_>,
    first: &Join,
    others: &[Join],
    stages: &mut Vec<Template>,
) -> Result<()> {
    let mut met = Meeting::of(scope, first)?;
    let mut inner = Scope::of_lookup(scope.plan, first.table);
    let mut pipeline = met.pipeline();
    pipeline.extend(matching(&inner, conditions.seen_by(&inner))?);
    each(&mut inner, conditions, others, &mut pipeline)?;
    pipeline.push(op(cstr!("$limit"), int(1)));
    pipeline.push(op(cstr!("$project"), document([(cstr!("_id"), int(1))])));
    met.lookup.push((known(cstr!("pipeline")), Template::Array(pipeline)));
    met.set_variables(around(scope)?);
    stages.extend(met.before);
    stages.push(op(cstr!("$lookup"), Template::Document(met.lookup)));
    let found = at(&joined_name(first.table), op(cstr!("$ne"), Template::Array(Vec::new())))?;
    stages.push(op(cstr!("$match"), found));
    Ok(())
}

/// The columns of the first table that the inside of a lookup speaks of, as its variables.
fn around(scope: &Scope<'_>) -> Result<Vec<(Key, Template)>> {
    let plan = scope.plan;
    let mut columns: Vec<Column> = Vec::new();
    let mut found = |column: Column| {
        if column.table == 0 && !columns.contains(&column) {
            columns.push(column);
        }
    };
    plan.filter.iter().for_each(|filter| collect_columns(filter, &mut found));
    plan.joins.iter().flat_map(|join| &join.on).for_each(|(earlier, _)| found(*earlier));
    columns.into_iter().map(|column| Ok((named(&around_name(column))?, scope.column(column)?))).collect()
}

/// A lookup on its way.
struct Meeting {
    /// Stages before it.
    before: Vec<Template>,
    lookup: Vec<(Key, Template)>,
}

impl Meeting {
    /// The lookup of a join's rows.
    fn of(scope: &Scope<'_>, join: &Join) -> Result<Self> {
        let model = &scope.plan.tables[join.table];
        let name = joined_name(join.table);
        let lookup = vec![
            (known(cstr!("from")), string(collection_name(model.table()))),
            (known(cstr!("as")), string(name)),
        ];
        let mut meeting = Self { before: Vec::new(), lookup };
        match key_pairs(model, join) {
            Some(pairs) => meeting.by_key(scope, join, &pairs)?,
            None => meeting.by_fields(scope, join)?,
        }
        Ok(meeting)
    }

    /// By a composite key: its document is made, and looked up by the index of `_id`. One with a field missing or null
    /// equals none.
    fn by_key(&mut self, scope: &Scope<'_>, join: &Join, pairs: &[(Column, Column)]) -> Result<()> {
        let mut key = Vec::with_capacity(pairs.len());
        for (earlier, joined) in pairs {
            key.push((named(&field_name(&scope.field(*joined).column))?, scope.column(*earlier)?));
        }
        let local = format!("%k{}", join.table);
        self.before.push(op(cstr!("$set"), at(&local, Template::Document(key))?));
        self.meet(local, "_id".to_owned());
        Ok(())
    }

    /// By one pair of fields, best one with an index; the others are compared with what is found by it.
    fn by_fields(&mut self, scope: &Scope<'_>, join: &Join) -> Result<()> {
        let model = &scope.plan.tables[join.table];
        let best = join.on.iter().position(|(_, joined)| is_indexed(model, joined.field)).unwrap_or(0);
        let Some((earlier, joined)) = join.on.get(best).copied() else {
            return Err(broken_plan("a join without a pair of columns"));
        };
        let local = self.local(scope, join, earlier)?;
        if scope.field(earlier).nullable && scope.field(joined).nullable {
            // To a lookup, what is missing equals what is missing.
            self.before.push(op(cstr!("$match"), at(&local, op(cstr!("$ne"), null()))?));
        }
        self.meet(local, stored_name(model, joined.field).into_owned());
        let mut variables = Vec::new();
        let mut tests = Vec::new();
        for (position, (earlier, joined)) in join.on.iter().enumerate() {
            if position == best {
                continue;
            }
            let name = format!("p{position}");
            let stored = string(format!("${}", stored_name(model, joined.field)));
            if scope.field(*earlier).nullable && scope.field(*joined).nullable {
                // Here, too, what is missing would equal what is missing. No index serves a test beside the equalities.
                match scope.path(*earlier) {
                    Some(path) => self.before.push(op(cstr!("$match"), at(&path, op(cstr!("$ne"), null()))?)),
                    None => tests.push(is_known(variable(&name))),
                }
            }
            tests.push(call(cstr!("$eq"), [stored, variable(&name)]));
            variables.push((named(&name)?, scope.column(*earlier)?));
        }
        if !tests.is_empty() {
            let test = op(cstr!("$expr"), op(cstr!("$and"), Template::Array(tests)));
            let pipeline = Template::Array(vec![op(cstr!("$match"), test)]);
            self.lookup.push((known(cstr!("pipeline")), pipeline));
            self.set_variables(variables);
        }
        Ok(())
    }

    /// The path of an earlier column; what is around a lookup has none, and is put into the documents.
    fn local(&mut self, scope: &Scope<'_>, join: &Join, earlier: Column) -> Result<String> {
        if let Some(path) = scope.path(earlier) {
            return Ok(path);
        }
        match scope.place(earlier.table) {
            Place::Around => {
                let local = format!("%k{}", join.table);
                self.before.push(op(cstr!("$set"), at(&local, scope.column(earlier)?)?));
                Ok(local)
            }
            Place::Root | Place::Within(_) | Place::Nowhere => {
                Err(broken_plan("a join with a table that is not joined yet"))
            }
        }
    }

    fn meet(&mut self, local: String, foreign: String) {
        self.lookup.push((known(cstr!("localField")), string(local)));
        self.lookup.push((known(cstr!("foreignField")), string(foreign)));
    }

    /// Takes the pipeline out that compares the other pairs, to have more behind it.
    fn pipeline(&mut self) -> Vec<Template> {
        let place = self.lookup.iter().position(|(key, _)| key.as_str() == "pipeline");
        match place.map(|place| self.lookup.remove(place).1) {
            Some(Template::Array(stages)) => stages,
            _none => Vec::new(),
        }
    }

    /// Adds variables to those that there are.
    fn set_variables(&mut self, more: Vec<(Key, Template)>) {
        let given = self.lookup.iter_mut().find(|(key, _)| key.as_str() == "let");
        match given {
            Some((_, Template::Document(variables))) => variables.extend(more),
            Some(_) => {}
            None if more.is_empty() => {}
            None => self.lookup.push((known(cstr!("let")), Template::Document(more))),
        }
    }
}

/// The pairs in the order of a composite key, where the join is by all of it and nothing else.
fn key_pairs(model: &ModelDef, join: &Join) -> Option<Vec<(Column, Column)>> {
    if model.key().len() < 2 || model.key().len() != join.on.len() {
        return None;
    }
    model
        .key()
        .iter()
        .map(|field| join.on.iter().find(|(_, joined)| joined.field == *field).copied())
        .collect()
}

/// Whether there is an index that begins with the field.
pub(super) fn is_indexed(model: &ModelDef, field: usize) -> bool {
    model.key().first() == Some(&field)
        || model.fields()[field].unique
        || model.indexes().iter().any(|index| index.fields.first() == Some(&field))
        || model.references().iter().any(|reference| reference.fields.first() == Some(&field))
}
