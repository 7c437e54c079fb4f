//! What expressions mean, in plain Rust: one module for each family of operators.

mod aggregate;
mod comparison;
mod function;
mod number;
mod pattern;
mod search;
mod truth;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{BuildHasher, Hasher, RandomState};

use ommi_core::driver::Param;
use ommi_core::plan::{Column, Plan, PlanCase, PlanExpr, PlanPath};
use ommi_core::query::{Operator, letters, value_at};
use ommi_core::value::Value;
use ommi_core::{Error, Result};

use crate::error::broken_plan;
pub(crate) use aggregate::aggregate;
use number::Arithmetic;
pub(crate) use pattern::Patterns;

/// What an expression is evaluated over: one row of each table or one group, the parameters, and the patterns compiled so far.
pub(crate) trait Scope {
    /// The value of a column.
    fn column(&self, column: Column) -> Result<&Value>;
    /// The value of a key of the group.
    fn key(&self, place: usize) -> Result<&Value>;
    /// What was made of the group's rows.
    fn aggregate(&self, place: usize) -> Result<&Value>;
    /// The values that the statement runs with.
    fn params(&self) -> &[Param];
    /// Patterns compiled so far.
    fn patterns(&self) -> &Patterns;
    /// The one value of each row that a subquery finds from here; of a test for existence something for each row.
    fn found(&self, plan: &Plan) -> Result<Vec<Value>>;
}

/// Whether a predicate holds: what is unknown does not.
pub(crate) fn holds(expr: &PlanExpr, scope: &impl Scope) -> Result<bool> {
    Ok(*evaluate(expr, scope)? == Value::Bool(true))
}

/// An expression's value. Conjunctions and disjunctions are looked at from the left, and no further than to the part
/// that decides; whether a part after it would have failed does not matter.
pub(crate) fn evaluate<'a>(expr: &'a PlanExpr, scope: &'a impl Scope) -> Result<Cow<'a, Value>> {
    let value = match expr {
        PlanExpr::Column(column) => return scope.column(*column).map(Cow::Borrowed),
        PlanExpr::Param(param) => return scalar(*param, scope).map(Cow::Borrowed),
        PlanExpr::Key(place) => return scope.key(*place).map(Cow::Borrowed),
        PlanExpr::Aggregate(place) => return scope.aggregate(*place).map(Cow::Borrowed),
        PlanExpr::Constant(known) => Value::Bool(*known),
        PlanExpr::Random => Value::Int(by_chance()),
        PlanExpr::And(parts) => truth::all(parts.iter().map(|part| evaluate(part, scope)))?,
        PlanExpr::Or(parts) => truth::any(parts.iter().map(|part| evaluate(part, scope)))?,
        PlanExpr::Not(inner) => truth::not(evaluate(inner, scope)?.as_ref())?,
        PlanExpr::Apply { operator: Operator::Coalesce, operands, .. } => {
            return first_known(operands, scope);
        }
        PlanExpr::Apply { operator, operands, .. } => apply(*operator, operands, scope)?,
        PlanExpr::Case(case) => return chosen(case, scope),
        PlanExpr::Path(path) => inside(path, scope)?,
        PlanExpr::Subquery(subquery) => {
            let found = scope.found(&subquery.plan)?;
            match &subquery.member {
                Some(member) => comparison::member(evaluate(&member.expr, scope)?.as_ref(), &found),
                None => Value::Bool(!found.is_empty()),
            }
        }
    };
    Ok(Cow::Owned(value))
}

/// What a path leads to in a nested value.
fn inside(path: &PlanPath, scope: &impl Scope) -> Result<Value> {
    match evaluate(&path.subject, scope)?.as_ref() {
        Value::Json(document) => value_at(document, &path.keys, &path.ty),
        _nothing_nested => Ok(Value::Null),
    }
}

/// A number by chance: each of the library's hashers has keys of its own.
fn by_chance() -> i64 {
    RandomState::new().build_hasher().finish() as i64
}

/// The first value that is not NULL; what comes after it is not looked at.
fn first_known<'a>(exprs: &'a [PlanExpr], scope: &'a impl Scope) -> Result<Cow<'a, Value>> {
    for expr in exprs {
        let value = evaluate(expr, scope)?;
        if !value.is_null() {
            return Ok(value);
        }
    }
    Ok(Cow::Owned(Value::Null))
}

/// The value of the first condition that holds; no other one is looked at.
fn chosen<'a>(case: &'a PlanCase, scope: &'a impl Scope) -> Result<Cow<'a, Value>> {
    for (condition, value) in &case.branches {
        if holds(condition, scope)? {
            return evaluate(value, scope);
        }
    }
    match &case.otherwise {
        Some(otherwise) => evaluate(otherwise, scope),
        None => Ok(Cow::Owned(Value::Null)),
    }
}

fn evaluate_each<'a>(exprs: &'a [PlanExpr], scope: &'a impl Scope) -> Result<Vec<Cow<'a, Value>>> {
    exprs.iter().map(|expr| evaluate(expr, scope)).collect()
}

