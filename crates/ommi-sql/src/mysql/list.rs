//! The list behind `in`: one parameter of any length, a JSON array that JSON_TABLE makes rows of.

use std::borrow::Cow;
use std::ops::Range;

use ommi_core::driver::Transform;
use ommi_core::plan::ParamType;
use ommi_core::schema::FieldType;
use ommi_core::value::time_text::{LENGTH, write_datetime, write_timestamp};
use ommi_core::value::{Value, normalized_decimal};
use ommi_core::{Error, Result};
use sea_query::Expr;

use super::{DECIMAL, placeholder};
use crate::Flavour;

/// The type of members of any length. MariaDB keeps no index of such values: for each row that it looks at, it looks
/// through all members.
const LONG: &str = "LONGTEXT";

/// The lengths of shorter members, in characters. The shorter they are, the more of them MariaDB indexes in memory:
/// each takes as much there as the longest may.
pub const MEMBER_LENGTHS: [usize; 3] = [16, 64, 200];

/// How the members of a list of `ty` are read: the column's type in JSON_TABLE, and the value made of it.
fn reading(ty: &FieldType, flavour: Flavour) -> (String, &'static str) {
    let text = |ty: &str| format!("{ty} CHARACTER SET utf8mb4 COLLATE {}", flavour.collation());
    match ty {
        FieldType::Bool | FieldType::Int | FieldType::Duration => ("BIGINT".into(), "value"),
        FieldType::Float => ("DOUBLE".into(), "value"),
        // As the column beside it: MySQL's own form of JSON.
        FieldType::Json | FieldType::List(_) if flavour == Flavour::MySql => {
            (text(LONG), "CAST(CAST(value AS JSON) AS CHAR CHARACTER SET utf8mb4)")
        }
        FieldType::Text | FieldType::Json | FieldType::List(_) => (text(LONG), "value"),
        FieldType::DateTime => (text("VARCHAR(40)"), "value"),
        FieldType::Decimal => (DECIMAL.into(), "value"),
        FieldType::Bytes => (text(LONG), "UNHEX(value)"),
        FieldType::Uuid => (text("VARCHAR(32)"), "UNHEX(value)"),
        FieldType::NaiveDateTime | FieldType::Timestamp => ("DATETIME(6)".into(), "value"),
        FieldType::Date => ("DATE".into(), "value"),
        FieldType::Time => ("TIME(6)".into(), "value"),
    }
}

/// A subquery with one row for each member of the list that `list` is a parameter for.
pub(crate) fn listed(ty: &FieldType, flavour: Flavour, list: Expr) -> Expr {
    let (before, after) = around(ty, flavour);
    Expr::cust_with_expr(format!("{before}?{after}"), list)
}

/// The subquery's text before and after its placeholder.
fn around(ty: &FieldType, flavour: Flavour) -> (String, String) {
    let (column, value) = reading(ty, flavour);
    (
        format!("SELECT {value} FROM JSON_TABLE("),
        format!(", '$[*]' COLUMNS (value {column} PATH '$' ERROR ON ERROR)) AS listed"),
    )
}

/// Where a statement has a list, so that a driver can write its members out: MariaDB plans a list of constants better
/// than any subquery, above all in UPDATE and DELETE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListSpot {
    /// The position in `Statement::binds` of the list's parameter.
    pub bind: usize,
    /// The subquery's bytes in the text.
    range: Range<usize>,
    /// The placeholder of one member.
    member: Cow<'static, str>,
}

impl ListSpot {
    /// The spot of a list whose placeholder was written last, as the text's end.
    pub(crate) fn new(ty: &FieldType, flavour: Flavour, text: &str, bind: usize) -> Option<Self> {
        let (before, after) = around(ty, flavour);
        let start = text.len().checked_sub(before.len() + 1)?;
        let member = ParamType::Scalar(ty.clone());
        // What MySQL normalizes on its way into the comparison stays in the subquery.
        if flavour == Flavour::MySql && matches!(ty, FieldType::Json | FieldType::List(_)) {
            return None;
        }
        (text.get(start..)? == format!("{before}?")).then(|| Self {
            bind,
            range: start..text.len() + after.len(),
            member: placeholder(flavour, Some(&member), Transform::Plain),
        })
    }

