//! Values as Python writes them.

use std::fmt::Write;

use ommi::value::Value;

/// The value's expression, and the names that it needs to be imported, `module.name`.
pub(crate) fn literal(value: &Value) -> (String, Option<&'static str>) {
    match value {
        Value::Null => ("None".into(), None),
        Value::Bool(true) => ("True".into(), None),
        Value::Bool(false) => ("False".into(), None),
        Value::Int(value) => (value.to_string(), None),
        Value::Float(value) if value.is_finite() => (format!("{value:?}"), None),
        Value::Float(value) => (format!("float({})", quoted(&value.to_string())), None),
        Value::Text(text) => (quoted(text), None),
        Value::Bytes(bytes) => (format!("bytes.fromhex({})", quoted(&hex(bytes))), None),
        Value::Decimal(value) => {
            (format!("Decimal({})", quoted(&value.to_plain_string())), Some("decimal.Decimal"))
        }
        Value::Uuid(value) => (format!("UUID({})", quoted(&value.to_string())), Some("uuid.UUID")),
        Value::DateTime(value) => {
            (format!("datetime.fromisoformat({})", quoted(&value.to_string())), Some("datetime.datetime"))
        }
        Value::Timestamp(value) => {
            (format!("datetime.fromisoformat({})", quoted(&value.to_string())), Some("datetime.datetime"))
        }
        Value::Date(value) => {
            (format!("date.fromisoformat({})", quoted(&value.to_string())), Some("datetime.date"))
        }
        Value::Time(value) => {
            (format!("time.fromisoformat({})", quoted(&value.to_string())), Some("datetime.time"))
        }
        Value::Duration(value) => (format!("timedelta(microseconds={value})"), Some("datetime.timedelta")),
        Value::Json(text) => (json(text), None),
    }
}

/// A text in quotes, for Python.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other if other.is_control() => {
                // Text never fails to be written to.
                let _ = write!(quoted, "\\U{:08x}", u32::from(other));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A document as Python's values.
fn json(text: &str) -> String {
    serde_json::from_str(text).map_or_else(|_| quoted(text), |document| plain(&document))
}

fn plain(document: &serde_json::Value) -> String {
    match document {
        serde_json::Value::Null => "None".into(),
        serde_json::Value::Bool(true) => "True".into(),
        serde_json::Value::Bool(false) => "False".into(),
        serde_json::Value::Number(number) => number.to_string(),
        serde_json::Value::String(text) => quoted(text),
        serde_json::Value::Array(items) => {
            format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", "))
        }
        serde_json::Value::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{}: {}", quoted(name), plain(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_python_reads_them() {
        let of = |value: Value| literal(&value).0;
        assert_eq!(of(Value::Text("a\"b\\\n\u{7}é".into())), "\"a\\\"b\\\\\\n\\U00000007é\"");
        assert_eq!(of(Value::Float(1.0)), "1.0");
        assert_eq!(of(Value::Float(f64::NAN)), "float(\"NaN\")");
        assert_eq!(of(Value::Bytes(vec![0, 255])), "bytes.fromhex(\"00ff\")");
        assert_eq!(of(Value::Json(r#"{"a":[true,null]}"#.into())), "{\"a\": [True, None]}");
        assert_eq!(literal(&Value::Duration(5)).1, Some("datetime.timedelta"));
    }
}
