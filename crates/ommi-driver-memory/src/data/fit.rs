//! Whether a value is one of a type.

use ommi_core::schema::FieldType;
use ommi_core::value::Value;

/// NULL fits every type: whether it may stand is the column's question.
pub(crate) fn fits(value: &Value, ty: &FieldType) -> bool {
    match ty {
        _ if value.is_null() => true,
        FieldType::Bool => matches!(value, Value::Bool(_)),
        FieldType::Int => matches!(value, Value::Int(_)),
        FieldType::Float => matches!(value, Value::Float(_)),
        FieldType::Text => matches!(value, Value::Text(_)),
        FieldType::Bytes => matches!(value, Value::Bytes(_)),
        FieldType::Decimal => matches!(value, Value::Decimal(_)),
        FieldType::Uuid => matches!(value, Value::Uuid(_)),
        FieldType::DateTime => matches!(value, Value::DateTime(_) | Value::Timestamp(_)),
        FieldType::NaiveDateTime => matches!(value, Value::DateTime(_)),
        FieldType::Timestamp => matches!(value, Value::Timestamp(_)),
        FieldType::Date => matches!(value, Value::Date(_)),
        FieldType::Time => matches!(value, Value::Time(_)),
        FieldType::Duration => matches!(value, Value::Duration(_)),
        FieldType::Json | FieldType::List(_) => matches!(value, Value::Json(_)),
    }
}
