//! Values on their way from the server. A column that holds something else than its field is an error that names
//! the field, never another value.

use jiff::civil;
use jiff::tz::Offset;
use mysql_async::consts::{ColumnFlags, ColumnType};
use mysql_async::{Column, Value as Got};
use ommi_core::schema::FieldType;
use ommi_core::value::Cell;
use ommi_core::value::time_text::{Moment, read_moment};
use ommi_core::{Error, Result};
use uuid::Uuid;

/// The number of the character set of bytes.
const BINARY: u16 = 63;

/// What is known of the columns of a result.
#[derive(Clone, Copy)]
pub(crate) struct Expected<'a> {
    /// Their types.
    pub(crate) types: &'a [FieldType],
    /// `model.field` of each.
    pub(crate) labels: &'a [String],
}

/// What a column of a result holds, by the server's own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    Integer,
    Float,
    Decimal,
    Text,
    Bytes,
    Date,
    DateTime,
    Timestamp,
    Time,
    Json,
    Bit,
    Other,
}

impl Stored {
    /// What a column holds.
    pub(crate) fn of(column: &Column) -> Self {
        match column.column_type() {
            ColumnType::MYSQL_TYPE_TINY
            | ColumnType::MYSQL_TYPE_SHORT
            | ColumnType::MYSQL_TYPE_LONG
            | ColumnType::MYSQL_TYPE_INT24
            | ColumnType::MYSQL_TYPE_LONGLONG
            | ColumnType::MYSQL_TYPE_YEAR => Stored::Integer,
            ColumnType::MYSQL_TYPE_FLOAT | ColumnType::MYSQL_TYPE_DOUBLE => Stored::Float,
            ColumnType::MYSQL_TYPE_DECIMAL | ColumnType::MYSQL_TYPE_NEWDECIMAL => Stored::Decimal,
            ColumnType::MYSQL_TYPE_DATE | ColumnType::MYSQL_TYPE_NEWDATE => Stored::Date,
            ColumnType::MYSQL_TYPE_DATETIME => Stored::DateTime,
            ColumnType::MYSQL_TYPE_TIMESTAMP => Stored::Timestamp,
            ColumnType::MYSQL_TYPE_TIME => Stored::Time,
            ColumnType::MYSQL_TYPE_JSON => Stored::Json,
            ColumnType::MYSQL_TYPE_BIT => Stored::Bit,
            ColumnType::MYSQL_TYPE_STRING
            | ColumnType::MYSQL_TYPE_VAR_STRING
            | ColumnType::MYSQL_TYPE_VARCHAR
            | ColumnType::MYSQL_TYPE_ENUM
            | ColumnType::MYSQL_TYPE_SET
            | ColumnType::MYSQL_TYPE_TINY_BLOB
            | ColumnType::MYSQL_TYPE_BLOB
            | ColumnType::MYSQL_TYPE_MEDIUM_BLOB
            | ColumnType::MYSQL_TYPE_LONG_BLOB => {
                let is_list = column.flags().intersects(ColumnFlags::ENUM_FLAG | ColumnFlags::SET_FLAG);
                if column.character_set() == BINARY && !is_list { Stored::Bytes } else { Stored::Text }
            }
            _spatial_and_internal => Stored::Other,
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Stored::Integer => "an integer",
            Stored::Float => "a float",
            Stored::Decimal => "a decimal",
            Stored::Text => "text",
            Stored::Bytes => "bytes",
            Stored::Date => "a date",
            Stored::DateTime => "a date and time without a zone",
            Stored::Timestamp => "an instant",
            Stored::Time => "a time",
            Stored::Json => "a JSON document",
            Stored::Bit => "bits",
            Stored::Other => "a value of another kind",
        }
    }
}

/// A value as a cell. `scratch` holds text that had to be written anew.
#[inline]
pub(crate) fn decode<'a>(
    got: &'a Got,
    stored: Stored,
    column: usize,
    expected: &Expected<'_>,
    scratch: &'a mut String,
) -> Result<Cell<'a>> {
    let cell = match (expected.types.get(column), got) {
        (_, Got::NULL) => Some(Cell::Null),
        (Some(FieldType::Int), Got::Int(value)) if stored == Stored::Integer => Some(Cell::Int(*value)),
        (Some(FieldType::Text), Got::Bytes(bytes)) if stored == Stored::Text => text(bytes).map(Cell::Text),
        (Some(ty), got) => decode_as(ty, got, stored, scratch),
        (None, _) => None,
    };
    cell.ok_or_else(|| mismatch(got, stored, column, expected))
}

