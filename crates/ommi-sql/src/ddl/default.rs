//! A value as a constant in a column's DEFAULT clause: the very cell that a driver would store.

use ommi_core::value::Value;
use ommi_core::{Error, Result};
use sea_query::{Expr, Keyword, Value as Constant};

use crate::Dialect;
use crate::scope::identifier;

/// How SQLite's driver writes times.
const DATE: &str = "%Y-%m-%d";
const TIME: &str = "%H:%M:%S%.6f";

pub(super) fn default(dialect: Dialect, value: &Value) -> Result<Expr> {
    match dialect {
        Dialect::Sqlite => sqlite(value),
    }
}

fn sqlite(value: &Value) -> Result<Expr> {
    Ok(match value {
        Value::Null => raw("NULL".into()),
        Value::Bool(value) => integer(i64::from(*value)),
        Value::Int(value) | Value::Duration(value) => integer(*value),
        Value::Float(value) if value.is_nan() => {
            return Err(Error::unsupported("SQLite stores NULL in place of NaN; choose another default"));
        }
        Value::Float(value) if value.is_infinite() => {
            raw(if *value > 0.0 { "9e999" } else { "-9e999" }.into())
        }
        Value::Float(value) => raw(format!("{value:?}")),
        Value::Text(value) | Value::Json(value) => text(value.clone()),
        Value::Bytes(value) => Expr::Constant(Constant::Bytes(Some(value.clone()))),
        Value::Decimal(value) => text(ommi_core::value::normalized_decimal(value).to_plain_string()),
        Value::Uuid(value) => text(value.hyphenated().to_string()),
        Value::DateTime(value) => text(value.strftime(&format!("{DATE} {TIME}")).to_string()),
        Value::Timestamp(value) => text(value.strftime(&format!("{DATE} {TIME}+00:00")).to_string()),
        Value::Date(value) => text(value.strftime(DATE).to_string()),
        Value::Time(value) => text(value.strftime(TIME).to_string()),
    })
}

fn integer(value: i64) -> Expr {
    Expr::Constant(Constant::BigInt(Some(value)))
}

fn text(value: String) -> Expr {
    Expr::Constant(Constant::String(Some(value)))
}

/// A keyword, since sea-query writes it as it is: parentheses would make an expression of a constant, and
/// SQLite adds no column with one.
fn raw(text: String) -> Expr {
    Expr::Keyword(Keyword::Custom(identifier(&text)))
}
