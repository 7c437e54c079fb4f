//! What PostgreSQL sends, as the types of fields. How a column is read is decided once per statement.

use std::error::Error as StdError;

use ommi_core::schema::FieldType;
use ommi_core::value::Cell;
use ommi_core::value::time_text::{self, Moment};
use ommi_core::{Error, Result};
use tokio_postgres::types::{FromSql, Kind, Type};
use uuid::Uuid;

use super::{base, is_textual, json, list, numeric, time};

/// A column's bytes as they came.
pub(crate) struct Raw<'a>(pub(crate) Option<&'a [u8]>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Raw(Some(raw)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Raw(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Text that a cell borrows where the bytes do not have its form.
#[derive(Default)]
pub(crate) struct Scratch(String);

/// How a column is read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reader {
    Bool,
    Int2,
    Int4,
    Int8,
    Oid,
    Float4,
    Float8,
    /// An integer where a float is expected.
    FloatOfInt(Box<Reader>),
    Text,
    Bytes,
    Numeric,
    /// A whole number where an integer is expected.
    IntOfNumeric,
    /// A number where a decimal is expected.
    DecimalOf(Box<Reader>),
    Uuid,
    UuidText,
    Timestamp,
    Timestamptz,
    /// Text that holds a moment of either kind, one without a zone, or one with a zone.
    MomentText(Zone),
    Date,
    Time,
    Interval,
    Json,
    Jsonb,
    List(Box<Reader>),
    /// The column's type is another one than the field's.
    Mismatch,
}

/// Which moments a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    Either,
    Without,
    With,
}

impl Reader {
    /// How a column of the database's type `ty` is read as a field of `field`, or as what it is where no field is
    /// known.
    pub(crate) fn new(field: Option<&FieldType>, ty: &Type) -> Self {
        let ty = base(ty);
        let Some(field) = field else { return Self::natural(ty) };
        match field {
            FieldType::Bool if *ty == Type::BOOL => Reader::Bool,
            FieldType::Int => match Self::integer(ty) {
                None if *ty == Type::NUMERIC => Reader::IntOfNumeric,
                integer => integer.unwrap_or(Reader::Mismatch),
            },
            FieldType::Float => match *ty {
                Type::FLOAT8 => Reader::Float8,
                Type::FLOAT4 => Reader::Float4,
                _ => Self::integer(ty)
                    .map_or(Reader::Mismatch, |integer| Reader::FloatOfInt(Box::new(integer))),
            },
            FieldType::Text if is_textual(ty) => Reader::Text,
            FieldType::Bytes if *ty == Type::BYTEA => Reader::Bytes,
            FieldType::Decimal => match *ty {
                Type::NUMERIC => Reader::Numeric,
                Type::FLOAT8 => Reader::DecimalOf(Box::new(Reader::Float8)),
                _ => {
                    Self::integer(ty).map_or(Reader::Mismatch, |integer| Reader::DecimalOf(Box::new(integer)))
                }
            },
            FieldType::Uuid if *ty == Type::UUID => Reader::Uuid,
            FieldType::Uuid if is_textual(ty) => Reader::UuidText,
            FieldType::DateTime | FieldType::NaiveDateTime if *ty == Type::TIMESTAMP => Reader::Timestamp,
            FieldType::DateTime | FieldType::Timestamp if *ty == Type::TIMESTAMPTZ => Reader::Timestamptz,
            FieldType::DateTime if is_textual(ty) => Reader::MomentText(Zone::Either),
            FieldType::NaiveDateTime if is_textual(ty) => Reader::MomentText(Zone::Without),
            FieldType::Timestamp if is_textual(ty) => Reader::MomentText(Zone::With),
            FieldType::Date if *ty == Type::DATE => Reader::Date,
            FieldType::Time if *ty == Type::TIME => Reader::Time,
            FieldType::Duration if *ty == Type::INTERVAL => Reader::Interval,
            FieldType::List(item) => match ty.kind() {
                Kind::Array(found) => match Self::new(Some(item), found) {
                    Reader::Mismatch => Reader::Mismatch,
                    reader => Reader::List(Box::new(reader)),
                },
                _no_array => Self::document(ty),
            },
            FieldType::Json => Self::document(ty),
            FieldType::Bool
            | FieldType::Text
            | FieldType::Bytes
            | FieldType::Uuid
            | FieldType::DateTime
            | FieldType::NaiveDateTime
            | FieldType::Timestamp
            | FieldType::Date
            | FieldType::Time
            | FieldType::Duration => Reader::Mismatch,
        }
    }

    fn natural(ty: &Type) -> Self {
        match *ty {
            Type::BOOL => Reader::Bool,
            Type::FLOAT8 => Reader::Float8,
            Type::BYTEA => Reader::Bytes,
            Type::CHAR => Reader::Text,
            _ if is_textual(ty) => Reader::Text,
            _ => Self::integer(ty).unwrap_or(Reader::Mismatch),
        }
    }

    fn integer(ty: &Type) -> Option<Self> {
        match *ty {
            Type::INT8 => Some(Reader::Int8),
            Type::INT4 => Some(Reader::Int4),
            Type::INT2 => Some(Reader::Int2),
            Type::OID => Some(Reader::Oid),
            _ => None,
        }
    }

