//! Predicates as expressions: true where the predicate holds, false where it does not or is unknown.

use mongodb::bson::raw::{CStr, cstr};
use ommi_core::Result;
use ommi_core::plan::PlanExpr;
use ommi_core::schema::FieldType;

use super::bytes::check_order;
use super::logic::{Comparison, Leaf, Logic, Search};
use super::make::{
    call, choice, cond, document, hole, int, literal, null, op, string, truth, typed, variable, with,
};
use super::operand::{is_cheap, may_be_null, operand, or_else, place_of};
use super::pattern::PatternKind;
use super::same;
use super::scope::{Scope, is_document, is_known, is_there};
use super::subquery::found_here;
use super::template::{Fill, Template, Test};

/// Whether it holds.
///
/// # Errors
/// `Unsupported` for what MongoDB cannot compare; `Internal` where the plan contradicts itself.
pub(super) fn holds(scope: &Scope<'_>, logic: &Logic<'_>) -> Result<Template> {
    let all = |parts: &[Logic<'_>]| parts.iter().map(|part| holds(scope, part)).collect::<Result<Vec<_>>>();
    match logic {
        Logic::Known(known) => Ok(truth(*known)),
        Logic::All(parts) => Ok(op(cstr!("$and"), Template::Array(all(parts)?))),
        Logic::Any(parts) => Ok(op(cstr!("$or"), Template::Array(all(parts)?))),
        Logic::Not(inner) => Ok(not(holds(scope, inner)?)),
        Logic::Leaf(leaf) => leaf_holds(scope, leaf),
    }
}

fn leaf_holds(scope: &Scope<'_>, leaf: &Leaf<'_>) -> Result<Template> {
    match *leaf {
        Leaf::Compared { how, ty, left, right } => compared(scope, how, ty, left, right),
        Leaf::Null { ty, subject, wanted } => {
            let place = place_of(scope, &[subject]);
            let subject = operand(scope, subject, ty, &place)?;
            let is_there = is_there(ty, subject);
            Ok(if wanted { not(is_there) } else { is_there })
        }
        Leaf::Member { ty, subject, list, wanted } => member(scope, ty, subject, list, wanted),
        Leaf::Has { item, list, wanted_item, wanted } => has(scope, item, list, wanted_item, wanted),
        Leaf::Search { place, subject, part, wanted } => searched(scope, place, subject, part, wanted),
        Leaf::Matches { kind, subject, pattern, wanted } => matched(scope, kind, subject, pattern, wanted),
        Leaf::Found { subquery, wanted } => Ok(found_here(scope, subquery, wanted)),
    }
}

/// A comparison of known values. MongoDB takes null for smaller than every value and equal to itself, so that one look
/// at the operand that would pass as smaller is enough.
fn compared(
    scope: &Scope<'_>,
    how: Comparison,
    ty: &FieldType,
    left: &PlanExpr,
    right: &PlanExpr,
) -> Result<Template> {
    check_order(how, ty)?;
    let place = place_of(scope, &[left, right]);
    if is_document(ty) {
        match (left, right) {
            (subject, PlanExpr::Param(param)) | (PlanExpr::Param(param), subject) => {
                return same(scope, ty, subject, *param, how == Comparison::Eq);
            }
            _two_columns => return same_columns(scope, ty, left, right, how == Comparison::Eq),
        }
    }
    let test = |left_value: Template, right_value: Template| {
        let mut parts = Vec::with_capacity(3);
        let (left_first, right_first) = match how {
            Comparison::Lt | Comparison::Le => (true, false),
            Comparison::Gt | Comparison::Ge => (false, true),
            Comparison::Ne => (true, true),
            // One that is known is equal to none that is not.
            Comparison::Eq if may_be_null(left) && may_be_null(right) => (true, false),
            Comparison::Eq => (false, false),
        };
        if left_first && may_be_null(left) {
            parts.push(is_there(ty, left_value.clone()));
        }
        if right_first && may_be_null(right) {
            parts.push(is_there(ty, right_value.clone()));
        }
        parts.push(call(sign(how), [left_value, right_value]));
        match parts.len() {
            1 => parts.swap_remove(0),
            _ => op(cstr!("$and"), Template::Array(parts)),
        }
    };
    let left_value = operand(scope, left, ty, &place)?;
    let right_value = operand(scope, right, ty, &place)?;
    let test = if is_cheap(left) && is_cheap(right) {
        test(left_value, right_value)
    } else {
        let vars = [(cstr!("l"), left_value), (cstr!("r"), right_value)];
        with(vars, test(variable("l"), variable("r")))
    };
    Ok(unless_null(&[left, right], test))
}

/// Whether a nested value is the same as a parameter, or as one of a list.
fn same(
    scope: &Scope<'_>,
    ty: &FieldType,
    subject: &PlanExpr,
    param: usize,
    wanted: bool,
) -> Result<Template> {
    let place = place_of(scope, &[subject]);
    let is_same = hole(param, Fill::Same(typed(ty, &place)));
    let test =
        if wanted { is_same } else { call(cstr!("$and"), [is_there(ty, variable("l")), not(is_same)]) };
    let test = with([(same::SUBJECT, operand(scope, subject, ty, &place)?)], test);
    Ok(unless_null(&[subject, &PlanExpr::Param(param)], test))
}

/// Whether two computed nested values are the same.
fn same_columns(
    scope: &Scope<'_>,
    ty: &FieldType,
    left: &PlanExpr,
    right: &PlanExpr,
    wanted: bool,
) -> Result<Template> {
    let place = place_of(scope, &[left, right]);
    let is_same = Template::Fixed(same::of_any_depth());
    let mut parts = vec![is_there(ty, variable("l")), is_there(ty, variable("r"))];
    parts.push(if wanted { is_same } else { not(is_same) });
    let vars = [
        (same::SUBJECT, operand(scope, left, ty, &place)?),
        (same::OTHER, operand(scope, right, ty, &place)?),
    ];
    Ok(with(vars, op(cstr!("$and"), Template::Array(parts))))
}

fn sign(how: Comparison) -> &'static CStr {
    match how {
        Comparison::Eq => cstr!("$eq"),
        Comparison::Ne => cstr!("$ne"),
        Comparison::Lt => cstr!("$lt"),
        Comparison::Le => cstr!("$lte"),
        Comparison::Gt => cstr!("$gt"),
        Comparison::Ge => cstr!("$gte"),
    }
}

