//! Predicates as filters: conditions on paths where indexes can serve them, `$expr` for the rest.
//!
//! A test for equality, order or membership looks at values of its operand's type alone, so what is missing or null
//! passes none of them; the opposites name null themselves.

use mongodb::bson::raw::{CStr, cstr};
use ommi_core::Result;
use ommi_core::plan::{Column, PlanExpr};
use ommi_core::schema::FieldType;

use super::bytes::check_order;
use super::key::with_key;
use super::logic::{Comparison, Leaf, Logic, Search};
use super::make::{always, at, call, choice, document, hole, never, null, op, string, truth, typed, value};
use super::path;
use super::pattern::PatternKind;
use super::scope::{Scope, is_document};
use super::subquery::found;
use super::template::{Fill, Operand, Template, Test};
use super::truth::holds;

/// The filter that passes what the logic holds of.
///
/// # Errors
/// `Unsupported` for what MongoDB cannot compare; `Internal` where the plan contradicts itself.
pub(super) fn filter(scope: &Scope<'_>, logic: &Logic<'_>) -> Result<Template> {
    match logic {
        Logic::Known(true) => Ok(always()),
        Logic::Known(false) => Ok(never()),
        Logic::All(parts) => all(scope, &parts.iter().collect::<Vec<_>>()),
        Logic::Any(parts) => {
            let parts = parts.iter().map(|part| filter(scope, part)).collect::<Result<Vec<_>>>()?;
            Ok(op(cstr!("$or"), Template::Array(parts)))
        }
        Logic::Not(inner) => Ok(call(cstr!("$nor"), [filter(scope, inner)?])),
        Logic::Leaf(leaf) => match on_path(scope, leaf)? {
            Some(test) => Ok(test),
            None => Ok(op(cstr!("$expr"), holds(scope, logic)?)),
        },
    }
}

/// The filter that passes what all of these hold of.
///
/// # Errors
/// As for [`filter`].
pub(super) fn all(scope: &Scope<'_>, parts: &[&Logic<'_>]) -> Result<Template> {
    let (keys, rest) = with_key(scope, parts)?;
    let mut filters = keys;
    for part in rest {
        filters.push(filter(scope, part)?);
    }
    Ok(match filters.len() {
        0 => always(),
        1 => filters.swap_remove(0),
        _ => op(cstr!("$and"), Template::Array(filters)),
    })
}

/// A leaf as a condition on a path, where it is one.
fn on_path(scope: &Scope<'_>, leaf: &Leaf<'_>) -> Result<Option<Template>> {
    let path_of = |expr: &PlanExpr| match expr {
        PlanExpr::Column(column) => scope.path(*column).map(|path| (path, *column)),
        PlanExpr::Param(_)
        | PlanExpr::Constant(_)
        | PlanExpr::Apply { .. }
        | PlanExpr::And(_)
        | PlanExpr::Or(_)
        | PlanExpr::Not(_)
        | PlanExpr::Key(_)
        | PlanExpr::Aggregate(_)
        | PlanExpr::Case(_)
        | PlanExpr::Path(_)
        | PlanExpr::Random
        | PlanExpr::Subquery(_) => None,
    };
    if let Some(test) = path::on_path(scope, leaf)? {
        return Ok(Some(test));
    }
    match *leaf {
        Leaf::Compared { how, ty, left, right } => {
            check_order(how, ty)?;
            match (path_of(left), path_of(right)) {
                (Some((path, column)), None) => compared(scope, how, ty, &path, column, right),
                (None, Some((path, column))) => compared(scope, how.flipped(), ty, &path, column, left),
                (Some(_), Some(_)) | (None, None) => Ok(None),
            }
        }
        Leaf::Null { ty, subject, wanted } => match path_of(subject) {
            Some((path, _)) if !is_document(ty) => {
                let operator = if wanted { cstr!("$eq") } else { cstr!("$ne") };
                at(&path, op(operator, null())).map(Some)
            }
            Some(_) | None => Ok(None),
        },
        Leaf::Member { ty, subject, list, wanted } => match path_of(subject) {
            Some((path, column)) if !is_document(ty) => {
                let operand = typed(ty, &scope.label(column));
                member(&path, list, operand, wanted).map(Some)
            }
            Some(_) | None => Ok(None),
        },
        Leaf::Has { item, list, wanted_item, wanted } => match (path_of(list), wanted_item) {
            (Some((path, column)), PlanExpr::Param(param)) if !is_document(item) => {
                let value = hole(*param, Fill::Item(typed(item, &scope.label(column))));
                has(&path, *param, value, wanted).map(Some)
            }
            _no_column_and_value => Ok(None),
        },
        Leaf::Search { place: Search::AtStart, subject, part: PlanExpr::Param(param), wanted } => {
            match path_of(subject) {
                Some((path, column)) => starts(&path, *param, &scope.label(column), wanted).map(Some),
                None => Ok(None),
            }
        }
        Leaf::Search { .. } => Ok(None),
        Leaf::Matches { kind, subject, pattern, wanted } => match path_of(subject) {
            Some((path, _)) => {
                let told = op(cstr!("$expr"), holds(scope, &Logic::Leaf(*leaf))?);
                matched(&path, kind, pattern, wanted, told).map(Some)
            }
            None => Ok(None),
        },
        Leaf::Found { subquery, wanted } => found(scope, subquery, wanted).map(Some),
    }
}

