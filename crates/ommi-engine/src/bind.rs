//! Binding: the values of an operation, checked against its plan, become a statement's parameters.

use ommi_core::driver::{Param, Params};
use ommi_core::plan::ParamType;
use ommi_core::query::{check_regex, parse_like};
use ommi_core::schema::FieldType;
use ommi_core::value::Value;
use ommi_core::{Error, ErrorKind, Result};
use smallvec::SmallVec;

use crate::planner::shape::ValueRef;
use crate::planner::{ParamCheck, Rule};

/// What a database cannot store and the engine therefore refuses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Floats may be NaN.
    pub(crate) float_nan: bool,
}

/// The parameters, in the plan's order.
///
/// # Errors
/// `Validation` naming the model and the field that a value was meant for.
pub(crate) fn bind(checks: &[ParamCheck], values: &[ValueRef<'_>], limits: Limits) -> Result<Params> {
    if checks.len() != values.len() {
        let message =
            format!("the plan has {} parameters and the operation {} values", checks.len(), values.len());
        return Err(Error::new(ErrorKind::Internal, message));
    }
    checks.iter().zip(values).map(|(check, value)| param(check, *value, limits)).collect()
}

/// As [`bind`], into a place that the caller has.
#[inline]
pub(crate) fn bind_into(
    params: &mut ShortParams,
    checks: &[ParamCheck],
    values: &[ValueRef<'_>],
    limits: Limits,
) -> Result<()> {
    if checks.len() != values.len() {
        return bind(checks, values, limits).map(drop);
    }
    for (check, value) in checks.iter().zip(values) {
        params.push(param(check, *value, limits)?);
    }
    Ok(())
}

/// A few parameters, without an allocation.
pub(crate) type ShortParams = SmallVec<[Param; 3]>;

#[inline]
fn param(check: &ParamCheck, value: ValueRef<'_>, limits: Limits) -> Result<Param> {
    match (&check.ty, value) {
        // The most frequent parameter by far, without a call.
        (ParamType::Scalar(FieldType::Int), ValueRef::Scalar(Value::Int(value))) => {
            Ok(Param::Scalar(Value::Int(*value)))
        }
        (ParamType::Scalar(ty), ValueRef::Scalar(value)) => {
            scalar(check, ty, value, limits).map(Param::Scalar).map_err(|error| place(check, error))
        }
        (ParamType::List(ty), ValueRef::List(values)) => {
            list(ty, values, limits).map_err(|error| place(check, error))
        }
        // More rows than an i64 counts are all rows.
        (ParamType::Scalar(_), ValueRef::Count(count)) => {
            Ok(Param::Scalar(Value::Int(i64::try_from(count).unwrap_or(i64::MAX))))
        }
        (ParamType::Scalar(_), ValueRef::List(_))
        | (ParamType::List(_), ValueRef::Scalar(_) | ValueRef::Count(_)) => {
            Err(Error::new(ErrorKind::Internal, "a value and its parameter differ in kind"))
        }
    }
}

fn scalar(check: &ParamCheck, ty: &FieldType, value: &Value, limits: Limits) -> Result<Value> {
    check_nan(value, limits)?;
    match check.rule {
        Rule::Assigned => match check.field.and_then(|field| check.model.fields().get(field)) {
            Some(field) => field.check(value.clone()),
            None => value.clone().coerce(ty),
        },
        Rule::Operand | Rule::Count => value.clone().coerce(ty),
        Rule::Like => {
            let value = value.clone().coerce(ty)?;
            if let Value::Text(pattern) = &value {
                parse_like(pattern)?;
            }
            Ok(value)
        }
        Rule::Regex => {
            let value = value.clone().coerce(ty)?;
            if let Value::Text(pattern) = &value {
                check_regex(pattern)?;
            }
            Ok(value)
        }
    }
}

fn list(ty: &FieldType, values: &[Value], limits: Limits) -> Result<Param> {
    let check = |value: &Value| {
        // Lists may be long: the types that need no look at the value are copied without one.
        if let (FieldType::Int, Value::Int(value)) = (ty, value) {
            return Ok(Value::Int(*value));
        }
        check_nan(value, limits)?;
        value.clone().coerce(ty)
    };
    values.iter().map(check).collect::<Result<_>>().map(Param::List)
}

fn check_nan(value: &Value, limits: Limits) -> Result<()> {
    match value {
        Value::Float(float) if float.is_nan() && !limits.float_nan => Err(nan_unsupported()),
        _any_other_value => Ok(()),
    }
}

/// The refusal of NaN by databases that would make it NULL.
pub(crate) fn nan_unsupported() -> Error {
    Error::unsupported(
        "this database cannot hold NaN, which it would turn into NULL; use NULL or leave it out",
    )
}

fn place(check: &ParamCheck, error: Error) -> Error {
    let error = error.with_model(check.model.name());
    match check.field.and_then(|field| check.model.fields().get(field)) {
        Some(field) => error.with_field(&field.name),
        None => error,
    }
}