fn member(
    scope: &Scope<'_>,
    ty: &FieldType,
    subject: &PlanExpr,
    list: usize,
    wanted: bool,
) -> Result<Template> {
    if is_document(ty) {
        let test = same(scope, ty, subject, list, wanted)?;
        return Ok(if wanted { test } else { choice(Test::HasNull(list), truth(false), test) });
    }
    let place = place_of(scope, &[subject]);
    let subject_value = operand(scope, subject, ty, &place)?;
    let members = literal(hole(list, Fill::Members(typed(ty, &place))));
    let test = if wanted {
        call(cstr!("$in"), [subject_value, members])
    } else {
        let outside = |value: Template| {
            let inside = call(cstr!("$in"), [value.clone(), members.clone()]);
            call(cstr!("$and"), [is_known(value), not(inside)])
        };
        let test = if is_cheap(subject) {
            outside(subject_value)
        } else {
            with([(cstr!("l"), subject_value)], outside(variable("l")))
        };
        // With a NULL in the list, what is not found may be it.
        choice(Test::HasNull(list), truth(false), test)
    };
    Ok(unless_null(&[subject], test))
}

fn has(
    scope: &Scope<'_>,
    item: &FieldType,
    list: &PlanExpr,
    wanted_item: &PlanExpr,
    wanted: bool,
) -> Result<Template> {
    let place = place_of(scope, &[list]);
    let list_type = FieldType::List(Box::new(item.clone()));
    let list_value = operand(scope, list, &list_type, &place)?;
    let item_value = if let PlanExpr::Param(param) = wanted_item {
        literal(hole(*param, Fill::Item(typed(item, &place))))
    } else {
        operand(scope, wanted_item, item, &place)?
    };
    let inside =
        call(cstr!("$in"), [item_value.clone(), or_else(list_value.clone(), Template::Array(Vec::new()))]);
    let mut parts = Vec::new();
    if may_be_null(wanted_item) {
        parts.push(is_known(item_value));
    }
    if wanted {
        parts.push(inside);
    } else {
        parts.extend([is_known(list_value), not(inside)]);
    }
    Ok(unless_null(&[list, wanted_item], op(cstr!("$and"), Template::Array(parts))))
}

