//! Whether two defaults are the same value, where one of them may be a constant as a database writes it.

use std::str::FromStr;

use bigdecimal::BigDecimal;
use uuid::Uuid;

use super::table_def::ColumnDefault;
use crate::value::time_text::{read_date, read_time, write_datetime, write_timestamp};
use crate::value::{Value, time_text};

impl ColumnDefault {
    /// Whether both are the same; a constant that was found is read as the other's type.
    pub fn are_like(one: Option<&Self>, other: Option<&Self>) -> bool {
        match (one, other) {
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
            (Some(one), Some(other)) => match (one, other) {
                (ColumnDefault::Value(one), ColumnDefault::Value(other)) => same(one, other),
                (ColumnDefault::Value(value), ColumnDefault::Found { constant, .. })
                | (ColumnDefault::Found { constant, .. }, ColumnDefault::Value(value)) => {
                    constant.as_deref().is_some_and(|constant| is_written_as(value, constant))
                }
                (ColumnDefault::Found { text: one, .. }, ColumnDefault::Found { text: other, .. }) => {
                    one == other
                }
            },
        }
    }
}

/// Equality that takes NaN for itself.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Float(one), Value::Float(other)) => one.total_cmp(other).is_eq(),
        (one, other) => one == other,
    }
}

/// Whether a database's constant is this value.
fn is_written_as(value: &Value, constant: &str) -> bool {
    let mut buffer = time_text::Buffer::default();
    // Databases write an instant in UTC in several ways: `T` or a space, `Z`, `+00` or `+00:00`, or nothing.
    let instant = |text: &str| {
        let text = text.replace('T', " ");
        let end = ["+00:00", "+00", "Z"].iter().find_map(|zone| text.strip_suffix(zone));
        let bare = end.unwrap_or(&text);
        bare.split_once('.').map_or_else(
            || bare.to_owned(),
            |(whole, fraction)| match fraction.trim_end_matches('0') {
                "" => whole.to_owned(),
                fraction => format!("{whole}.{fraction}"),
            },
        )
    };
    match value {
        Value::Null => constant.eq_ignore_ascii_case("null"),
        Value::Bool(value) => {
            matches!((value, constant), (true, "1" | "true" | "t") | (false, "0" | "false" | "f"))
        }
        Value::Int(value) | Value::Duration(value) => constant.parse() == Ok(*value),
        Value::Float(value) => {
            constant.parse().is_ok_and(|found: f64| found == *value || found.is_nan() && value.is_nan())
        }
        Value::Text(value) => value == constant,
        Value::Bytes(value) => {
            constant.eq_ignore_ascii_case(&value.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        }
        Value::Decimal(value) => BigDecimal::from_str(constant).is_ok_and(|found| found == *value),
        Value::Uuid(value) => Uuid::parse_str(constant).is_ok_and(|found| found == *value),
        Value::DateTime(value) => {
            write_datetime(*value, &mut buffer).is_ok_and(|text| instant(text) == instant(constant))
        }
        Value::Timestamp(value) => {
            write_timestamp(*value, &mut buffer).is_ok_and(|text| instant(text) == instant(constant))
        }
        Value::Date(value) => read_date(constant.as_bytes()) == Some(*value),
        Value::Time(value) => read_time(constant.as_bytes()) == Some(*value),
        Value::Json(value) => is_same_document(value, constant),
    }
}

/// Whether two documents are the same, however they are spaced.
fn is_same_document(one: &str, other: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    read(one).is_some_and(|one| read(other) == Some(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_read_as_the_type_of_the_value() {
        let found = |constant: &str| ColumnDefault::Found {
            text: "unimportant".into(),
            constant: Some(constant.to_owned()),
        };
        let like = |value: Value, constant: &str| {
            ColumnDefault::are_like(Some(&ColumnDefault::Value(value)), Some(&found(constant)))
        };
        assert!(like(Value::Bool(true), "1") && like(Value::Bool(true), "true"));
        assert!(like(Value::Int(-7), "-7") && !like(Value::Int(7), "8"));
        assert!(like(Value::Float(1.5), "1.50") && like(Value::Float(f64::NAN), "NaN"));
        assert!(like(Value::Text("1".into()), "1") && !like(Value::Text("1".into()), "01"));
        assert!(like(Value::Bytes(vec![0xab]), "AB"));
        assert!(like(Value::Json(r#"{"a b":[1,2]}"#.into()), r#"{"a b": [1, 2]}"#));
        assert!(!like(Value::Json(r#"{"a b":1}"#.into()), r#"{"ab":1}"#));
        assert!(like(Value::Timestamp(jiff::Timestamp::UNIX_EPOCH), "1970-01-01 00:00:00.000000"));
        assert!(like(Value::Timestamp(jiff::Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00Z"));
    }

    #[test]
    fn a_computed_default_is_no_constant() {
        let computed = ColumnDefault::Found { text: "now()".into(), constant: None };
        assert!(!ColumnDefault::are_like(
            Some(&ColumnDefault::Value(Value::Text("now()".into()))),
            Some(&computed)
        ));
        assert!(ColumnDefault::are_like(Some(&computed), Some(&computed.clone())));
        assert!(!ColumnDefault::are_like(Some(&computed), None));
    }
}
