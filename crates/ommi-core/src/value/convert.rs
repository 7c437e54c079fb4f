//! `From` for the Rust types that are values as they stand.

use bigdecimal::BigDecimal;
use jiff::civil;
use uuid::Uuid;

use super::{Value, normalized_decimal};

macro_rules! from {
    ($($source:ty => $variant:ident),+ $(,)?) => {
        $(impl From<$source> for Value {
            fn from(value: $source) -> Self {
                Value::$variant(value.into())
            }
        })+
    };
}

from! {
    bool => Bool,
    i8 => Int, i16 => Int, i32 => Int, i64 => Int, u8 => Int, u16 => Int, u32 => Int,
    f32 => Float, f64 => Float,
    String => Text, &str => Text,
    Vec<u8> => Bytes, &[u8] => Bytes,
    Uuid => Uuid,
    civil::DateTime => DateTime,
    jiff::Timestamp => Timestamp,
    civil::Date => Date,
    civil::Time => Time,
}

impl From<BigDecimal> for Value {
    fn from(value: BigDecimal) -> Self {
        Value::Decimal(normalized_decimal(&value))
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}
