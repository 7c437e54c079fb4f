//! Values as PostgreSQL's text: constants, arrays, documents.

use std::borrow::Cow;

use ommi_core::{Error, ErrorKind, Result};
use serde_json::Value;

/// A text constant; backslashes mean themselves in it.
pub(crate) fn literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", doubled.replace('\\', "\\\\")) } else { format!("'{doubled}'") }
}

/// A list's canonical JSON text as an array's literal: `[1,null,"a"]` as `{1,NULL,"a"}`.
///
/// # Errors
/// `Validation` where the text is no JSON list of scalars.
pub fn array_literal(json: &str) -> Result<String> {
    let items: Vec<Value> = serde_json::from_str(json).map_err(|_| not_a_list())?;
    let items = items.iter().map(item).collect::<Result<Vec<_>>>()?;
    Ok(format!("{{{}}}", items.join(",")))
}

fn item(value: &Value) -> Result<String> {
    Ok(match value {
        Value::Null => "NULL".into(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(value) => format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
        Value::Array(_) | Value::Object(_) => return Err(not_a_list()),
    })
}

fn not_a_list() -> Error {
    Error::validation("expected a list of which each item is a scalar")
}

/// A JSON text as `jsonb` keeps it: a float in plain notation and with its `.0`, so that it comes back as a float.
///
/// # Errors
/// `Internal` where the text is no JSON.
pub fn document(json: &str) -> Result<Cow<'_, str>> {
    if !json.contains(['e', 'E']) {
        return Ok(Cow::Borrowed(json));
    }
    let value: Value = serde_json::from_str(json)
        .map_err(|error| Error::new(ErrorKind::Internal, "a JSON value is no JSON").with_source(error))?;
    let mut text = String::with_capacity(json.len());
    write(&value, &mut text);
    Ok(Cow::Owned(text))
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Number(number) if number.is_f64() => {
            let plain = number.as_f64().unwrap_or(f64::NAN).to_string();
            text.push_str(&plain);
            if !plain.contains('.') {
                text.push_str(".0");
            }
        }
        Value::Array(items) => {
            text.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Object(items) => {
            text.push('{');
            for (position, (key, item)) in items.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write(item, text);
            }
            text.push('}');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.push_str(&value.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_lose_their_exponent_and_stay_floats() {
        assert_eq!(document(r#"{"e":[1e3,1,-2.5e-3,"1e3"]}"#).unwrap(), r#"{"e":[1000.0,1,-0.0025,"1e3"]}"#);
        assert_eq!(document("[1.0]").unwrap(), "[1.0]");
    }

    #[test]
    fn lists_are_arrays() {
        assert_eq!(array_literal(r#"[1,null,"a\"b\\c",true]"#).unwrap(), r#"{1,NULL,"a\"b\\c",true}"#);
        assert!(array_literal("{}").is_err());
    }
}
