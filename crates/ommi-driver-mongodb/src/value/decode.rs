//! BSON as cells. A field that holds something else than its type is an error that names the field, never another
//! value. What other programs wrote is read too where nothing is lost.

use jiff::civil;
use jiff::tz::Offset;
use mongodb::bson::raw::RawBsonRef;
use mongodb::bson::spec::BinarySubtype;
use ommi_core::schema::FieldType;
use ommi_core::value::time_text::{Moment, read_date, read_moment, read_time};
use ommi_core::value::{Cell, RowBatch};
use ommi_core::{Error, Result};
use uuid::Uuid;

use super::{decimal, json};

/// Pushes one cell; a missing field is given as [`RawBsonRef::Null`]. `label` is `Model.field`.
///
/// # Errors
/// `Query` for what is no value of the type.
#[inline]
pub(crate) fn decode(raw: RawBsonRef<'_>, ty: &FieldType, label: &str, batch: &mut RowBatch) -> Result<()> {
    match (ty, raw) {
        (_, RawBsonRef::Null | RawBsonRef::Undefined) => batch.push(Cell::Null),
        (FieldType::Int, RawBsonRef::Int64(value)) => batch.push(Cell::Int(value)),
        (FieldType::Text, RawBsonRef::String(text)) => batch.push(Cell::Text(text)),
        (ty, raw) => match decode_as(ty, raw, &mut String::new(), batch) {
            Some(()) => {}
            None => return Err(mismatch(raw, ty, label)),
        },
    }
    Ok(())
}

fn decode_as(ty: &FieldType, raw: RawBsonRef<'_>, scratch: &mut String, batch: &mut RowBatch) -> Option<()> {
    let cell = match ty {
        FieldType::Bool => Cell::Bool(truth(raw)?),
        FieldType::Int => Cell::Int(integer(raw)?),
        FieldType::Float => Cell::Float(float(raw)?),
        FieldType::Text => Cell::Text(text(raw)?),
        FieldType::Bytes => match raw {
            RawBsonRef::Binary(binary) => Cell::Bytes(binary.bytes),
            _other => return None,
        },
        FieldType::Decimal => {
            *scratch = number(raw)?;
            Cell::Decimal(scratch)
        }
        FieldType::Uuid => Cell::Uuid(uuid(raw)?),
        FieldType::DateTime => match moment(raw)? {
            Moment::Local(value) => Cell::DateTime(value),
            Moment::Instant(value) => Cell::Timestamp(value),
        },
        FieldType::NaiveDateTime => match moment(raw)? {
            Moment::Local(value) => Cell::DateTime(value),
            // A date of BSON has no zone of its own; text says that it has one.
            Moment::Instant(value) => match raw {
                RawBsonRef::DateTime(_) => Cell::DateTime(Offset::UTC.to_datetime(value)),
                _text => return None,
            },
        },
        FieldType::Timestamp => match moment(raw)? {
            Moment::Instant(value) => Cell::Timestamp(value),
            Moment::Local(_) => return None,
        },
        FieldType::Date => Cell::Date(date(raw)?),
        FieldType::Time => Cell::Time(read_time(text(raw)?.as_bytes())?),
        FieldType::Duration => Cell::Duration(integer(raw)?),
        FieldType::Json => {
            *scratch = json::write(raw)?;
            Cell::Json(scratch)
        }
        FieldType::List(_) => match raw {
            RawBsonRef::Array(_) => {
                *scratch = json::write(raw)?;
                Cell::Json(scratch)
            }
            _other => return None,
        },
    };
    batch.push(cell);
    Some(())
}

fn truth(raw: RawBsonRef<'_>) -> Option<bool> {
    match (raw, integer(raw)) {
        (RawBsonRef::Boolean(value), _) => Some(value),
        (_, Some(0)) => Some(false),
        (_, Some(1)) => Some(true),
        _other => None,
    }
}

fn integer(raw: RawBsonRef<'_>) -> Option<i64> {
    match raw {
        RawBsonRef::Int64(value) => Some(value),
        RawBsonRef::Int32(value) => Some(i64::from(value)),
        RawBsonRef::Double(value) => {
            let whole = value as i64;
            // `i64::MAX` as a float is one more than it is: not a value of ours.
            let fits = whole as f64 == value && whole != i64::MAX;
            fits.then_some(whole)
        }
        RawBsonRef::Decimal128(value) => decimal::write(value)?.parse().ok(),
        _other => None,
    }
}

fn float(raw: RawBsonRef<'_>) -> Option<f64> {
    match raw {
        RawBsonRef::Double(value) => Some(value),
        RawBsonRef::Int32(value) => Some(f64::from(value)),
        RawBsonRef::Int64(value) => {
            let float = value as f64;
            (float as i128 == i128::from(value)).then_some(float)
        }
        _other => None,
    }
}

