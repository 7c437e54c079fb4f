//! Whether a value may stand in a field of a type, and in which form: the one rule for bad input.

use super::{Value, normalized_decimal};
use crate::schema::FieldType;
use crate::{Error, Result};

impl Value {
    /// The value in the form that a field of type `ty` holds: integers become floats or decimals where that
    /// is exact, everything else stays as it is.
    ///
    /// NULL passes: whether it may stand is the field's question, not the type's.
    ///
    /// # Errors
    /// `Validation` when the value is of another type, is text with a NUL character, or would lose digits.
    pub fn coerce(self, ty: &FieldType) -> Result<Value> {
        match (ty, self) {
            (_, Value::Null) => Ok(Value::Null),
            (FieldType::Bool, value @ Value::Bool(_))
            | (FieldType::Int, value @ Value::Int(_))
            | (FieldType::Float, value @ Value::Float(_))
            | (FieldType::Bytes, value @ Value::Bytes(_))
            | (FieldType::Uuid, value @ Value::Uuid(_))
            | (FieldType::DateTime, value @ (Value::DateTime(_) | Value::Timestamp(_)))
            | (FieldType::NaiveDateTime, value @ Value::DateTime(_))
            | (FieldType::Timestamp, value @ Value::Timestamp(_))
            | (FieldType::Date, value @ Value::Date(_))
            | (FieldType::Time, value @ Value::Time(_))
            | (FieldType::Duration, value @ Value::Duration(_))
            | (FieldType::Json | FieldType::List(_), value @ Value::Json(_)) => Ok(value),
            (FieldType::Text, Value::Text(text)) => without_nul(text).map(Value::Text),
            (FieldType::Decimal, Value::Decimal(value)) => Ok(Value::Decimal(normalized_decimal(&value))),
            (FieldType::Decimal, Value::Int(value)) => Ok(Value::Decimal(normalized_decimal(&value.into()))),
            (FieldType::Float, Value::Int(value)) => exact_float(value),
            (ty, value) => {
                Err(Error::validation(format!("expected {}, got {}", ty.describe(), value.kind_name())))
            }
        }
    }
}

fn without_nul(text: String) -> Result<String> {
    if text.contains('\0') {
        return Err(Error::validation(
            "text with a NUL character cannot be stored the same in every database; remove it or use bytes",
        ));
    }
    Ok(text)
}

fn exact_float(value: i64) -> Result<Value> {
    let float = value as f64;
    if float as i128 == i128::from(value) {
        return Ok(Value::Float(float));
    }
    Err(Error::validation("the integer has more digits than a float can hold exactly"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_another_type_is_refused_by_name() {
        let error = Value::Text("x".into()).coerce(&FieldType::Int).unwrap_err();
        assert_eq!(error.to_string(), "expected an integer, got text");
    }

    #[test]
    fn integers_widen_only_where_exact() {
        assert_eq!(Value::Int(3).coerce(&FieldType::Float).unwrap(), Value::Float(3.0));
        assert!(Value::Int(i64::MAX).coerce(&FieldType::Float).is_err());
    }

    #[test]
    fn text_with_nul_is_refused() {
        assert!(Value::Text("a\0b".into()).coerce(&FieldType::Text).is_err());
    }
}