/// By the place of the part: null where the subject is, -1 where it does not occur.
fn searched(
    scope: &Scope<'_>,
    search: Search,
    subject: &PlanExpr,
    part: &PlanExpr,
    wanted: bool,
) -> Result<Template> {
    let place = place_of(scope, &[subject, part]);
    let subject_value = operand(scope, subject, &FieldType::Text, &place)?;
    let part_value = operand(scope, part, &FieldType::Text, &place)?;
    let found = |subject: Template, part: Template| {
        let mut operands = vec![subject.clone(), part.clone()];
        if search == Search::AtEnd {
            let length = |text: Template| op(cstr!("$strLenBytes"), or_else(text, string("")));
            let start = call(cstr!("$subtract"), [length(subject), length(part)]);
            operands.push(call(cstr!("$max"), [int(0), start]));
        }
        let at = op(cstr!("$indexOfBytes"), Template::Array(operands));
        match (search, wanted) {
            (Search::Anywhere | Search::AtEnd, true) => call(cstr!("$gte"), [at, int(0)]),
            (Search::Anywhere | Search::AtEnd, false) => call(cstr!("$eq"), [at, int(-1)]),
            (Search::AtStart, true) => call(cstr!("$eq"), [at, int(0)]),
            (Search::AtStart, false) => {
                let elsewhere = Template::Array(vec![null(), int(0)]);
                not(call(cstr!("$in"), [at, elsewhere]))
            }
        }
    };
    let test = if is_cheap(subject) && is_cheap(part) && !may_be_null(part) {
        found(subject_value, part_value)
    } else {
        // The function refuses a part that is null.
        let test = cond(is_known(variable("r")), found(variable("l"), variable("r")), truth(false));
        with([(cstr!("l"), subject_value), (cstr!("r"), part_value)], test)
    };
    Ok(unless_null(&[subject, part], test))
}

/// What is null is matched by nothing.
fn matched(
    scope: &Scope<'_>,
    kind: PatternKind,
    subject: &PlanExpr,
    pattern: usize,
    wanted: bool,
) -> Result<Template> {
    let place = place_of(scope, &[subject]);
    let subject_value = operand(scope, subject, &FieldType::Text, &place)?;
    let matches = |value: Template| {
        let regex = literal(hole(pattern, Fill::Pattern(kind)));
        op(cstr!("$regexMatch"), document([(cstr!("input"), value), (cstr!("regex"), regex)]))
    };
    let test = if wanted {
        matches(subject_value)
    } else {
        let test = call(cstr!("$and"), [is_known(variable("l")), not(matches(variable("l")))]);
        with([(cstr!("l"), subject_value)], test)
    };
    Ok(unless_null(&[subject, &PlanExpr::Param(pattern)], test))
}

pub(super) fn not(test: Template) -> Template {
    call(cstr!("$not"), [test])
}

/// False where one of these operands is a parameter that is NULL.
fn unless_null(operands: &[&PlanExpr], test: Template) -> Template {
    operands.iter().fold(test, |test, operand| match operand {
        PlanExpr::Param(param) => choice(Test::IsNull(*param), truth(false), test),
        PlanExpr::Column(_)
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
        | PlanExpr::Subquery(_) => test,
    })
}
