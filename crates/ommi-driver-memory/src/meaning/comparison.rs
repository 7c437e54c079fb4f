//! Comparisons, ranges and membership.

use std::cmp::Ordering;

use ommi_core::value::Value;

use crate::data::compare;

/// Whether the order of two values of one type, neither of which is NULL, is one that is asked for.
pub(super) fn compared(left: &Value, right: &Value, wanted: fn(Ordering) -> bool) -> Value {
    Value::Bool(wanted(compare(left, right)))
}

/// `subject >= low AND subject <= high`: outside of one end it is false, whatever the other is.
pub(super) fn between(subject: &Value, low: &Value, high: &Value) -> Value {
    if subject.is_null() {
        return Value::Null;
    }
    let is_below = !low.is_null() && compare(subject, low).is_lt();
    let is_above = !high.is_null() && compare(subject, high).is_gt();
    if is_below || is_above {
        Value::Bool(false)
    } else if low.is_null() || high.is_null() {
        Value::Null
    } else {
        Value::Bool(true)
    }
}

/// Membership: unknown where only a NULL stands in the way of an answer.
pub(super) fn member(subject: &Value, values: &[Value]) -> Value {
    if values.is_empty() {
        Value::Bool(false)
    } else if subject.is_null() {
        Value::Null
    } else if values.iter().any(|value| !value.is_null() && compare(subject, value).is_eq()) {
        Value::Bool(true)
    } else if values.iter().any(Value::is_null) {
        Value::Null
    } else {
        Value::Bool(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_with_an_unknown_end_is_false_outside_of_the_other() {
        let (five, null) = (Value::Int(5), Value::Null);
        assert_eq!(between(&five, &null, &Value::Int(4)), Value::Bool(false));
        assert_eq!(between(&five, &null, &Value::Int(6)), Value::Null);
        assert_eq!(between(&null, &Value::Int(1), &Value::Int(6)), Value::Null);
        assert_eq!(between(&five, &Value::Int(5), &Value::Int(5)), Value::Bool(true));
    }

    #[test]
    fn a_null_in_a_list_leaves_what_is_not_found_unknown() {
        let list = [Value::Int(1), Value::Null];
        assert_eq!(member(&Value::Int(1), &list), Value::Bool(true));
        assert_eq!(member(&Value::Int(2), &list), Value::Null);
        assert_eq!(member(&Value::Null, &list[..1]), Value::Null);
        assert_eq!(member(&Value::Null, &[]), Value::Bool(false));
    }
}
