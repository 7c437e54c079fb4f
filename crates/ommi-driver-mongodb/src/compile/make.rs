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

/// `{$let: {vars, in}}`.
pub(super) fn with<const N: usize>(vars: [(&'static CStr, Template); N], inside: Template) -> Template {
    op(cstr!("$let"), document([(cstr!("vars"), document(vars)), (cstr!("in"), inside)]))
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
