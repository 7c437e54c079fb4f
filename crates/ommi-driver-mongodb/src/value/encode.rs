//! Values as BSON.
//!
//! Dates, times of day and moments without a zone are the sorting text of `time_text`; instants are BSON dates, of
//! milliseconds. What BSON has a type for has it, so that other programs read it as what it is.

use jiff::Timestamp;
use mongodb::bson::raw::{CStr, RawBinaryRef, RawBson, RawBsonRef};
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{DateTime, RawDocumentBuf};
use ommi_core::schema::FieldType;
use ommi_core::value::{Cell, Value, time_text};
use ommi_core::{Error, Result};

use super::{decimal, json};

/// A value of a field of type `ty` as BSON; NULL is BSON's null.
///
/// # Errors
/// `Validation` or `Unsupported` for what BSON cannot hold; `place` is `Model.field`.
pub(crate) fn encode(value: &Value, ty: &FieldType, place: &str) -> Result<RawBson> {
    with(value.as_cell(&mut String::new()), ty, |encoded| -> RawBson { encoded.into() })
        .map_err(|error| located(error, place))
}

/// Appends a cell to a document under `key`; nothing where it is NULL, for a missing field is NULL.
///
/// # Errors
/// As [`encode`].
pub(crate) fn append_cell(
    document: &mut RawDocumentBuf,
    key: &CStr,
    cell: Cell<'_>,
    ty: &FieldType,
    place: &str,
) -> Result<()> {
    if cell == Cell::Null {
        return Ok(());
    }
    with(cell, ty, |encoded| document.append(key, encoded)).map_err(|error| located(error, place))
}

/// Does something with a cell as BSON.
fn with<R>(cell: Cell<'_>, ty: &FieldType, take: impl FnOnce(RawBsonRef<'_>) -> R) -> Result<R> {
    let mut buffer = [0; time_text::LENGTH];
    let encoded = match cell {
        Cell::Null => RawBsonRef::Null,
        Cell::Bool(value) => RawBsonRef::Boolean(value),
        Cell::Int(value) | Cell::Duration(value) => RawBsonRef::Int64(value),
        Cell::Float(value) => RawBsonRef::Double(value),
        Cell::Text(value) => RawBsonRef::String(value),
        Cell::Bytes(bytes) => RawBsonRef::Binary(RawBinaryRef { subtype: BinarySubtype::Generic, bytes }),
        Cell::Decimal(text) => RawBsonRef::Decimal128(decimal::read(text)?),
        Cell::Uuid(value) => {
            let bytes = value.as_bytes();
            return Ok(take(RawBsonRef::Binary(RawBinaryRef { subtype: BinarySubtype::Uuid, bytes })));
        }
        Cell::Timestamp(value) if *ty != FieldType::DateTime => RawBsonRef::DateTime(milliseconds(value)?),
        Cell::Timestamp(value) => text(time_text::write_timestamp(value, &mut buffer))?,
        Cell::DateTime(value) => text(time_text::write_datetime(value, &mut buffer))?,
        Cell::Date(value) => text(time_text::write_date(value, &mut buffer))?,
        Cell::Time(value) => text(time_text::write_time(value, &mut buffer))?,
        Cell::Json(value) => return Ok(take(json::read(value)?.as_raw_bson_ref())),
    };
    Ok(take(encoded))
}

fn text(written: Result<&str, time_text::Refusal>) -> Result<RawBsonRef<'_>> {
    written.map(RawBsonRef::String).map_err(Error::validation)
}

fn milliseconds(value: Timestamp) -> Result<DateTime> {
    if value.subsec_nanosecond() % 1_000_000 != 0 {
        return Err(Error::unsupported(
            "a MongoDB date has milliseconds and the value is finer; round it, or use a field of both kinds of dates, \
             which is stored as text",
        ));
    }
    Ok(DateTime::from_millis(value.as_millisecond()))
}

#[cold]
fn located(error: Error, place: &str) -> Error {
    match place.rsplit_once('.') {
        Some((model, field)) => error.with_model(model).with_field(field),
        None => error.with_field(place),
    }
}
