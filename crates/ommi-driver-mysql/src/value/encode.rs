//! Values on their way to the server. What a column cannot hold is refused here, before anything is sent.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use mysql_async::Value as Sent;
use ommi_core::schema::FieldType;
use ommi_core::value::time_text::{LENGTH, write_datetime, write_timestamp};
use ommi_core::value::{Cell, Value};
use ommi_core::{Error, Result};

/// Digits before the point that a DECIMAL(65, 30) holds.
const WHOLE: usize = 35;

/// Digits after the point that a DECIMAL(65, 30) holds.
const FRACTION: usize = 30;

/// A value for a parameter of type `ty`.
///
/// # Errors
/// `Validation` where the database cannot hold it.
pub(crate) fn encode_value(value: &Value, ty: &FieldType) -> Result<Sent> {
    match value {
        // Copied once; as a cell they would be looked at twice.
        Value::Text(text) | Value::Json(text) => Ok(Sent::Bytes(text.as_bytes().to_vec())),
        Value::Bytes(bytes) => Ok(Sent::Bytes(bytes.clone())),
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
        | Value::Duration(_) => encode_cell(value.as_cell(&mut String::new()), ty),
    }
}

/// A cell of a row for a column of type `ty`.
///
/// # Errors
/// `Validation` where the database cannot hold it.
pub(crate) fn encode_cell(cell: Cell<'_>, ty: &FieldType) -> Result<Sent> {
    Ok(match cell {
        Cell::Null => Sent::NULL,
        Cell::Bool(value) => Sent::Int(value.into()),
        Cell::Int(value) | Cell::Duration(value) => Sent::Int(value),
        Cell::Float(value) => finite(value)?,
        Cell::Text(text) | Cell::Json(text) => Sent::Bytes(text.as_bytes().to_vec()),
        Cell::Bytes(bytes) => Sent::Bytes(bytes.to_vec()),
        Cell::Decimal(text) => decimal(text)?,
        Cell::Uuid(value) => Sent::Bytes(value.as_bytes().to_vec()),
        // Moments with and without a zone share a column of text.
        Cell::DateTime(value) if *ty == FieldType::DateTime => {
            datetime(value)?;
            written(write_datetime(value, &mut [0; LENGTH]))?
        }
        Cell::Timestamp(value) if *ty == FieldType::DateTime => {
            datetime(Offset::UTC.to_datetime(value))?;
            written(write_timestamp(value, &mut [0; LENGTH]))?
        }
        Cell::DateTime(value) => datetime(value)?,
        Cell::Timestamp(value) => datetime(Offset::UTC.to_datetime(value))?,
        Cell::Date(value) => date(value)?,
        Cell::Time(value) => time(value)?,
    })
}

fn finite(value: f64) -> Result<Sent> {
    if value.is_finite() {
        return Ok(Sent::Double(value));
    }
    Err(Error::unsupported("MySQL cannot hold a float that is infinite or NaN; use NULL or leave it out"))
}

fn decimal(text: &str) -> Result<Sent> {
    if is_short_enough(text) {
        return Ok(Sent::Bytes(text.as_bytes().to_vec()));
    }
    let message = format!(
        "the decimal has too many digits: MySQL holds {WHOLE} before the point and {FRACTION} after it; round it \
         first"
    );
    Err(Error::validation(message))
}

/// Whether a decimal in plain notation fits a column.
fn is_short_enough(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    whole.len() <= WHOLE && fraction.len() <= FRACTION
}

fn written(text: Result<&str, &'static str>) -> Result<Sent> {
    text.map(|text| Sent::Bytes(text.as_bytes().to_vec())).map_err(Error::validation)
}

fn datetime(value: DateTime) -> Result<Sent> {
    match (date(value.date())?, time(value.time())?) {
        (Sent::Date(year, month, day, ..), Sent::Time(_, _, hour, minute, second, micros)) => {
            Ok(Sent::Date(year, month, day, hour, minute, second, micros))
        }
        (day, _) => Ok(day),
    }
}

fn date(value: Date) -> Result<Sent> {
    match u16::try_from(value.year()) {
        Ok(year @ 1..=9999) => {
            Ok(Sent::Date(year, value.month().unsigned_abs(), value.day().unsigned_abs(), 0, 0, 0, 0))
        }
        _outside => Err(Error::validation("MySQL's dates hold the years 1 to 9999")),
    }
}

fn time(value: Time) -> Result<Sent> {
    let nanoseconds = value.subsec_nanosecond().unsigned_abs();
    if !nanoseconds.is_multiple_of(1000) {
        return Err(Error::validation("MySQL's times hold microseconds: round the value first"));
    }
    let (hour, minute, second) =
        (value.hour().unsigned_abs(), value.minute().unsigned_abs(), value.second().unsigned_abs());
    Ok(Sent::Time(false, 0, hour, minute, second, nanoseconds / 1000))
}