fn decode_as<'a>(ty: &FieldType, got: &'a Got, stored: Stored, scratch: &'a mut String) -> Option<Cell<'a>> {
    match ty {
        FieldType::Bool => truth(got, stored).map(Cell::Bool),
        FieldType::Int => integer(got, stored).map(Cell::Int),
        FieldType::Float => float(got).map(Cell::Float),
        FieldType::Text => match (got, stored) {
            (Got::Bytes(bytes), Stored::Text) => text(bytes).map(Cell::Text),
            _other => None,
        },
        FieldType::Bytes => match (got, stored) {
            (Got::Bytes(bytes), Stored::Bytes) => Some(Cell::Bytes(bytes)),
            _other => None,
        },
        FieldType::Decimal => decimal(got, stored, scratch),
        FieldType::Uuid => uuid(got, stored).map(Cell::Uuid),
        FieldType::DateTime => mixed(got, stored),
        FieldType::NaiveDateTime => match stored {
            Stored::DateTime | Stored::Timestamp => datetime(got).map(Cell::DateTime),
            _other => None,
        },
        FieldType::Timestamp => match stored {
            // The session's time zone is UTC, so both come as UTC.
            Stored::DateTime | Stored::Timestamp => instant(got).map(Cell::Timestamp),
            _other => None,
        },
        FieldType::Date => match stored {
            Stored::Date => datetime(got).map(|moment| Cell::Date(moment.date())),
            _other => None,
        },
        FieldType::Time => match stored {
            Stored::Time => time_of_day(got).map(Cell::Time),
            _other => None,
        },
        FieldType::Duration => match stored {
            Stored::Time => span(got).map(Cell::Duration),
            _other => integer(got, stored).map(Cell::Duration),
        },
        FieldType::Json | FieldType::List(_) => json(got, stored, scratch).map(Cell::Json),
    }
}

#[inline]
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn truth(got: &Got, stored: Stored) -> Option<bool> {
    match (got, stored) {
        (Got::Int(0), Stored::Integer) => Some(false),
        (Got::Int(1), Stored::Integer) => Some(true),
        (Got::Bytes(bits), Stored::Bit) if bits == &[0] => Some(false),
        (Got::Bytes(bits), Stored::Bit) if bits == &[1] => Some(true),
        _other => None,
    }
}

fn integer(got: &Got, stored: Stored) -> Option<i64> {
    match (got, stored) {
        (Got::Int(value), Stored::Integer) => Some(*value),
        (Got::UInt(value), Stored::Integer) => i64::try_from(*value).ok(),
        // Sums of integers come as decimals.
        (Got::Bytes(bytes), Stored::Decimal) => {
            let text = text(bytes)?;
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            if fraction.bytes().all(|digit| digit == b'0') { whole.parse().ok() } else { None }
        }
        _other => None,
    }
}

fn float(got: &Got) -> Option<f64> {
    match got {
        Got::Double(value) => Some(*value),
        Got::Float(value) => Some(f64::from(*value)),
        Got::Int(value) => {
            let float = *value as f64;
            (float as i128 == i128::from(*value)).then_some(float)
        }
        Got::NULL | Got::Bytes(_) | Got::UInt(_) | Got::Date(..) | Got::Time(..) => None,
    }
}

/// A decimal in plain notation without trailing zeros.
fn decimal<'a>(got: &'a Got, stored: Stored, scratch: &'a mut String) -> Option<Cell<'a>> {
    let written = match (got, stored) {
        (Got::Bytes(bytes), Stored::Decimal) => return text(bytes).map(|text| Cell::Decimal(trimmed(text))),
        (Got::Int(value), Stored::Integer) => value.to_string(),
        (Got::UInt(value), Stored::Integer) => value.to_string(),
        // Rust writes the shortest digits that mean just this number, and never an exponent.
        (Got::Double(value), _) if value.is_finite() => value.to_string(),
        (Got::Float(value), _) if value.is_finite() => value.to_string(),
        _other => return None,
    };
    *scratch = written;
    Some(Cell::Decimal(trimmed(scratch)))
}

fn trimmed(text: &str) -> &str {
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    if text == "-0" { "0" } else { text }
}

fn uuid(got: &Got, stored: Stored) -> Option<Uuid> {
    match (got, stored) {
        (Got::Bytes(bytes), Stored::Bytes) => Uuid::from_slice(bytes).ok(),
        (Got::Bytes(bytes), Stored::Text) => Uuid::try_parse_ascii(bytes).ok(),
        _other => None,
    }
}

/// A moment with a zone or without one.
fn mixed(got: &Got, stored: Stored) -> Option<Cell<'static>> {
    match (got, stored) {
        (Got::Bytes(bytes), Stored::Text) => read_moment(bytes).map(|moment| match moment {
            Moment::Local(value) => Cell::DateTime(value),
            Moment::Instant(value) => Cell::Timestamp(value),
        }),
        (got, Stored::DateTime) => datetime(got).map(Cell::DateTime),
        (got, Stored::Timestamp) => instant(got).map(Cell::Timestamp),
        _other => None,
    }
}