fn text(raw: RawBsonRef<'_>) -> Option<&str> {
    match raw {
        RawBsonRef::String(text) | RawBsonRef::Symbol(text) => Some(text),
        _other => None,
    }
}

/// A decimal in plain notation without trailing zeros.
fn number(raw: RawBsonRef<'_>) -> Option<String> {
    match raw {
        RawBsonRef::Decimal128(value) => decimal::write(value),
        RawBsonRef::Int32(value) => Some(value.to_string()),
        RawBsonRef::Int64(value) => Some(value.to_string()),
        // Rust writes the shortest digits that mean just this number, and never an exponent.
        RawBsonRef::Double(value) if value.is_finite() => Some(decimal::trimmed(value.to_string())),
        _other => None,
    }
}

fn uuid(raw: RawBsonRef<'_>) -> Option<Uuid> {
    match raw {
        RawBsonRef::Binary(binary) if binary.subtype == BinarySubtype::Uuid => {
            Uuid::from_slice(binary.bytes).ok()
        }
        RawBsonRef::String(text) => Uuid::try_parse(text).ok(),
        _other => None,
    }
}

fn moment(raw: RawBsonRef<'_>) -> Option<Moment> {
    match raw {
        RawBsonRef::String(text) => read_moment(text.as_bytes()),
        RawBsonRef::DateTime(value) => {
            jiff::Timestamp::from_millisecond(value.timestamp_millis()).ok().map(Moment::Instant)
        }
        _other => None,
    }
}

/// A date; one of BSON where it is midnight in UTC.
fn date(raw: RawBsonRef<'_>) -> Option<civil::Date> {
    if let RawBsonRef::String(text) = raw {
        return read_date(text.as_bytes());
    }
    let Moment::Instant(instant) = moment(raw)? else { return None };
    let moment = Offset::UTC.to_datetime(instant);
    (moment.time() == civil::Time::midnight()).then(|| moment.date())
}

#[cold]
fn mismatch(raw: RawBsonRef<'_>, ty: &FieldType, label: &str) -> Error {
    let tail = if has_class(ty, raw) { ", which is no such value" } else { "" };
    let error =
        Error::query(format!("expected {}, the database holds {}{tail}", ty.describe(), describe(raw)));
    match label.rsplit_once('.') {
        Some((model, field)) => error.with_model(model).with_field(field),
        None => error.with_field(label),
    }
}

/// Whether some values of such a kind are of the type.
fn has_class(ty: &FieldType, raw: RawBsonRef<'_>) -> bool {
    let is_number = matches!(
        raw,
        RawBsonRef::Int32(_) | RawBsonRef::Int64(_) | RawBsonRef::Double(_) | RawBsonRef::Decimal128(_)
    );
    let is_text = matches!(raw, RawBsonRef::String(_));
    let is_date = matches!(raw, RawBsonRef::DateTime(_));
    match ty {
        FieldType::Bool | FieldType::Int | FieldType::Float | FieldType::Decimal | FieldType::Duration => {
            is_number
        }
        FieldType::Uuid => is_text || matches!(raw, RawBsonRef::Binary(_)),
        FieldType::DateTime | FieldType::NaiveDateTime | FieldType::Timestamp | FieldType::Date => {
            is_text || is_date
        }
        FieldType::Time => is_text,
        FieldType::List(_) => matches!(raw, RawBsonRef::Array(_)),
        FieldType::Text | FieldType::Bytes | FieldType::Json => false,
    }
}

fn describe(raw: RawBsonRef<'_>) -> &'static str {
    match raw {
        RawBsonRef::Double(_) => "a float",
        RawBsonRef::String(_) | RawBsonRef::Symbol(_) => "text",
        RawBsonRef::Array(_) => "an array",
        RawBsonRef::Document(_) => "a document",
        RawBsonRef::Boolean(_) => "a bool",
        RawBsonRef::Null | RawBsonRef::Undefined => "NULL",
        RawBsonRef::RegularExpression(_) => "a regular expression",
        RawBsonRef::JavaScriptCode(_) | RawBsonRef::JavaScriptCodeWithScope(_) => "code",
        RawBsonRef::Int32(_) | RawBsonRef::Int64(_) => "an integer",
        RawBsonRef::Timestamp(_) => "a timestamp of the replica set",
        RawBsonRef::Binary(binary) if binary.subtype == BinarySubtype::Uuid => "a UUID",
        RawBsonRef::Binary(_) => "bytes",
        RawBsonRef::ObjectId(_) => "an ObjectId",
        RawBsonRef::DateTime(_) => "a date",
        RawBsonRef::Decimal128(_) => "a decimal",
        RawBsonRef::MaxKey | RawBsonRef::MinKey => "a key that is smaller or larger than all others",
        RawBsonRef::DbPointer(_) => "a pointer",
    }
}
