//! Values in expressions: columns, parameters and what is computed. A value that is NULL is missing or null there.

use std::sync::Arc;

use mongodb::bson::raw::cstr;
use ommi_core::Result;
use ommi_core::plan::{Column, PlanCase, PlanExpr};
use ommi_core::query::Operator;
use ommi_core::schema::FieldType;

use super::arithmetic::{Arithmetic, computed};
use super::function::{self, Part};
use super::groups::{aggregate_name, key_name};
use super::logic::logic;
use super::make::{call, cond, document, literal, misapplied, null, op, string, truth, value};
use super::path;
use super::scope::Scope;
use super::template::Template;
use super::truth::holds;

/// An expression's value. `ty` is its type, `place` the field that an error about a value of it names.
///
/// # Errors
/// `Internal` where the plan contradicts itself.
pub(super) fn operand(scope: &Scope<'_>, expr: &PlanExpr, ty: &FieldType, place: &str) -> Result<Template> {
    match expr {
        PlanExpr::Column(column) => scope.column(*column),
        PlanExpr::Param(param) => Ok(literal(value(*param, ty, place))),
        PlanExpr::Constant(known) => Ok(truth(*known)),
        PlanExpr::Random => Ok(op(cstr!("$rand"), Template::Document(Vec::new()))),
        PlanExpr::Key(place) => Ok(string(format!("${}", key_name(*place)))),
        PlanExpr::Aggregate(place) => Ok(string(format!("${}", aggregate_name(*place)))),
        PlanExpr::Apply { operator, subject, operands } => match kind(*operator) {
            Kind::Arithmetic(operation) => match operands.as_slice() {
                [left, right] => {
                    let left = operand(scope, left, subject, place)?;
                    let right = operand(scope, right, subject, place)?;
                    computed(operation, subject, left, right)
                }
                _ => Err(misapplied(*operator)),
            },
            Kind::Function(function) => match operands.as_slice() {
                [of] => Ok(function(subject, operand(scope, of, subject, place)?)),
                _ => Err(misapplied(*operator)),
            },
            Kind::Round => match operands.as_slice() {
                [of, PlanExpr::Param(digits)] => {
                    Ok(function::round(subject, operand(scope, of, subject, place)?, *digits))
                }
                _ => Err(misapplied(*operator)),
            },
            Kind::Coalesce => {
                let values = operands.iter().map(|value| operand(scope, value, subject, place));
                Ok(op(cstr!("$ifNull"), Template::Array(values.collect::<Result<_>>()?)))
            }
            Kind::Predicate => answer(scope, expr),
        },
        PlanExpr::Case(case) => chosen(scope, case, place),
        PlanExpr::Path(path) => path::value(scope, path, place),
        PlanExpr::And(_) | PlanExpr::Or(_) | PlanExpr::Not(_) | PlanExpr::Subquery(_) => answer(scope, expr),
    }
}

/// A predicate as a value: true, false or null.
fn answer(scope: &Scope<'_>, expr: &PlanExpr) -> Result<Template> {
    let is_true = holds(scope, &logic(expr, true)?)?;
    let is_false = holds(scope, &logic(expr, false)?)?;
    Ok(cond(is_true, truth(true), cond(is_false, truth(false), null())))
}

/// The value of the first condition that holds.
fn chosen(scope: &Scope<'_>, case: &PlanCase, place: &str) -> Result<Template> {
    let branch = |(condition, value): &(PlanExpr, PlanExpr)| {
        let condition = holds(scope, &logic(condition, true)?)?;
        let value = operand(scope, value, &case.ty, place)?;
        Ok(document([(cstr!("case"), condition), (cstr!("then"), value)]))
    };
    let branches = case.branches.iter().map(branch).collect::<Result<_>>()?;
    let otherwise = match &case.otherwise {
        Some(otherwise) => operand(scope, otherwise, &case.ty, place)?,
        None => null(),
    };
    let parts = [(cstr!("branches"), Template::Array(branches)), (cstr!("default"), otherwise)];
    Ok(op(cstr!("$switch"), document(parts)))
}

