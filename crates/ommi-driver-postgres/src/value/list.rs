//! Lists of scalars: JSON text in Ommi, arrays in PostgreSQL.

use bytes::{BufMut, BytesMut};
use jiff::civil;
use ommi_core::schema::FieldType;
use ommi_core::value::Cell;
use ommi_core::{Error, Result};
use serde_json::Value as Json;
use tokio_postgres::types::{IsNull, Kind, Type};
use uuid::Uuid;

use super::decode::{Reader, Scratch};
use super::encode::{encode_cell, encode_sized, without_nul};
use super::json;

/// Writes an array of one dimension.
pub(super) fn write(
    out: &mut BytesMut,
    item: &Type,
    length: usize,
    mut encode: impl FnMut(usize, &mut BytesMut) -> Result<IsNull>,
) -> Result<()> {
    let size = i32::try_from(length).map_err(|_| Error::validation("the list is too long"))?;
    out.put_i32(i32::from(length > 0));
    let flags = out.len();
    out.put_i32(0);
    out.put_u32(item.oid());
    if length > 0 {
        out.put_i32(size);
        out.put_i32(1);
    }
    for position in 0..length {
        let mut is_null = false;
        encode_sized(out, |out| {
            let outcome = encode(position, out)?;
            is_null = matches!(outcome, IsNull::Yes);
            Ok(outcome)
        })?;
        if is_null {
            out[flags..flags + 4].copy_from_slice(&1_i32.to_be_bytes());
        }
    }
    Ok(())
}

/// Writes the JSON text of a list as an array of `item`.
pub(super) fn encode(text: &str, item: &Type, out: &mut BytesMut) -> Result<()> {
    let Ok(Json::Array(items)) = serde_json::from_str::<Json>(text) else { return Err(no_list()) };
    let kind = Item::of_item(item);
    let place = |position: usize| {
        move |error: Error| {
            let message = format!("item {position} of the list: {}", error.message());
            error.with_message(message)
        }
    };
    write(out, item, items.len(), |position, out| {
        if let Some(kind) = kind.filter(|kind| !kind.takes(&items[position])) {
            return Err(wrong_item(position, kind));
        }
        encode_item(&items[position], item, out).map_err(place(position))
    })
}

/// What the arrays of ours hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item {
    Bool,
    Int,
    Float,
    Text,
}

impl Item {
    /// The items of a list of that type.
    pub(crate) fn of_field(ty: &FieldType) -> Option<Self> {
        match ty {
            FieldType::Bool => Some(Item::Bool),
            FieldType::Int => Some(Item::Int),
            FieldType::Float => Some(Item::Float),
            FieldType::Text => Some(Item::Text),
            FieldType::Bytes
            | FieldType::Decimal
            | FieldType::Uuid
            | FieldType::DateTime
            | FieldType::NaiveDateTime
            | FieldType::Timestamp
            | FieldType::Date
            | FieldType::Time
            | FieldType::Duration
            | FieldType::Json
            | FieldType::List(_) => None,
        }
    }

    /// The items of an array of that type.
    pub(crate) fn of_array(ty: &Type) -> Option<Self> {
        match ty.kind() {
            Kind::Array(item) => Self::of_item(item),
            _no_array => None,
        }
    }

    fn of_item(ty: &Type) -> Option<Self> {
        match *ty {
            Type::BOOL => Some(Item::Bool),
            Type::INT8 | Type::INT4 | Type::INT2 => Some(Item::Int),
            Type::FLOAT8 | Type::FLOAT4 => Some(Item::Float),
            Type::TEXT | Type::VARCHAR => Some(Item::Text),
            _ => None,
        }
    }

    fn takes(self, value: &Json) -> bool {
        match (self, value) {
            (_, Json::Null) | (Item::Bool, Json::Bool(_)) | (Item::Text, Json::String(_)) => true,
            (Item::Float, Json::Number(_)) => true,
            (Item::Int, Json::Number(number)) => number.is_i64(),
            (Item::Bool | Item::Int | Item::Float | Item::Text, _) => false,
        }
    }
}

