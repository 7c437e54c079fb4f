//! Searches in text, in which every character means itself, and membership in lists.

use ommi_core::value::Value;
use ommi_core::{Error, Result};

use super::mismatched;

/// A text that holds another one, or a list that has an item. Neither is NULL.
pub(super) fn contains(subject: &Value, operand: &Value) -> Result<Value> {
    match subject {
        Value::Json(list) => has(list, operand).map(Value::Bool),
        text => in_text(text, operand, |text, part| text.contains(part)),
    }
}

/// Two texts.
pub(super) fn in_text(subject: &Value, operand: &Value, found: fn(&str, &str) -> bool) -> Result<Value> {
    match (subject, operand) {
        (Value::Text(text), Value::Text(part)) => Ok(Value::Bool(found(text, part))),
        _ => Err(mismatched(subject, operand)),
    }
}

/// Whether a list has an item. Items are compared as values of its type: 1 is neither true nor "1". What JSON has
/// no word for is written as text.
fn has(list: &str, wanted: &Value) -> Result<bool> {
    let items: Vec<serde_json::Value> = serde_json::from_str(list)
        .map_err(|_| Error::query("a list is searched and the database holds something else"))?;
    Ok(items.iter().any(|item| match wanted {
        Value::Bool(wanted) => item.as_bool() == Some(*wanted),
        Value::Int(wanted) | Value::Duration(wanted) => item.as_i64() == Some(*wanted),
        Value::Float(wanted) => item.as_f64() == Some(*wanted),
        Value::Text(wanted) => item.as_str() == Some(wanted),
        Value::Decimal(wanted) => item.as_str() == Some(&wanted.to_plain_string()),
        Value::Uuid(wanted) => item.as_str() == Some(&wanted.to_string()),
        Value::Json(wanted) => {
            serde_json::from_str(wanted).is_ok_and(|wanted: serde_json::Value| *item == wanted)
        }
        Value::Null
        | Value::Bytes(_)
        | Value::DateTime(_)
        | Value::Timestamp(_)
        | Value::Date(_)
        | Value::Time(_) => false,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_another_type_are_not_found() {
        let list = r#"[1,true,"1",null,2.5]"#;
        for (wanted, expected) in [
            (Value::Int(1), true),
            (Value::Int(2), false),
            (Value::Bool(true), true),
            (Value::Bool(false), false),
            (Value::Text("1".into()), true),
            (Value::Text("true".into()), false),
            (Value::Float(2.5), true),
        ] {
            assert_eq!(has(list, &wanted).unwrap(), expected, "{wanted:?}");
        }
        assert!(has("{}", &Value::Int(1)).is_err());
    }
}