/// What an operator makes of its operands.
enum Kind {
    Arithmetic(Arithmetic),
    /// Of one operand of some type.
    Function(fn(&FieldType, Template) -> Template),
    Round,
    Coalesce,
    Predicate,
}

fn kind(operator: Operator) -> Kind {
    match operator {
        Operator::Add => Kind::Arithmetic(Arithmetic::Add),
        Operator::Sub => Kind::Arithmetic(Arithmetic::Sub),
        Operator::Mul => Kind::Arithmetic(Arithmetic::Mul),
        Operator::Div => Kind::Arithmetic(Arithmetic::Div),
        Operator::Rem => Kind::Arithmetic(Arithmetic::Rem),
        Operator::Lower => Kind::Function(|_, text| function::lower(text)),
        Operator::Upper => Kind::Function(|_, text| function::upper(text)),
        Operator::Length => Kind::Function(function::length),
        Operator::Trim => Kind::Function(|_, text| function::trim(text)),
        Operator::Abs => Kind::Function(function::abs),
        Operator::Year => Kind::Function(|ty, value| function::part(ty, value, Part::Year)),
        Operator::Month => Kind::Function(|ty, value| function::part(ty, value, Part::Month)),
        Operator::Day => Kind::Function(|ty, value| function::part(ty, value, Part::Day)),
        Operator::Hour => Kind::Function(|ty, value| function::part(ty, value, Part::Hour)),
        Operator::Round => Kind::Round,
        Operator::Coalesce => Kind::Coalesce,
        Operator::Eq
        | Operator::Ne
        | Operator::Lt
        | Operator::Le
        | Operator::Gt
        | Operator::Ge
        | Operator::In
        | Operator::NotIn
        | Operator::Contains
        | Operator::NotContains
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Like
        | Operator::ILike
        | Operator::Regex
        | Operator::Between
        | Operator::IsNull
        | Operator::IsNotNull
        | Operator::IsTrue => Kind::Predicate,
    }
}

/// The field that errors about a neighbour's value name.
pub(super) fn place_of(scope: &Scope<'_>, exprs: &[&PlanExpr]) -> Arc<str> {
    let column = exprs.iter().find_map(|expr| first_column(expr));
    column.map_or_else(|| scope.model_label(), |column| scope.label(column))
}

fn first_column(expr: &PlanExpr) -> Option<Column> {
    match expr {
        PlanExpr::Column(column) => Some(*column),
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
        | PlanExpr::Subquery(_) => expr.parts().into_iter().find_map(first_column),
    }
}

/// Whether computing it twice costs nothing.
pub(super) fn is_cheap(expr: &PlanExpr) -> bool {
    match expr {
        PlanExpr::Column(_)
        | PlanExpr::Param(_)
        | PlanExpr::Constant(_)
        | PlanExpr::Key(_)
        | PlanExpr::Aggregate(_) => true,
        PlanExpr::Apply { .. }
        | PlanExpr::And(_)
        | PlanExpr::Or(_)
        | PlanExpr::Not(_)
        | PlanExpr::Case(_)
        | PlanExpr::Path(_)
        | PlanExpr::Random
        | PlanExpr::Subquery(_) => false,
    }
}

/// Whether it can be null where it is computed: parameters that are NULL were looked at before.
pub(super) fn may_be_null(expr: &PlanExpr) -> bool {
    match expr {
        PlanExpr::Param(_) | PlanExpr::Constant(_) => false,
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
        | PlanExpr::Subquery(_) => true,
    }
}

/// The value, or what stands for none in a function that takes no null.
pub(super) fn or_else(value: Template, otherwise: Template) -> Template {
    call(cstr!("$ifNull"), [value, otherwise])
}
