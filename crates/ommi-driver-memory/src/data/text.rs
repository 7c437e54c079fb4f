//! Types and values as text, for schema statements.

use ommi_core::schema::FieldType;
use ommi_core::value::{Value, normalized_decimal};
use ommi_core::{Error, Result};

const SCALARS: [FieldType; 14] = [
    FieldType::Bool,
    FieldType::Int,
    FieldType::Float,
    FieldType::Text,
    FieldType::Bytes,
    FieldType::Decimal,
    FieldType::Uuid,
    FieldType::DateTime,
    FieldType::NaiveDateTime,
    FieldType::Timestamp,
    FieldType::Date,
    FieldType::Time,
    FieldType::Duration,
    FieldType::Json,
];

/// Types in JSON, by name.
pub(super) mod types {
    use ommi_core::schema::FieldType;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::data) fn serialize<S: Serializer>(
        ty: &FieldType,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(ty)
    }

    pub(in crate::data) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<FieldType, D::Error> {
        super::type_of(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// The type of this name: `Int`, `List(Text)`.
fn type_of(name: &str) -> Result<FieldType> {
    if let Some(item) = name.strip_prefix("List(").and_then(|rest| rest.strip_suffix(')')) {
        return Ok(FieldType::List(Box::new(type_of(item)?)));
    }
    let found = SCALARS.into_iter().find(|ty| ty.to_string() == name);
    found.ok_or_else(|| Error::query(format!("{name:?} is no type of a column")))
}

/// A value as text; nothing for NULL.
pub(super) fn text_of(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => value.to_string(),
        Value::Int(value) | Value::Duration(value) => value.to_string(),
        // The shortest text that means just this float.
        Value::Float(value) => format!("{value:?}"),
        Value::Text(value) | Value::Json(value) => value.clone(),
        Value::Bytes(value) => value.iter().map(|byte| format!("{byte:02x}")).collect(),
        Value::Decimal(value) => value.to_plain_string(),
        Value::Uuid(value) => value.to_string(),
        Value::DateTime(value) => value.to_string(),
        Value::Timestamp(value) => value.to_string(),
        Value::Date(value) => value.to_string(),
        Value::Time(value) => value.to_string(),
    })
}

/// The value of a type that [`text_of`] wrote.
pub(super) fn value_of(ty: &FieldType, text: &str) -> Result<Value> {
    let value = match ty {
        FieldType::Bool => text.parse().ok().map(Value::Bool),
        FieldType::Int => text.parse().ok().map(Value::Int),
        FieldType::Duration => text.parse().ok().map(Value::Duration),
        FieldType::Float => text.parse().ok().map(Value::Float),
        FieldType::Text => Some(Value::Text(text.to_owned())),
        FieldType::Json | FieldType::List(_) => Some(Value::Json(text.to_owned())),
        FieldType::Bytes => bytes_of(text).map(Value::Bytes),
        FieldType::Decimal => text.parse().ok().map(|value| Value::Decimal(normalized_decimal(&value))),
        FieldType::Uuid => text.parse().ok().map(Value::Uuid),
        FieldType::DateTime => {
            let aware = text.parse().ok().map(Value::Timestamp);
            aware.or_else(|| text.parse().ok().map(Value::DateTime))
        }
        FieldType::NaiveDateTime => text.parse().ok().map(Value::DateTime),
        FieldType::Timestamp => text.parse().ok().map(Value::Timestamp),
        FieldType::Date => text.parse().ok().map(Value::Date),
        FieldType::Time => text.parse().ok().map(Value::Time),
    };
    value.ok_or_else(|| Error::query(format!("a column's default is not {}", ty.describe())))
}

fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let digit = |place: usize| char::from(*text.as_bytes().get(place)?).to_digit(16);
    let byte = |place: usize| u8::try_from(digit(place)? * 16 + digit(place + 1)?).ok();
    (0..text.len()).step_by(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_name_that_is_found() {
        for ty in SCALARS {
            assert_eq!(type_of(&ty.to_string()).unwrap(), ty);
            let list = FieldType::List(Box::new(ty));
            assert_eq!(type_of(&list.to_string()).unwrap(), list);
        }
        assert!(type_of("Integer").is_err());
    }

    #[test]
    fn values_come_back_from_their_text() {
        let moment = "2026-11-21T12:30:00.000001";
        for (ty, value) in [
            (FieldType::Bool, Value::Bool(true)),
            (FieldType::Int, Value::Int(i64::MIN)),
            (FieldType::Float, Value::Float(1e-310)),
            (FieldType::Float, Value::Float(f64::NEG_INFINITY)),
            (FieldType::Text, Value::Text("it's \"new\"".into())),
            (FieldType::Bytes, Value::Bytes(vec![0, 255, 16])),
            (FieldType::Decimal, Value::Decimal("-1.5".parse().unwrap())),
            (FieldType::Uuid, Value::Uuid(uuid::Uuid::from_u128(7))),
            (FieldType::DateTime, Value::DateTime(moment.parse().unwrap())),
            (FieldType::DateTime, Value::Timestamp(format!("{moment}Z").parse().unwrap())),
            (FieldType::Date, Value::Date("0001-01-01".parse().unwrap())),
            (FieldType::Time, Value::Time("23:59:59.999999".parse().unwrap())),
            (FieldType::Json, Value::Json("{\"a\":1}".into())),
        ] {
            let text = text_of(&value).unwrap();
            assert_eq!(value_of(&ty, &text).unwrap(), value, "{text}");
        }
        assert!(value_of(&FieldType::Int, "x").is_err() && value_of(&FieldType::Bytes, "0").is_err());
    }
}