    fn document(ty: &Type) -> Self {
        match *ty {
            Type::JSONB => Reader::Jsonb,
            Type::JSON => Reader::Json,
            _ if is_textual(ty) => Reader::Json,
            _ => Reader::Mismatch,
        }
    }

    /// The value; `None` where it is none of the field's type.
    #[inline]
    pub(crate) fn read<'a>(&self, raw: &'a [u8], scratch: &'a mut Scratch) -> Option<Cell<'a>> {
        Some(match self {
            Reader::Int8 => Cell::Int(i64::from_be_bytes(raw.try_into().ok()?)),
            Reader::Text => Cell::Text(std::str::from_utf8(raw).ok()?),
            Reader::Bool => Cell::Bool(*raw.first()? != 0),
            Reader::Int4 => Cell::Int(i32::from_be_bytes(raw.try_into().ok()?).into()),
            Reader::Int2 => Cell::Int(i16::from_be_bytes(raw.try_into().ok()?).into()),
            Reader::Oid => Cell::Int(u32::from_be_bytes(raw.try_into().ok()?).into()),
            Reader::Float8 => Cell::Float(f64::from_be_bytes(raw.try_into().ok()?)),
            Reader::Float4 => Cell::Float(f32::from_be_bytes(raw.try_into().ok()?).into()),
            Reader::Bytes => Cell::Bytes(raw),
            Reader::Uuid => Cell::Uuid(Uuid::from_slice(raw).ok()?),
            Reader::UuidText => Cell::Uuid(Uuid::try_parse_ascii(raw).ok()?),
            Reader::Timestamp => {
                Cell::DateTime(time::decode_datetime(i64::from_be_bytes(raw.try_into().ok()?))?)
            }
            Reader::Timestamptz => {
                Cell::Timestamp(time::decode_timestamp(i64::from_be_bytes(raw.try_into().ok()?))?)
            }
            Reader::MomentText(zone) => moment_of(raw, *zone)?,
            Reader::Date => Cell::Date(time::decode_date(i32::from_be_bytes(raw.try_into().ok()?))?),
            Reader::Time => Cell::Time(time::decode_time(i64::from_be_bytes(raw.try_into().ok()?))?),
            Reader::Interval => Cell::Duration(interval(raw)?),
            Reader::Numeric => Cell::Decimal(numeric::decode(raw, &mut scratch.0)?),
            Reader::IntOfNumeric => Cell::Int(numeric::decode(raw, &mut scratch.0)?.parse().ok()?),
            Reader::FloatOfInt(integer) => match integer.read(raw, scratch)? {
                Cell::Int(value) if (value as f64) as i128 == i128::from(value) => Cell::Float(value as f64),
                _inexact => return None,
            },
            Reader::DecimalOf(number) => {
                let text = match number.read(raw, &mut Scratch::default())? {
                    Cell::Int(value) => value.to_string(),
                    // Rust writes the shortest digits that mean just this double, and never an exponent.
                    Cell::Float(value) if value.is_finite() => value.to_string(),
                    _no_decimal => return None,
                };
                scratch.0 = if text == "-0" { "0".to_owned() } else { text };
                Cell::Decimal(&scratch.0)
            }
            Reader::Json => {
                scratch.0 = json::canonical(std::str::from_utf8(raw).ok()?)?;
                Cell::Json(&scratch.0)
            }
            Reader::Jsonb => {
                scratch.0 = json::canonical(std::str::from_utf8(raw.strip_prefix(&[1])?).ok()?)?;
                Cell::Json(&scratch.0)
            }
            Reader::List(item) => {
                scratch.0.clear();
                list::decode(raw, item, &mut scratch.0)?;
                Cell::Json(&scratch.0)
            }
            Reader::Mismatch => return None,
        })
    }
}

fn moment_of(raw: &[u8], zone: Zone) -> Option<Cell<'static>> {
    match (time_text::read_moment(raw)?, zone) {
        (Moment::Local(value), Zone::Either | Zone::Without) => Some(Cell::DateTime(value)),
        (Moment::Instant(value), Zone::Either | Zone::With) => Some(Cell::Timestamp(value)),
        (Moment::Local(_), Zone::With) | (Moment::Instant(_), Zone::Without) => None,
    }
}

fn interval(raw: &[u8]) -> Option<i64> {
    let micros = i64::from_be_bytes(raw.get(..8)?.try_into().ok()?);
    let days = i32::from_be_bytes(raw.get(8..12)?.try_into().ok()?);
    let months = i32::from_be_bytes(raw.get(12..16)?.try_into().ok()?);
    time::decode_interval(micros, days, months)
}

/// The error for a value that is none of its field's type.
#[cold]
pub(crate) fn unreadable(
    column: usize,
    labels: &[String],
    types: &[FieldType],
    ty: &Type,
    reader: &Reader,
) -> Error {
    let wanted = types.get(column).map_or_else(|| "text".to_owned(), FieldType::describe);
    let tail = match reader {
        Reader::Mismatch => "",
        _right_type => " that is no such value, or one out of range",
    };
    let error = Error::query(format!("expected {wanted}, the database holds {}{tail}", ty.name()));
    let label = labels.get(column).map_or("", String::as_str);
    match label.rsplit_once('.') {
        Some((model, field)) => error.with_model(model).with_field(field),
        None if label.is_empty() => error.with_field(format!("column {}", column + 1)),
        None => error.with_field(label),
    }
}
