//! Binding: the values of an operation, checked against its plan, become a statement's parameters.

use ommi_core::driver::{Param, Params};
use ommi_core::plan::ParamType;
use ommi_core::query::{check_ilike, check_regex, parse_like};
use ommi_core::schema::FieldType;
use ommi_core::value::Value;
use ommi_core::{Error, ErrorKind, Result};
use smallvec::SmallVec;

use crate::limits::Limits;
use crate::planner::shape::ValueRef;
use crate::planner::{ParamCheck, Rule};

/// The parameters, in the plan's order.
///
/// # Errors
/// `Validation` naming the model and the field that a value was meant for; `Unsupported` for one that the database
/// cannot hold.
pub(crate) fn bind(checks: &[ParamCheck], values: &[ValueRef<'_>], limits: &Limits) -> Result<Params> {
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
    limits: &Limits,
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
fn param(check: &ParamCheck, value: ValueRef<'_>, limits: &Limits) -> Result<Param> {
    match (&check.ty, value) {
        // The most frequent parameter by far, without a call.
        (ParamType::Scalar(FieldType::Int), ValueRef::Scalar(Value::Int(value)))
            if check.rule != Rule::Digits =>
        {
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

fn scalar(check: &ParamCheck, ty: &FieldType, value: &Value, limits: &Limits) -> Result<Value> {
    match check.rule {
        Rule::Assigned => assigned(check, ty, value, limits),
        Rule::Operand | Rule::Count => {
            let value = value.clone().coerce(ty)?;
            limits.check(&value, ty)?;
            Ok(value)
        }
        Rule::Digits => digits(value),
        Rule::Like => {
            let value = value.clone().coerce(ty)?;
            if let Value::Text(pattern) = &value {
                parse_like(pattern)?;
            }
            Ok(value)
        }
        Rule::ILike => {
            let value = value.clone().coerce(ty)?;
            if let Value::Text(pattern) = &value {
                check_ilike(pattern)?;
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

/// How many digits after the point stay: a float has no more than 15 that are sure.
fn digits(value: &Value) -> Result<Value> {
    match value {
        Value::Int(0..=15) => Ok(value.clone()),
        Value::Int(digits) => {
            Err(Error::validation(format!("`round` keeps 0 to 15 digits after the point, not {digits}")))
        }
        other => Err(Error::validation(format!(
            "`round` takes a number of digits, 0 to 15, and got {}",
            other.kind_name()
        ))),
    }
}

/// What a field is set to: its own rules hold, and those of the indexes that it is in.
fn assigned(check: &ParamCheck, ty: &FieldType, value: &Value, limits: &Limits) -> Result<Value> {
    let field = check.field.and_then(|position| Some((position, check.model.fields().get(position)?)));
    let value = match field {
        Some((_, field)) => field.check(value.clone())?,
        None => value.clone().coerce(ty)?,
    };
    limits.check(&value, ty)?;
    if let (Some((position, _)), Value::Text(_) | Value::Bytes(_) | Value::Decimal(_)) = (field, &value)
        && let Some(longest) = limits.longest(&check.model, position)
    {
        limits.check_length(&value.as_cell(&mut String::new()), longest)?;
    }
    Ok(value)
}

fn list(ty: &FieldType, values: &[Value], limits: &Limits) -> Result<Param> {
    let check = |value: &Value| {
        // Lists may be long: the types that need no look at the value are copied without one.
        if let (FieldType::Int, Value::Int(value)) = (ty, value) {
            return Ok(Value::Int(*value));
        }
        let value = value.clone().coerce(ty)?;
        limits.check(&value, ty)?;
        Ok(value)
    };
    values.iter().map(check).collect::<Result<_>>().map(Param::List)
}

fn place(check: &ParamCheck, error: Error) -> Error {
    let error = error.with_model(check.model.name());
    match check.field.and_then(|field| check.model.fields().get(field)) {
        Some(field) => error.with_field(&field.name),
        None => error,
    }
}
