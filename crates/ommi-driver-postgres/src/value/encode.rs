//! Values as PostgreSQL takes them for the type that it asks for.

use std::error::Error as StdError;
use std::fmt;

use bytes::{BufMut, BytesMut};
use ommi_core::driver::{Param, Transform};
use ommi_core::value::{Cell, Value, normalized_decimal, time_text};
use ommi_core::{Error, ErrorKind, Result};
use tokio_postgres::types::{IsNull, Kind, ToSql, Type};

use super::{base, is_textual, json, list, time};

/// A parameter with what is done to it on its way.
#[derive(Clone, Copy)]
pub(crate) struct Bound<'a> {
    pub(crate) param: &'a Param,
    pub(crate) transform: Transform,
    /// Where the parameter is a list of lists: what is in these, which travel as literals of arrays.
    pub(crate) literals: Option<list::Item>,
}

/// The value stays out of every message and log.
impl fmt::Debug for Bound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        encode_param(self, ty, out).map_err(Into::into)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.to_sql(ty, out)
    }
}

/// Writes one parameter.
///
/// # Errors
/// `Validation` for what the type cannot hold, `Query` where the database asks for another type of value.
fn encode_param(bound: &Bound<'_>, ty: &Type, out: &mut BytesMut) -> Result<IsNull> {
    match (bound.param, bound.transform) {
        (Param::Scalar(value), Transform::Plain) => encode_value(value, ty, out),
        (Param::Scalar(Value::Null), _any_transform) => Ok(IsNull::Yes),
        (Param::Scalar(Value::Text(text)), transform) => match ommi_sql::transformed(transform, text)? {
            Some(text) => encode_cell(Cell::Text(&text), ty, out),
            None => Ok(IsNull::Yes),
        },
        (Param::Scalar(other), _any_transform) => {
            Err(Error::validation(format!("expected text as a pattern, got {}", other.kind_name())))
        }
        (Param::List(values), _any_transform) => encode_list(values, bound.literals, ty, out),
    }
}

fn encode_list(
    values: &[Value],
    literals: Option<list::Item>,
    ty: &Type,
    out: &mut BytesMut,
) -> Result<IsNull> {
    encode_array(ty, values.len(), out, |position, item, out| match (&values[position], literals) {
        (Value::Json(list), Some(within)) => {
            encode_cell(Cell::Text(&list::literal(list, within)?), item, out)
        }
        (value, _) => encode_value(value, item, out),
    })
}

/// Writes an array of so many items, each by its position.
///
/// # Errors
/// `Internal` where the database takes no array; what an item's encoding gives.
pub(crate) fn encode_array(
    ty: &Type,
    length: usize,
    out: &mut BytesMut,
    mut encode: impl FnMut(usize, &Type, &mut BytesMut) -> Result<IsNull>,
) -> Result<IsNull> {
    let Kind::Array(item) = base(ty).kind() else {
        let message = format!("the database takes {} where a list is given", ty.name());
        return Err(Error::new(ErrorKind::Internal, message));
    };
    list::write(out, item, length, |position, out| encode(position, item, out))?;
    Ok(IsNull::No)
}

pub(super) fn encode_value(value: &Value, ty: &Type, out: &mut BytesMut) -> Result<IsNull> {
    if let Value::Decimal(decimal) = value {
        return encode_cell(Cell::Decimal(&normalized_decimal(decimal).to_plain_string()), ty, out);
    }
    encode_cell(value.as_cell(&mut String::new()), ty, out)
}

/// Writes the bytes of one value; `out` is left as it was for NULL.
///
/// # Errors
/// As [`encode_param`].
#[inline]
pub(crate) fn encode_cell(cell: Cell<'_>, ty: &Type, out: &mut BytesMut) -> Result<IsNull> {
    match cell {
        Cell::Null => return Ok(IsNull::Yes),
        Cell::Int(value) if *ty == Type::INT8 => out.put_i64(value),
        Cell::Text(value) if *ty == Type::TEXT || *ty == Type::VARCHAR => {
            out.put_slice(without_nul(value)?.as_bytes())
        }
        other => encode_other(other, base(ty), out)?,
    }
    Ok(IsNull::No)
}