/// The JSON text of a list as an array's literal: `{1,NULL,"a\\"b"}`.
///
/// # Errors
/// `Validation` for text that is no list, and for items of another type.
pub(crate) fn literal(text: &str, item: Item) -> Result<String> {
    let Ok(Json::Array(items)) = serde_json::from_str::<Json>(text) else { return Err(no_list()) };
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('{');
    for (position, value) in items.iter().enumerate() {
        if !item.takes(value) {
            return Err(wrong_item(position, item));
        }
        if position > 0 {
            literal.push(',');
        }
        match value {
            Json::Null => literal.push_str("NULL"),
            Json::Bool(value) => literal.push_str(if *value { "t" } else { "f" }),
            Json::Number(number) => literal.push_str(&number.to_string()),
            Json::String(text) => {
                without_nul(text)?;
                literal.push('"');
                for character in text.chars() {
                    if matches!(character, '"' | '\\') {
                        literal.push('\\');
                    }
                    literal.push(character);
                }
                literal.push('"');
            }
            Json::Array(_) | Json::Object(_) => return Err(wrong_item(position, item)),
        }
    }
    literal.push('}');
    Ok(literal)
}

fn no_list() -> Error {
    Error::validation("expected a list of scalars, got another nested value")
}

fn wrong_item(position: usize, item: Item) -> Error {
    let wanted = match item {
        Item::Bool => "a bool",
        Item::Int => "an integer",
        Item::Float => "a float",
        Item::Text => "text",
    };
    Error::validation(format!("item {position} of the list: expected {wanted}, got another value"))
}

fn encode_item(value: &Json, item: &Type, out: &mut BytesMut) -> Result<IsNull> {
    match value {
        Json::Null => Ok(IsNull::Yes),
        Json::Bool(value) => encode_cell(Cell::Bool(*value), item, out),
        Json::Number(number) => encode_number(number, item, out),
        Json::String(text) => encode_text(text, item, out),
        Json::Array(_) | Json::Object(_) => Err(Error::validation("expected a scalar, got a nested value")),
    }
}

fn encode_number(number: &serde_json::Number, item: &Type, out: &mut BytesMut) -> Result<IsNull> {
    let is_float = matches!(*item, Type::FLOAT4 | Type::FLOAT8);
    match (number.as_i64(), number.as_f64()) {
        (Some(value), _) if !is_float => encode_cell(Cell::Int(value), item, out),
        (_, Some(value)) if is_float => encode_cell(Cell::Float(value), item, out),
        (_, _) if number.is_u64() => {
            Err(Error::validation("the integer does not fit in 64 bits with a sign"))
        }
        (_, Some(value)) if *item == Type::NUMERIC => {
            encode_cell(Cell::Decimal(&value.to_string()), item, out)
        }
        (_, value) => encode_cell(Cell::Float(value.unwrap_or(f64::NAN)), item, out),
    }
}

/// Text, or a value that JSON has no word for, in the text that the faces would read it from.
fn encode_text(text: &str, item: &Type, out: &mut BytesMut) -> Result<IsNull> {
    let no_such =
        || Error::validation(format!("the text is no value of the array's type, which is {}", item.name()));
    let cell = match *item {
        Type::UUID => Cell::Uuid(Uuid::try_parse(text).map_err(|_| no_such())?),
        Type::NUMERIC => Cell::Decimal(text),
        Type::DATE => Cell::Date(text.parse().map_err(|_| no_such())?),
        Type::TIME => Cell::Time(text.parse().map_err(|_| no_such())?),
        Type::TIMESTAMP => Cell::DateTime(text.parse::<civil::DateTime>().map_err(|_| no_such())?),
        Type::TIMESTAMPTZ => Cell::Timestamp(text.parse().map_err(|_| no_such())?),
        _ => Cell::Text(text),
    };
    encode_cell(cell, item, out)
}

