//! Values in expressions: columns, parameters and what is computed. A value that is NULL is missing or null there.

use std::sync::Arc;

use mongodb::bson::raw::cstr;
use ommi_core::Result;
use ommi_core::plan::{Column, PlanExpr};
use ommi_core::query::Operator;
use ommi_core::schema::FieldType;

use super::arithmetic::{Arithmetic, computed};
use super::groups::{aggregate_name, key_name};
use super::logic::logic;
use super::make::{call, cond, literal, misapplied, null, string, truth, value};
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
        PlanExpr::Key(place) => Ok(string(format!("${}", key_name(*place)))),
        PlanExpr::Aggregate(place) => Ok(string(format!("${}", aggregate_name(*place)))),
        PlanExpr::Apply { operator, subject, operands } => match arithmetic(*operator) {
            Some(operation) => match operands.as_slice() {
                [left, right] => {
                    let left = operand(scope, left, subject, place)?;
                    let right = operand(scope, right, subject, place)?;
                    computed(operation, subject, left, right)
                }
                _ => Err(misapplied(*operator)),
            },
            None => answer(scope, expr),
        },
        PlanExpr::And(_) | PlanExpr::Or(_) | PlanExpr::Not(_) => answer(scope, expr),
    }
}

/// A predicate as a value: true, false or null.
fn answer(scope: &Scope<'_>, expr: &PlanExpr) -> Result<Template> {
    let is_true = holds(scope, &logic(expr, true)?)?;
    let is_false = holds(scope, &logic(expr, false)?)?;
    Ok(cond(is_true, truth(true), cond(is_false, truth(false), null())))
}

fn arithmetic(operator: Operator) -> Option<Arithmetic> {
    match operator {
        Operator::Add => Some(Arithmetic::Add),
        Operator::Sub => Some(Arithmetic::Sub),
        Operator::Mul => Some(Arithmetic::Mul),
        Operator::Div => Some(Arithmetic::Div),
        Operator::Rem => Some(Arithmetic::Rem),
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
        | Operator::IsTrue => None,
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
        PlanExpr::Param(_) | PlanExpr::Constant(_) | PlanExpr::Key(_) | PlanExpr::Aggregate(_) => None,
        PlanExpr::Apply { operands, .. } | PlanExpr::And(operands) | PlanExpr::Or(operands) => {
            operands.iter().find_map(first_column)
        }
        PlanExpr::Not(inner) => first_column(inner),
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
        PlanExpr::Apply { .. } | PlanExpr::And(_) | PlanExpr::Or(_) | PlanExpr::Not(_) => false,
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
        | PlanExpr::Aggregate(_) => true,
    }
}

/// The value, or what stands for none in a function that takes no null.
pub(super) fn or_else(value: Template, otherwise: Template) -> Template {
    call(cstr!("$ifNull"), [value, otherwise])
}