fn encode_other(cell: Cell<'_>, ty: &Type, out: &mut BytesMut) -> Result<()> {
    let mut buffer = [0; time_text::LENGTH];
    match cell {
        Cell::Null => {}
        Cell::Bool(value) if *ty == Type::BOOL => out.put_u8(value.into()),
        Cell::Int(value) => return encode_int(value, ty, out),
        Cell::Float(value) => return encode_float(value, ty, out),
        Cell::Text(value) if is_textual(ty) => out.put_slice(without_nul(value)?.as_bytes()),
        Cell::Bytes(value) if *ty == Type::BYTEA => out.put_slice(value),
        Cell::Decimal(value) if *ty == Type::NUMERIC => super::numeric::encode(value, out)?,
        Cell::Uuid(value) if *ty == Type::UUID => out.put_slice(value.as_bytes()),
        Cell::Uuid(value) if is_textual(ty) => {
            out.put_slice(value.hyphenated().encode_lower(&mut [0; 36]).as_bytes());
        }
        Cell::DateTime(value) if *ty == Type::TIMESTAMP => out.put_i64(time::encode_datetime(value)?),
        Cell::DateTime(value) if is_textual(ty) => {
            out.put_slice(fits(time_text::write_datetime(value, &mut buffer))?.as_bytes());
        }
        Cell::Timestamp(value) if *ty == Type::TIMESTAMPTZ => out.put_i64(time::encode_timestamp(value)?),
        Cell::Timestamp(value) if is_textual(ty) => {
            out.put_slice(fits(time_text::write_timestamp(value, &mut buffer))?.as_bytes());
        }
        Cell::DateTime(_) if *ty == Type::TIMESTAMPTZ => return Err(zone("timestamptz", "with")),
        Cell::Timestamp(_) if *ty == Type::TIMESTAMP => return Err(zone("timestamp", "without")),
        Cell::Date(value) if *ty == Type::DATE => out.put_i32(time::encode_date(value)?),
        Cell::Time(value) if *ty == Type::TIME => out.put_i64(time::encode_time(value)?),
        Cell::Duration(value) if *ty == Type::INTERVAL => {
            out.put_i64(value);
            out.put_i64(0);
        }
        Cell::Json(value) if *ty == Type::JSONB => {
            out.put_u8(1);
            out.put_slice(json::for_jsonb(value)?.as_bytes());
        }
        Cell::Json(value) if *ty == Type::JSON || is_textual(ty) => {
            out.put_slice(without_nul(value)?.as_bytes())
        }
        Cell::Json(value) => match ty.kind() {
            Kind::Array(item) => list::encode(value, item, out)?,
            _no_list => return Err(mismatch(cell, ty)),
        },
        Cell::Bool(_)
        | Cell::Text(_)
        | Cell::Bytes(_)
        | Cell::Decimal(_)
        | Cell::Uuid(_)
        | Cell::DateTime(_)
        | Cell::Timestamp(_)
        | Cell::Date(_)
        | Cell::Time(_)
        | Cell::Duration(_) => return Err(mismatch(cell, ty)),
    }
    Ok(())
}

fn encode_int(value: i64, ty: &Type, out: &mut BytesMut) -> Result<()> {
    let range = |_| Error::validation(format!("the integer does not fit the column, which is {}", ty.name()));
    match *ty {
        Type::INT8 => out.put_i64(value),
        Type::INT4 => out.put_i32(i32::try_from(value).map_err(range)?),
        Type::INT2 => out.put_i16(i16::try_from(value).map_err(range)?),
        Type::OID => out.put_u32(u32::try_from(value).map_err(range)?),
        Type::NUMERIC => super::numeric::encode(&value.to_string(), out)?,
        _ => return Err(mismatch(Cell::Int(value), ty)),
    }
    Ok(())
}

fn encode_float(value: f64, ty: &Type, out: &mut BytesMut) -> Result<()> {
    match *ty {
        Type::FLOAT8 => out.put_f64(value),
        Type::FLOAT4 => {
            let short = value as f32;
            if f64::from(short) != value && !value.is_nan() {
                return Err(Error::validation(
                    "the float has more digits than the column, which is float4, can hold",
                ));
            }
            out.put_f32(short);
        }
        _ => return Err(mismatch(Cell::Float(value), ty)),
    }
    Ok(())
}

/// Writes a value with its length before it, as rows of COPY and items of arrays have it.
pub(crate) fn encode_sized(
    out: &mut BytesMut,
    write: impl FnOnce(&mut BytesMut) -> Result<IsNull>,
) -> Result<()> {
    let start = out.len();
    out.put_i32(-1);
    if let IsNull::No = write(out)? {
        let length = i32::try_from(out.len() - start - 4).map_err(|_| too_long())?;
        out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

fn too_long() -> Error {
    Error::validation("a value is too long: PostgreSQL holds at most 1 GiB in one")
}

#[cold]
fn zone(column: &str, takes: &str) -> Error {
    Error::validation(format!("the column is {column} and takes only values {takes} a zone"))
}

#[cold]
fn mismatch(cell: Cell<'_>, ty: &Type) -> Error {
    let kind = match cell {
        Cell::Null => "NULL",
        Cell::Bool(_) => "a bool",
        Cell::Int(_) => "an integer",
        Cell::Float(_) => "a float",
        Cell::Text(_) => "text",
        Cell::Bytes(_) => "bytes",
        Cell::Decimal(_) => "a decimal",
        Cell::Uuid(_) => "a UUID",
        Cell::DateTime(_) => "a date and time without a zone",
        Cell::Timestamp(_) => "a date and time with a zone",
        Cell::Date(_) => "a date",
        Cell::Time(_) => "a time",
        Cell::Duration(_) => "a duration",
        Cell::Json(_) => "a nested value",
    };
    Error::query(format!(
        "the database's column is {} and cannot take {kind}: the model differs from it",
        ty.name()
    ))
}

fn fits<T>(written: Result<T, time_text::Refusal>) -> Result<T> {
    written.map_err(Error::validation)
}

pub(super) fn without_nul(text: &str) -> Result<&str> {
    if text.as_bytes().contains(&0) {
        return Err(Error::validation("text with a NUL character cannot be stored: remove it or use bytes"));
    }
    Ok(text)
}