/// Reads an array as JSON text into `out`; `None` where it has more dimensions than one, or is damaged.
pub(super) fn decode(raw: &[u8], item: &Reader, out: &mut String) -> Option<()> {
    let number = |at: usize| {
        raw.get(at..at + 4).map(|bytes| i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    };
    out.push('[');
    let length = match number(0)? {
        0 => 0,
        1 => number(12)?,
        _more => return None,
    };
    let mut at = 20;
    let mut scratch = Scratch::default();
    for position in 0..length {
        if position > 0 {
            out.push(',');
        }
        let size = number(at)?;
        at += 4;
        let Ok(size) = usize::try_from(size) else {
            out.push_str("null");
            continue;
        };
        push_item(item.read(raw.get(at..at + size)?, &mut scratch)?, out)?;
        at += size;
    }
    out.push(']');
    Some(())
}

fn push_item(cell: Cell<'_>, out: &mut String) -> Option<()> {
    use std::fmt::Write;
    let written = match cell {
        Cell::Null => write!(out, "null"),
        Cell::Bool(value) => write!(out, "{value}"),
        Cell::Int(value) | Cell::Duration(value) => write!(out, "{value}"),
        Cell::Float(value) => {
            // JSON has no word for NaN and the infinities.
            out.push_str(&serde_json::Number::from_f64(value)?.to_string());
            Ok(())
        }
        Cell::Text(value) => {
            out.push_str(&serde_json::to_string(value).ok()?);
            Ok(())
        }
        Cell::Decimal(value) => write!(out, "\"{value}\""),
        Cell::Uuid(value) => write!(out, "\"{}\"", value.hyphenated()),
        Cell::DateTime(value) => write!(out, "\"{value}\""),
        Cell::Timestamp(value) => write!(out, "\"{value}\""),
        Cell::Date(value) => write!(out, "\"{value}\""),
        Cell::Time(value) => write!(out, "\"{value}\""),
        Cell::Json(value) => {
            out.push_str(&json::canonical(value)?);
            Ok(())
        }
        Cell::Bytes(_) => return None,
    };
    written.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_quote_what_has_a_meaning() {
        assert_eq!(
            literal(r#"["a\"b","\\",null,"{,}"]"#, Item::Text).unwrap(),
            r#"{"a\"b","\\",NULL,"{,}"}"#
        );
        assert_eq!(literal("[1,null,-2]", Item::Int).unwrap(), "{1,NULL,-2}");
        assert_eq!(literal("[true,false]", Item::Bool).unwrap(), "{t,f}");
        assert_eq!(literal("[]", Item::Float).unwrap(), "{}");
    }

    #[test]
    fn items_of_another_type_are_refused_in_both_ways() {
        for (text, item, ty) in [
            (r#"["1"]"#, Item::Int, Type::INT8),
            ("[1.5]", Item::Int, Type::INT8),
            ("[18446744073709551615]", Item::Int, Type::INT8),
            ("[1]", Item::Bool, Type::BOOL),
            ("[1]", Item::Text, Type::TEXT),
            ("[[1]]", Item::Int, Type::INT8),
            ("{}", Item::Int, Type::INT8),
        ] {
            assert_eq!(literal(text, item).unwrap_err().kind(), ommi_core::ErrorKind::Validation, "{text}");
            let error = encode(text, &ty, &mut BytesMut::new()).unwrap_err();
            assert_eq!(error.kind(), ommi_core::ErrorKind::Validation, "{text}");
        }
    }

    #[test]
    fn lists_come_back() {
        for (text, ty) in [
            ("[]", Type::INT8),
            ("[1,null,-9223372036854775808]", Type::INT8),
            (r#"["a","","é\"",null]"#, Type::TEXT),
            ("[0.5,1.0,-0.0]", Type::FLOAT8),
            ("[true,false]", Type::BOOL),
        ] {
            let mut raw = BytesMut::new();
            encode(text, &ty, &mut raw).unwrap();
            let mut read = String::new();
            decode(&raw, &Reader::new(None, &ty), &mut read).unwrap();
            assert_eq!(read, text);
        }
    }
}
