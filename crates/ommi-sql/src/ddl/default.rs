//! A value as a constant in a column's DEFAULT clause: the very cell that a driver would store.

use ommi_core::schema::FieldType;
use ommi_core::value::{Value, normalized_decimal, time_text};
use ommi_core::{Error, Result};
use sea_query::{Expr, Keyword};

use crate::scope::identifier;
use crate::{Dialect, Flavour, mysql, postgres};

pub(super) fn default(dialect: Dialect, ty: &FieldType, value: &Value) -> Result<Expr> {
    constant(dialect, ty, value).map(raw)
}

/// A value of a column that holds `ty` as text, to stand in a DEFAULT clause or behind SET.
pub(crate) fn constant(dialect: Dialect, ty: &FieldType, value: &Value) -> Result<String> {
    match dialect {
        Dialect::Sqlite => sqlite(value),
        Dialect::Postgres => postgres(ty, value),
        Dialect::Mysql(flavour) => mysql(flavour, ty, value),
    }
}

fn sqlite(value: &Value) -> Result<String> {
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    Ok(match value {
        Value::Null => "NULL".into(),
        Value::Bool(value) => i64::from(*value).to_string(),
        Value::Int(value) | Value::Duration(value) => value.to_string(),
        Value::Float(value) if value.is_nan() => {
            return Err(Error::unsupported("SQLite stores NULL in place of NaN; choose another default"));
        }
        Value::Float(value) if value.is_infinite() => if *value > 0.0 { "9e999" } else { "-9e999" }.into(),
        Value::Float(value) => format!("{value:?}"),
        Value::Text(value) | Value::Json(value) => text(value),
        Value::Bytes(value) => format!("x'{}'", hex(value)),
        Value::Decimal(value) => text(&normalized_decimal(value).to_plain_string()),
        Value::Uuid(value) => text(&value.hyphenated().to_string()),
        Value::DateTime(_) | Value::Timestamp(_) | Value::Date(_) | Value::Time(_) => text(&time(value)?),
    })
}

fn postgres(ty: &FieldType, value: &Value) -> Result<String> {
    let text = match value {
        Value::Null => return Ok("NULL".into()),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Duration(value) => format!("{value} microseconds"),
        Value::Float(value) if value.is_infinite() => {
            if *value > 0.0 { "Infinity" } else { "-Infinity" }.into()
        }
        Value::Float(value) => format!("{value:?}"),
        Value::Text(value) => value.clone(),
        Value::Json(value) if postgres::array_item(ty).is_some() => postgres::array_literal(value)?,
        Value::Json(value) => postgres::document(value)?.into_owned(),
        Value::Bytes(value) => format!("\\x{}", hex(value)),
        Value::Decimal(value) => normalized_decimal(value).to_plain_string(),
        Value::Uuid(value) => value.hyphenated().to_string(),
        Value::DateTime(_) | Value::Timestamp(_) | Value::Date(_) | Value::Time(_) => time(value)?,
    };
    Ok(format!("{}::{}", postgres::literal(&text), postgres::column_type(ty)))
}

/// MySQL takes defaults of texts and bytes of any length as expressions only, in parentheses.
fn mysql(flavour: Flavour, ty: &FieldType, value: &Value) -> Result<String> {
    let expression = |text: String| match flavour {
        Flavour::MariaDb { .. } => text,
        Flavour::MySql => format!("({text})"),
    };
    // MariaDB would tell a constant of bytes as text, with question marks in it.
    let bytes = |bytes: &[u8]| match flavour {
        Flavour::MariaDb { .. } => format!("unhex('{}')", hex(bytes)),
        Flavour::MySql => format!("(x'{}')", hex(bytes)),
    };
    Ok(match value {
        Value::Null => "NULL".into(),
        Value::Bool(value) => i64::from(*value).to_string(),
        Value::Int(value) | Value::Duration(value) => value.to_string(),
        Value::Float(value) if !value.is_finite() => {
            return Err(Error::unsupported("MySQL has no infinite float and no NaN; choose another default"));
        }
        Value::Float(value) => format!("{value:?}"),
        Value::Text(value) | Value::Json(value) => expression(mysql::literal(value)),
        Value::Bytes(value) => bytes(value),
        Value::Decimal(value) => normalized_decimal(value).to_plain_string(),
        Value::Uuid(value) => bytes(value.as_bytes()),
        // A DATETIME is in UTC by the session's time zone, and takes no zone.
        Value::Timestamp(_) if *ty == FieldType::Timestamp => {
            mysql::literal(time(value)?.trim_end_matches("+00:00"))
        }
        Value::DateTime(_) | Value::Timestamp(_) | Value::Date(_) | Value::Time(_) => {
            mysql::literal(&time(value)?)
        }
    })
}

fn time(value: &Value) -> Result<String> {
    let mut buffer = time_text::Buffer::default();
    let written = match value {
        Value::DateTime(value) => time_text::write_datetime(*value, &mut buffer),
        Value::Timestamp(value) => time_text::write_timestamp(*value, &mut buffer),
        Value::Date(value) => time_text::write_date(*value, &mut buffer),
        Value::Time(value) => time_text::write_time(*value, &mut buffer),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::Bytes(_)
        | Value::Decimal(_)
        | Value::Uuid(_)
        | Value::Duration(_)
        | Value::Json(_) => Err("it is no time"),
    };
    written.map(str::to_owned).map_err(Error::validation)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// A keyword, since sea-query writes it as it is: parentheses would make an expression of a constant, and
/// SQLite adds no column with one.
fn raw(text: String) -> Expr {
    Expr::Keyword(Keyword::Custom(identifier(&text)))
}