pub(super) fn compared(
    scope: &Scope<'_>,
    how: Comparison,
    ty: &FieldType,
    path: &str,
    column: Column,
    other: &PlanExpr,
) -> Result<Option<Template>> {
    // A filter would look into lists and documents, and find what they hold.
    if is_document(ty) {
        return Ok(None);
    }
    let test = |value: Template| {
        Ok(match how {
            // An `_id` alone and without an operator is looked up without a plan.
            Comparison::Eq if path == "_id" => at(path, value)?,
            Comparison::Eq => at(path, op(cstr!("$eq"), value))?,
            Comparison::Ne => at(path, op(cstr!("$nin"), Template::Array(vec![value, null()])))?,
            Comparison::Lt => at(path, op(cstr!("$lt"), value))?,
            Comparison::Le => at(path, op(cstr!("$lte"), value))?,
            Comparison::Gt => at(path, op(cstr!("$gt"), value))?,
            Comparison::Ge => at(path, op(cstr!("$gte"), value))?,
        })
    };
    match other {
        PlanExpr::Param(param) => {
            let value = value(*param, ty, &scope.label(column));
            Ok(Some(choice(Test::IsNull(*param), never(), test(value)?)))
        }
        PlanExpr::Constant(known) => test(truth(*known)).map(Some),
        PlanExpr::Column(_)
        | PlanExpr::Apply { .. }
        | PlanExpr::And(_)
        | PlanExpr::Or(_)
        | PlanExpr::Not(_)
        | PlanExpr::Key(_)
        | PlanExpr::Aggregate(_)
        | PlanExpr::Case(_)
        | PlanExpr::Path(_)
        | PlanExpr::Random
        | PlanExpr::Subquery(_) => Ok(None),
    }
}

pub(super) fn member(path: &str, list: usize, operand: Operand, wanted: bool) -> Result<Template> {
    if wanted {
        return at(path, op(cstr!("$in"), hole(list, Fill::Members(operand))));
    }
    let outside = at(path, op(cstr!("$nin"), hole(list, Fill::MembersAndNull(operand))))?;
    // With a NULL in the list, what is not found may be it.
    Ok(choice(Test::HasNull(list), never(), outside))
}

fn has(path: &str, param: usize, value: Template, wanted: bool) -> Result<Template> {
    let inside = op(cstr!("$elemMatch"), op(cstr!("$eq"), value));
    let test =
        if wanted { inside } else { document([(cstr!("$type"), string("array")), (cstr!("$not"), inside)]) };
    Ok(choice(Test::IsNull(param), never(), at(path, test)?))
}

/// The range of texts with a prefix, which an index serves, or what is outside of it.
pub(super) fn starts(path: &str, param: usize, label: &str, wanted: bool) -> Result<Template> {
    let start = || value(param, &FieldType::Text, label);
    let end = || hole(param, Fill::PrefixEnd);
    let test = |operator: &'static CStr, value: Template| at(path, op(operator, value));
    let (open, closed) = if wanted {
        let range = document([(cstr!("$gte"), start()), (cstr!("$lt"), end())]);
        (test(cstr!("$gte"), start())?, at(path, range)?)
    } else {
        let before = test(cstr!("$lt"), start())?;
        let outside = call(cstr!("$or"), [before.clone(), test(cstr!("$gte"), end())?]);
        (before, outside)
    };
    let known = choice(Test::HasNoEnd(param), open, closed);
    Ok(choice(Test::IsNull(param), never(), known))
}

/// A pattern as a filter, which an index may serve; `told` is the same as an expression, which fails where a search is given
/// up: a filter would find nothing.
fn matched(path: &str, kind: PatternKind, pattern: usize, wanted: bool, told: Template) -> Result<Template> {
    let regex = op(cstr!("$regex"), hole(pattern, Fill::Pattern(kind)));
    let test = if wanted { regex } else { document([(cstr!("$not"), regex), (cstr!("$ne"), null())]) };
    let test = at(path, test)?;
    let test = choice(Test::MayBeGivenUp(pattern, kind), told, test);
    Ok(choice(Test::IsNull(pattern), never(), test))
}
