//! SQL's logic of true, false and unknown.

use std::borrow::Cow;

use ommi_core::Result;
use ommi_core::value::Value;

use crate::error::broken_plan;

/// False where one is false; else unknown where one is unknown.
pub(super) fn all<'a>(parts: impl Iterator<Item = Result<Cow<'a, Value>>>) -> Result<Value> {
    decided_by(false, parts)
}

/// True where one is true; else unknown where one is unknown.
pub(super) fn any<'a>(parts: impl Iterator<Item = Result<Cow<'a, Value>>>) -> Result<Value> {
    decided_by(true, parts)
}

fn decided_by<'a>(decisive: bool, parts: impl Iterator<Item = Result<Cow<'a, Value>>>) -> Result<Value> {
    let mut outcome = Some(!decisive);
    for part in parts {
        match truth(part?.as_ref())? {
            Some(truth) if truth == decisive => return Ok(Value::Bool(decisive)),
            Some(_) => {}
            None => outcome = None,
        }
    }
    Ok(known(outcome))
}

/// The opposite; unknown stays unknown.
pub(super) fn not(value: &Value) -> Result<Value> {
    Ok(known(truth(value)?.map(|truth| !truth)))
}

fn truth(value: &Value) -> Result<Option<bool>> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(value) => Ok(Some(*value)),
        Value::Int(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::Bytes(_)
        | Value::Decimal(_)
        | Value::Uuid(_)
        | Value::DateTime(_)
        | Value::Timestamp(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::Duration(_)
        | Value::Json(_) => Err(broken_plan(format!("{} is no truth", value.kind_name()))),
    }
}

fn known(truth: Option<bool>) -> Value {
    truth.map_or(Value::Null, Value::Bool)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_yields_to_what_decides() {
        let (yes, no, unknown) = (Value::Bool(true), Value::Bool(false), Value::Null);
        fn each(parts: &[Value]) -> impl Iterator<Item = Result<Cow<'_, Value>>> {
            parts.iter().map(|part| Ok(Cow::Borrowed(part)))
        }
        assert_eq!(all(each(&[unknown.clone(), no.clone()])).unwrap(), no);
        assert_eq!(all(each(&[unknown.clone(), yes.clone()])).unwrap(), unknown);
        assert_eq!(any(each(&[unknown.clone(), yes.clone()])).unwrap(), yes);
        assert_eq!(any(each(&[unknown.clone(), no.clone()])).unwrap(), unknown);
        assert_eq!(not(&unknown).unwrap(), unknown);
        assert_eq!((all(each(&[])).unwrap(), any(each(&[])).unwrap()), (yes, no));
    }

    #[test]
    fn what_follows_the_part_that_decides_is_not_looked_at() {
        let failing = || Err(ommi_core::Error::query("overflow"));
        let part = |value: bool| Ok(Cow::Owned(Value::Bool(value)));
        assert_eq!(all([part(false), failing()].into_iter()).unwrap(), Value::Bool(false));
        assert_eq!(any([part(true), failing()].into_iter()).unwrap(), Value::Bool(true));
        assert!(all([part(true), failing()].into_iter()).is_err());
    }
}
