//! Composite keys: equality with all of a key's fields is equality with `_id`, whose index serves it. The fields of a shard
//! key stay beside it: by them a cluster knows which shard has the document.

use mongodb::bson::raw::cstr;
use ommi_core::Result;
use ommi_core::plan::{Column, PlanExpr};

use super::logic::{Comparison, Leaf, Logic};
use super::make::{at, choice, named, never, op, value};
use super::scope::Scope;
use super::template::{Template, Test};
use crate::value::field_name;

/// Filters on `_id` in place of equalities with all fields of a composite key, and the parts that are left.
///
/// # Errors
/// `Validation` for a name that BSON cannot hold.
pub(super) fn with_key<'l, 'p>(
    scope: &Scope<'_>,
    parts: &[&'l Logic<'p>],
) -> Result<(Vec<Template>, Vec<&'l Logic<'p>>)> {
    let mut rest = parts.to_vec();
    let mut filters = Vec::new();
    for (table, model) in scope.plan.tables.iter().enumerate() {
        let Some(path) = scope.key_path(table) else { continue };
        if model.key().len() < 2 {
            continue;
        }
        let places: Option<Vec<usize>> = model
            .key()
            .iter()
            .map(|field| rest.iter().position(|part| equal(part, Column { table, field: *field }).is_some()))
            .collect();
        let Some(places) = places else { continue };
        let mut key = Vec::with_capacity(places.len());
        let mut params = Vec::with_capacity(places.len());
        for (field, place) in model.key().iter().zip(&places) {
            let column = Column { table, field: *field };
            if let Some(param) = equal(rest[*place], column) {
                let definition = scope.field(column);
                let part = value(param, &definition.ty, &scope.label(column));
                key.push((named(&field_name(&definition.column))?, part));
                params.push(param);
            }
        }
        let is_told = |field: usize| model.shard().iter().any(|part| part.field == field);
        let told = model.key().iter().zip(places).filter(|(field, _)| !is_told(**field));
        let mut spent: Vec<usize> = told.map(|(_, place)| place).collect();
        spent.sort_unstable();
        for place in spent.into_iter().rev() {
            rest.remove(place);
        }
        let key = Template::Document(key);
        let equals = if path == "_id" { key } else { op(cstr!("$eq"), key) };
        let test = at(&path, equals)?;
        filters.push(params.iter().fold(test, |test, param| choice(Test::IsNull(*param), never(), test)));
    }
    Ok((filters, rest))
}

/// The parameter that the logic says a column is equal to.
fn equal(logic: &Logic<'_>, column: Column) -> Option<usize> {
    let Logic::Leaf(Leaf::Compared { how: Comparison::Eq, left, right, .. }) = logic else { return None };
    match (left, right) {
        (PlanExpr::Column(found), PlanExpr::Param(param))
        | (PlanExpr::Param(param), PlanExpr::Column(found))
            if *found == column =>
        {
            Some(*param)
        }
        _not_a_column_and_a_value => None,
    }
}