    /// The spot after so many bytes at the text's beginning became so many others.
    pub(crate) fn moved(&self, before: usize, after: usize) -> Self {
        let range = self.range.start - before + after..self.range.end - before + after;
        Self { bind: self.bind, range, member: self.member.clone() }
    }
}

/// The text with as many placeholders for the members of each list as `lengths` says, in the order of `spots`. Each
/// list's one bind stands for that many values then.
pub(super) fn expanded(text: &str, spots: &[ListSpot], lengths: &[usize]) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut from = 0;
    for (spot, length) in spots.iter().zip(lengths) {
        expanded.push_str(&text[from..spot.range.start]);
        for position in 0..*length {
            if position > 0 {
                expanded.push_str(", ");
            }
            expanded.push_str(&spot.member);
        }
        from = spot.range.end;
    }
    expanded.push_str(&text[from..]);
    expanded
}

/// The text in which no member of the lists is longer than so many characters.
pub(super) fn shortened(text: &str, spots: &[ListSpot], length: usize) -> String {
    let mut shortened = String::with_capacity(text.len() + spots.len() * LONG.len());
    let mut from = 0;
    for spot in spots {
        shortened.push_str(&text[from..spot.range.start]);
        let list = text[spot.range.clone()].replacen(LONG, &format!("VARCHAR({length})"), 1);
        shortened.push_str(&list);
        from = spot.range.end;
    }
    shortened.push_str(&text[from..]);
    shortened
}

/// How many characters a member of a list has where it is listed, at the most; nothing where its type says that.
pub fn member_length(value: &Value) -> usize {
    match value {
        // Characters are counted only where there may be few enough.
        Value::Text(text) | Value::Json(text) if text.len() <= 800 => text.chars().count(),
        Value::Text(text) | Value::Json(text) => text.len(),
        Value::Bytes(bytes) => bytes.len() * 2,
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Decimal(_)
        | Value::Uuid(_)
        | Value::DateTime(_)
        | Value::Timestamp(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::Duration(_) => 0,
    }
}

/// The list of `in` or `not_in` as the text of its one parameter; `ty` is the members' type.
///
/// # Errors
/// `Unsupported` for a float that MySQL does not have.
pub fn list_text(ty: &FieldType, values: &[Value]) -> Result<String> {
    let items = values.iter().map(|value| item(ty, value)).collect::<Result<Vec<_>>>()?;
    Ok(format!("[{}]", items.join(",")))
}

fn item(ty: &FieldType, value: &Value) -> Result<String> {
    Ok(match value {
        Value::Null => "null".into(),
        Value::Bool(value) => i64::from(*value).to_string(),
        Value::Int(value) | Value::Duration(value) => value.to_string(),
        Value::Float(value) if value.is_finite() => format!("{value:?}"),
        Value::Float(_) => {
            return Err(Error::unsupported("MySQL has no infinite float and no NaN"));
        }
        Value::Text(value) | Value::Json(value) => quoted(value),
        Value::Bytes(value) => quoted(&hex(value)),
        Value::Uuid(value) => quoted(&hex(value.as_bytes())),
        Value::Decimal(value) => quoted(&normalized_decimal(value).to_plain_string()),
        Value::DateTime(value) if *ty == FieldType::DateTime => {
            quoted(write_datetime(*value, &mut [0; LENGTH]).map_err(Error::validation)?)
        }
        Value::Timestamp(value) if *ty == FieldType::DateTime => {
            quoted(write_timestamp(*value, &mut [0; LENGTH]).map_err(Error::validation)?)
        }
        Value::DateTime(value) => quoted(&value.strftime("%Y-%m-%d %H:%M:%S%.6f").to_string()),
        Value::Timestamp(value) => quoted(&value.strftime("%Y-%m-%d %H:%M:%S%.6f").to_string()),
        Value::Date(value) => quoted(&value.strftime("%Y-%m-%d").to_string()),
        Value::Time(value) => quoted(&value.strftime("%H:%M:%S%.6f").to_string()),
    })
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