/// A date and time; zero dates and dates with a zero month or day are none.
fn datetime(got: &Got) -> Option<civil::DateTime> {
    let Got::Date(year, month, day, hour, minute, second, micros) = *got else { return None };
    let small = |number: u8| i8::try_from(number).ok();
    if year == 0 {
        return None;
    }
    let date = civil::Date::new(i16::try_from(year).ok()?, small(month)?, small(day)?).ok()?;
    let nanoseconds = i32::try_from(micros.checked_mul(1000)?).ok()?;
    civil::Time::new(small(hour)?, small(minute)?, small(second)?, nanoseconds)
        .ok()
        .map(|time| date.to_datetime(time))
}

fn instant(got: &Got) -> Option<jiff::Timestamp> {
    Offset::UTC.to_timestamp(datetime(got)?).ok()
}

/// A TIME is a span of up to 838 hours; only those of one day are times of day.
fn time_of_day(got: &Got) -> Option<civil::Time> {
    let Got::Time(false, 0, hour, minute, second, micros) = *got else { return None };
    let small = |number: u8| i8::try_from(number).ok();
    let nanoseconds = i32::try_from(micros.checked_mul(1000)?).ok()?;
    civil::Time::new(small(hour)?, small(minute)?, small(second)?, nanoseconds).ok()
}

fn span(got: &Got) -> Option<i64> {
    let Got::Time(is_negative, days, hours, minutes, seconds, micros) = *got else { return None };
    let hours = i64::from(days) * 24 + i64::from(hours);
    let seconds = (hours * 60 + i64::from(minutes)) * 60 + i64::from(seconds);
    let span = seconds * 1_000_000 + i64::from(micros);
    Some(if is_negative { -span } else { span })
}

fn json<'a>(got: &'a Got, stored: Stored, scratch: &'a mut String) -> Option<&'a str> {
    match (got, stored) {
        (Got::Bytes(bytes), Stored::Text) => text(bytes),
        (Got::Bytes(bytes), Stored::Json) => {
            // MySQL's own JSON columns order keys by length and put spaces between.
            let document: serde_json::Value = serde_json::from_slice(bytes).ok()?;
            *scratch = document.to_string();
            Some(scratch)
        }
        _other => None,
    }
}

#[cold]
fn mismatch(got: &Got, stored: Stored, column: usize, expected: &Expected<'_>) -> Error {
    let label = expected.labels.get(column).map_or("", String::as_str);
    let ty = expected.types.get(column);
    let wanted = ty.map_or_else(|| "no such column".to_owned(), FieldType::describe);
    let found = match (got, stored) {
        (Got::Bytes(bytes), Stored::Text | Stored::Json) if text(bytes).is_none() => {
            "text that is not valid UTF-8"
        }
        (Got::UInt(_), _) => "an integer beyond 64 signed bits",
        (Got::Date(0, ..) | Got::Date(_, 0, ..) | Got::Date(_, _, 0, ..), _) => {
            "a date that is zero in a part"
        }
        (_, stored) => stored.describe(),
    };
    let tail = if ty.is_some_and(|ty| has_class(ty, stored)) { ", which is no such value" } else { "" };
    let error = Error::query(format!("expected {wanted}, the database holds {found}{tail}"));
    match label.rsplit_once('.') {
        Some((model, field)) => error.with_model(model).with_field(field),
        None if label.is_empty() => error.with_field(format!("column {}", column + 1)),
        None => error.with_field(label),
    }
}

/// Whether some values of such a column are of the type.
fn has_class(ty: &FieldType, stored: Stored) -> bool {
    match ty {
        FieldType::Bool => matches!(stored, Stored::Integer | Stored::Bit),
        FieldType::Int => stored == Stored::Decimal,
        FieldType::Duration => stored == Stored::Time,
        FieldType::Float => stored == Stored::Integer,
        FieldType::Decimal => stored == Stored::Float,
        FieldType::Uuid => matches!(stored, Stored::Bytes | Stored::Text),
        FieldType::DateTime => matches!(stored, Stored::Text | Stored::DateTime | Stored::Timestamp),
        FieldType::NaiveDateTime | FieldType::Timestamp => {
            matches!(stored, Stored::DateTime | Stored::Timestamp)
        }
        FieldType::Date => stored == Stored::Date,
        FieldType::Time => stored == Stored::Time,
        FieldType::Text | FieldType::Bytes | FieldType::Json | FieldType::List(_) => false,
    }
}
