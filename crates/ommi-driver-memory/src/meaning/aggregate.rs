//! What is made of the values of many rows.

use std::collections::BTreeSet;

use bigdecimal::BigDecimal;
use ommi_core::plan::PlanAggregate;
use ommi_core::query::Function;
use ommi_core::value::Value;
use ommi_core::{Error, Result};

use super::number::quotient;
use crate::data::{Sorted, compare};
use crate::error::broken_plan;

/// The outcome of an aggregate over values, of which those that are NULL do not take part.
pub(crate) fn aggregate(made: &PlanAggregate, mut values: Vec<Value>) -> Result<Value> {
    values.retain(|value| !value.is_null());
    if made.distinct {
        let mut seen = BTreeSet::new();
        values.retain(|value| seen.insert(Sorted(value.clone())));
    }
    match made.function {
        Function::Count => Ok(Value::Int(i64::try_from(values.len()).unwrap_or(i64::MAX))),
        Function::Sum => sum(&values),
        Function::Avg => mean(&values),
        Function::Min => Ok(values.into_iter().min_by(compare).unwrap_or(Value::Null)),
        Function::Max => Ok(values.into_iter().max_by(compare).unwrap_or(Value::Null)),
    }
}

/// The numbers of one type.
enum Numbers {
    None,
    /// Their exact sum: what 2^63 rows hold fits.
    Ints(i128),
    Floats(f64),
    Decimals(BigDecimal),
}

fn added(values: &[Value]) -> Result<Numbers> {
    let mut sum = Numbers::None;
    for value in values {
        sum = match (sum, value) {
            (Numbers::None, Value::Int(value)) => Numbers::Ints((*value).into()),
            (Numbers::Ints(sum), Value::Int(value)) => Numbers::Ints(sum + i128::from(*value)),
            (Numbers::None, Value::Float(value)) => Numbers::Floats(*value),
            (Numbers::Floats(sum), Value::Float(value)) => Numbers::Floats(sum + value),
            (Numbers::None, Value::Decimal(value)) => Numbers::Decimals(value.clone()),
            (Numbers::Decimals(sum), Value::Decimal(value)) => Numbers::Decimals(sum + value),
            (Numbers::None | Numbers::Ints(_) | Numbers::Floats(_) | Numbers::Decimals(_), other) => {
                return Err(broken_plan(format!("{} was to be summed", other.kind_name())));
            }
        };
    }
    Ok(sum)
}

fn sum(values: &[Value]) -> Result<Value> {
    match added(values)? {
        Numbers::None => Ok(Value::Null),
        Numbers::Ints(sum) => {
            let sum = i64::try_from(sum).map(Value::Int);
            sum.map_err(|_| Error::query("integer overflow: the sum does not fit in 64 bits"))
        }
        Numbers::Floats(sum) => {
            let is_infinite = |value: &Value| matches!(value, Value::Float(value) if value.is_infinite());
            if sum.is_infinite() && !values.iter().any(is_infinite) {
                return Err(Error::query("float overflow: the sum is greater than any float"));
            }
            Ok(number(sum))
        }
        Numbers::Decimals(sum) => Ok(sum.into()),
    }
}

fn mean(values: &[Value]) -> Result<Value> {
    let count = values.len();
    match added(values)? {
        Numbers::None => Ok(Value::Null),
        Numbers::Ints(sum) => Ok(number(sum as f64 / count as f64)),
        Numbers::Floats(_) => match sum(values)? {
            Value::Float(sum) => Ok(number(sum / count as f64)),
            other => Ok(other),
        },
        Numbers::Decimals(sum) => Ok(quotient(&sum, &BigDecimal::from(count as u64)).into()),
    }
}

/// What is no number is unknown: not every database has a word for it.
fn number(value: f64) -> Value {
    if value.is_nan() { Value::Null } else { Value::Float(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(function: Function, values: &[Value]) -> Result<Value> {
        aggregate(&PlanAggregate { function, subject: None, distinct: false, filter: None }, values.to_vec())
    }

    #[test]
    fn nothing_is_counted_and_is_otherwise_unknown() {
        for values in [&[][..], &[Value::Null, Value::Null]] {
            assert_eq!(made(Function::Count, values).unwrap(), Value::Int(0));
            for function in [Function::Sum, Function::Avg, Function::Min, Function::Max] {
                assert_eq!(made(function, values).unwrap(), Value::Null);
            }
        }
    }

    #[test]
    fn a_sum_of_integers_fits_as_a_whole_or_is_an_error() {
        let (most, one) = (Value::Int(i64::MAX), Value::Int(1));
        assert_eq!(
            made(Function::Sum, &[most.clone(), one.clone(), Value::Int(-1)]).unwrap(),
            Value::Int(i64::MAX)
        );
        assert!(made(Function::Sum, &[most.clone(), one.clone()]).is_err());
        assert_eq!(made(Function::Avg, &[most, one]).unwrap(), Value::Float(4_611_686_018_427_387_904.0));
    }

    #[test]
    fn what_is_equal_takes_part_once_where_that_is_asked() {
        let distinct = PlanAggregate { function: Function::Sum, subject: None, distinct: true, filter: None };
        let values = [2, 2, 3].map(Value::Int).to_vec();
        assert_eq!(aggregate(&distinct, values).unwrap(), Value::Int(5));
    }
}
