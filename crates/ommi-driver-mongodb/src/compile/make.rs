//! Short names for what templates are made of.

use mongodb::bson::RawBson;
use mongodb::bson::raw::{CStr, CString, cstr};
use ommi_core::Result;
use ommi_core::schema::FieldType;

use super::template::{Choice, Fill, Hole, Key, Operand, Template, Test};
use crate::program::broken_plan;

/// A key that is known here.
pub(super) fn known(key: &'static CStr) -> Key {
    Key::Borrowed(key)
}

/// A key that is a name of a user's.
///
/// # Errors
/// `Validation` for a NUL in it.
pub(super) fn named(name: &str) -> Result<Key> {
    let name = CString::try_from(name).map_err(|_| {
        ommi_core::Error::validation(format!(
            "the column {name:?} has a NUL in its name, which BSON cannot hold"
        ))
    })?;
    Ok(Key::Owned(name))
}

/// `{operator: operand}`.
pub(super) fn op(operator: &'static CStr, operand: Template) -> Template {
    Template::Document(vec![(known(operator), operand)])
}

/// `{operator: [operands]}`.
pub(super) fn call<const N: usize>(operator: &'static CStr, operands: [Template; N]) -> Template {
    op(operator, Template::Array(operands.into()))
}

pub(super) fn document<const N: usize>(parts: [(&'static CStr, Template); N]) -> Template {
    Template::Document(parts.into_iter().map(|(key, part)| (known(key), part)).collect())
}

/// `{path: test}`.
pub(super) fn at(path: &str, test: Template) -> Result<Template> {
    Ok(Template::Document(vec![(named(path)?, test)]))
}

pub(super) fn string(text: impl Into<String>) -> Template {
    Template::Fixed(RawBson::String(text.into()))
}

pub(super) fn int(number: i32) -> Template {
    Template::Fixed(RawBson::Int32(number))
}

pub(super) fn truth(value: bool) -> Template {
    Template::Fixed(RawBson::Boolean(value))
}

pub(super) fn null() -> Template {
    Template::Fixed(RawBson::Null)
}

/// A variable of `$let` or of `let`.
pub(super) fn variable(name: &str) -> Template {
    string(format!("$${name}"))
}

/// `{$cond: [test, yes, no]}`.
pub(super) fn cond(test: Template, yes: Template, no: Template) -> Template {
    call(cstr!("$cond"), [test, yes, no])
}

/// More than so many `$let`, each in a variable of the next, are not written: MongoDB 7.0 takes twice as long to
/// understand each of them as the one inside it, and is busy for minutes with thirty.
const MAX_LETS: usize = 4;

/// `{$let: {vars, in}}`, or the same by other means where it would be too deep in others.
pub(super) fn with<const N: usize>(vars: [(&'static CStr, Template); N], inside: Template) -> Template {
    if vars.iter().any(|(_, value)| lets(value) >= MAX_LETS) {
        return vars.into_iter().rev().fold(inside, |inside, (name, value)| by_map(name, value, inside));
    }
    op(cstr!("$let"), document([(cstr!("vars"), document(vars)), (cstr!("in"), inside)]))
}

/// What a list of one value becomes, which costs the server no more than the value.
fn by_map(name: &'static CStr, value: Template, inside: Template) -> Template {
    let map = document([
        (cstr!("input"), Template::Array(vec![value])),
        (cstr!("as"), string(name.as_str())),
        (cstr!("in"), inside),
    ]);
    op(cstr!("$first"), op(cstr!("$map"), map))
}

/// How many `$let` are in one another at the deepest.
fn lets(template: &Template) -> usize {
    match template {
        Template::Nothing | Template::Fixed(_) | Template::Hole(_) => 0,
        Template::Array(parts) => parts.iter().map(lets).max().unwrap_or(0),
        Template::Document(parts) => {
            let deepest = parts.iter().map(|(_, part)| lets(part)).max().unwrap_or(0);
            deepest + usize::from(parts.iter().any(|(key, _)| key.as_str() == "$let"))
        }
        Template::Choice(choice) => lets(&choice.yes).max(lets(&choice.no)),
    }
}

/// One of two, by a value.
pub(super) fn choice(test: Test, yes: Template, no: Template) -> Template {
    Template::Choice(Box::new(Choice { test, yes, no }))
}

pub(super) fn hole(param: usize, fill: Fill) -> Template {
    Template::Hole(Hole { param, fill })
}

/// A value where MongoDB reads a value.
pub(super) fn value(param: usize, ty: &FieldType, place: &str) -> Template {
    hole(param, Fill::Value(typed(ty, place)))
}

/// A value in an expression, where a text could be a path and a document an operator.
pub(super) fn literal(value: Template) -> Template {
    op(cstr!("$literal"), value)
}

/// The type of a value, and the field that an error about it names.
pub(super) fn typed(ty: &FieldType, place: &str) -> Operand {
    Operand { ty: ty.clone(), place: place.into() }
}

/// A filter that no document passes: MongoDB does not look at any.
pub(super) fn never() -> Template {
    document([(cstr!("_id"), op(cstr!("$in"), Template::Array(Vec::new())))])
}

/// A filter that every document passes.
pub(super) fn always() -> Template {
    Template::Document(Vec::new())
}

/// An operator over operands that the planner gives to none.
pub(super) fn misapplied(operator: ommi_core::query::Operator) -> ommi_core::Error {
    broken_plan(format!("`{}` was given operands that it has no meaning for", operator.name()))
}
