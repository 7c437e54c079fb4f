//! JSON between the canonical text of the faces and what `jsonb` keeps.
//!
//! `jsonb` stores numbers as `numeric`: `1e300` would come back as an integer of 301 digits. So floats are written
//! in plain notation with a point, whose zeros `numeric` keeps, and what comes back is written anew in the one form
//! that the faces write: keys sorted by code point, no spaces, floats with the fewest digits.

use std::borrow::Cow;

use ommi_core::{Error, Result};
use serde_json::Value;

/// The text that is sent for a column of `jsonb`.
///
/// # Errors
/// `Validation` for a NUL character in a string, which `jsonb` cannot hold, and for text that is no JSON.
pub(crate) fn for_jsonb(text: &str) -> Result<Cow<'_, str>> {
    check_nul(text)?;
    if !has_exponent(text) {
        return Ok(Cow::Borrowed(text));
    }
    let value: Value = serde_json::from_str(text).map_err(|_| no_json())?;
    let mut plain = String::with_capacity(text.len() + 64);
    write_plain(&value, &mut plain)?;
    Ok(Cow::Owned(plain))
}

/// The canonical text of what the database holds; `None` where it is no JSON that we can read.
pub(crate) fn canonical(text: &str) -> Option<String> {
    let mut value: Value = serde_json::from_str(text).ok()?;
    value.sort_all_objects();
    serde_json::to_string(&value).ok()
}

pub(crate) fn no_json() -> Error {
    Error::validation("the nested value is no JSON text")
}

/// Refuses `\u0000`, told from an escaped backslash before `u0000`.
fn check_nul(text: &str) -> Result<()> {
    let mut escaped = text.as_bytes();
    while let Some(at) = escaped.iter().position(|byte| *byte == b'\\') {
        if escaped[at + 1..].starts_with(b"u0000") {
            return Err(Error::validation(
                "a string with a NUL character cannot be stored in PostgreSQL's JSON: remove it",
            ));
        }
        escaped = escaped.get(at + 2..).unwrap_or_default();
    }
    Ok(())
}

/// Whether an `e` follows a digit outside of a string. A string that looks so only costs the longer way.
fn has_exponent(text: &str) -> bool {
    text.as_bytes().windows(2).any(|pair| pair[0].is_ascii_digit() && matches!(pair[1], b'e' | b'E'))
}

fn write_plain(value: &Value, out: &mut String) -> Result<()> {
    match value {
        Value::Number(number) if number.is_f64() => {
            let text = number.as_f64().ok_or_else(no_json)?.to_string();
            out.push_str(&text);
            if !text.contains('.') {
                out.push_str(".0");
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&serde_json::to_string(value).map_err(|_| no_json())?);
        }
        Value::Array(items) => {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                write_plain(item, out)?;
            }
            out.push(']');
        }
        Value::Object(items) => {
            out.push('{');
            for (position, (key, item)) in items.iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                out.push_str(&serde_json::to_string(key).map_err(|_| no_json())?);
                out.push(':');
                write_plain(item, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_lose_their_exponents_and_stay_floats() {
        assert_eq!(for_jsonb(r#"{"a":[1.5e3,1e-7,1]}"#).unwrap(), r#"{"a":[1500.0,0.0000001,1]}"#);
        for float in [1e300, -1e300, 1e-300, 0.1, 2.5] {
            let written = serde_json::to_string(&float).unwrap();
            assert_eq!(canonical(&for_jsonb(&written).unwrap()), Some(written));
        }
        assert_eq!(for_jsonb(r#""5e3""#).unwrap(), r#""5e3""#);
    }

    #[test]
    fn nul_is_told_from_a_backslash() {
        assert!(for_jsonb(r#""a\u0000""#).is_err());
        assert!(for_jsonb(r#""a\\u0000""#).is_ok());
        assert!(for_jsonb(r#""a\\\u0000""#).is_err());
    }

    #[test]
    fn what_comes_back_is_sorted_by_code_point() {
        assert_eq!(
            canonical(r#"{"b": 1, "aa": [1, 2.50], "é": null}"#).unwrap(),
            r#"{"aa":[1,2.5],"b":1,"é":null}"#
        );
        assert_eq!(canonical("{"), None);
    }
}