fn apply(operator: Operator, operands: &[PlanExpr], scope: &impl Scope) -> Result<Value> {
    match (operator, operands) {
        (Operator::In, [subject, PlanExpr::Param(list)]) => {
            Ok(comparison::member(evaluate(subject, scope)?.as_ref(), self::list(*list, scope)?))
        }
        (Operator::NotIn, [subject, PlanExpr::Param(list)]) => {
            truth::not(&comparison::member(evaluate(subject, scope)?.as_ref(), self::list(*list, scope)?))
        }
        (operator, operands) => match evaluate_each(operands, scope)?.as_slice() {
            [subject] => one(operator, subject),
            [left, right] => two(operator, left, right, scope.patterns()),
            [subject, low, high] if operator == Operator::Between => {
                Ok(comparison::between(subject, low, high))
            }
            _ => Err(misapplied(operator)),
        },
    }
}

fn one(operator: Operator, subject: &Value) -> Result<Value> {
    match operator {
        Operator::IsNull => Ok(Value::Bool(subject.is_null())),
        Operator::IsNotNull => Ok(Value::Bool(!subject.is_null())),
        Operator::IsTrue => Ok(Value::Bool(*subject == Value::Bool(true))),
        Operator::Lower => function::mapped(operator, subject, letters::small),
        Operator::Upper => function::mapped(operator, subject, letters::capital),
        Operator::Length => function::length(subject),
        Operator::Trim => function::text(operator, subject, function::trimmed),
        Operator::Abs => function::absolute(subject),
        Operator::Year => function::of_date(operator, subject, |date| date.year()),
        Operator::Month => function::of_date(operator, subject, |date| date.month().into()),
        Operator::Day => function::of_date(operator, subject, |date| date.day().into()),
        Operator::Hour => function::of_time(operator, subject, |time| time.hour().into()),
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
        | Operator::Add
        | Operator::Sub
        | Operator::Mul
        | Operator::Div
        | Operator::Rem
        | Operator::Round
        | Operator::Coalesce => Err(misapplied(operator)),
    }
}

/// With a NULL on either side the outcome is unknown.
fn two(operator: Operator, left: &Value, right: &Value, patterns: &Patterns) -> Result<Value> {
    if left.is_null() || right.is_null() {
        return Ok(Value::Null);
    }
    match operator {
        Operator::Eq => Ok(comparison::compared(left, right, Ordering::is_eq)),
        Operator::Ne => Ok(comparison::compared(left, right, Ordering::is_ne)),
        Operator::Lt => Ok(comparison::compared(left, right, Ordering::is_lt)),
        Operator::Le => Ok(comparison::compared(left, right, Ordering::is_le)),
        Operator::Gt => Ok(comparison::compared(left, right, Ordering::is_gt)),
        Operator::Ge => Ok(comparison::compared(left, right, Ordering::is_ge)),
        Operator::Contains => search::contains(left, right),
        Operator::NotContains => truth::not(&search::contains(left, right)?),
        Operator::StartsWith => search::in_text(left, right, |text, part| text.starts_with(part)),
        Operator::EndsWith => search::in_text(left, right, |text, part| text.ends_with(part)),
        Operator::Like => pattern::like(left, right),
        Operator::ILike => patterns.ilike(left, right),
        Operator::Regex => patterns.regex(left, right),
        Operator::Add => number::computed(Arithmetic::Add, left, right),
        Operator::Sub => number::computed(Arithmetic::Sub, left, right),
        Operator::Mul => number::computed(Arithmetic::Mul, left, right),
        Operator::Div => number::computed(Arithmetic::Div, left, right),
        Operator::Rem => number::computed(Arithmetic::Rem, left, right),
        Operator::Round => function::rounded(left, right),
        Operator::In
        | Operator::NotIn
        | Operator::Between
        | Operator::IsNull
        | Operator::IsNotNull
        | Operator::IsTrue
        | Operator::Lower
        | Operator::Upper
        | Operator::Length
        | Operator::Trim
        | Operator::Abs
        | Operator::Year
        | Operator::Month
        | Operator::Day
        | Operator::Hour
        | Operator::Coalesce => Err(misapplied(operator)),
    }
}

fn scalar(param: usize, scope: &impl Scope) -> Result<&Value> {
    match scope.params().get(param) {
        Some(Param::Scalar(value)) => Ok(value),
        Some(Param::List(_)) | None => Err(broken_plan("a parameter is missing or a list")),
    }
}

fn list(param: usize, scope: &impl Scope) -> Result<&[Value]> {
    match scope.params().get(param) {
        Some(Param::List(values)) => Ok(values),
        Some(Param::Scalar(_)) | None => Err(broken_plan("a list of values is missing or one value")),
    }
}

/// An operator over operands that the planner gives to none.
fn misapplied(operator: Operator) -> Error {
    broken_plan(format!("`{}` was given operands that it has no meaning for", operator.name()))
}

/// Values that the planner brings together nowhere.
fn mismatched(left: &Value, right: &Value) -> Error {
    Error::query(format!("{} was met beside {}", left.kind_name(), right.kind_name()))
}
