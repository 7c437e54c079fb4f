//! Python values to cells. A value of a wrong type is refused here, by name, before anything is sent.

use bigdecimal::BigDecimal;
use ommi::core::value::{Cell, Value, normalized_decimal};
use ommi::core::{Error, Result};
use pyo3::exceptions::PyOverflowError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDate, PyDateTime, PyDelta, PyFloat, PyInt, PyString, PyTime, PyType,
};
use uuid::Uuid;

use super::{Codec, json, temporal};
use crate::error::from_python;

impl Codec {
    /// Reads `value` as a cell and hands it to `take`. None becomes NULL.
    pub(crate) fn read<R>(&self, value: &Bound<'_, PyAny>, take: impl FnOnce(Cell<'_>) -> R) -> Result<R> {
        if value.is_none() {
            return Ok(take(Cell::Null));
        }
        match self {
            Codec::Bool => read_bool(value).map(|value| take(Cell::Bool(value))),
            Codec::Int => read_int(value).map(|value| take(Cell::Int(value))),
            Codec::Float => read_float(value).map(|value| take(Cell::Float(value))),
            Codec::Str => read_str(value, "text", |text| take(Cell::Text(text))),
            Codec::Bytes => read_bytes(value, |bytes| take(Cell::Bytes(bytes))),
            Codec::Decimal => read_decimal(value).map(|text| take(Cell::Decimal(&text))),
            Codec::Uuid => read_uuid(value).map(|uuid| take(Cell::Uuid(uuid))),
            Codec::DateTime => temporal::read_datetime(value).map(take),
            Codec::Timestamp => temporal::read_aware(value).map(take),
            Codec::NaiveDateTime => temporal::read_naive(value).map(take),
            Codec::Date => temporal::read_date(value).map(take),
            Codec::Time => temporal::read_time(value).map(take),
            Codec::Timedelta => temporal::read_timedelta(value).map(take),
            Codec::Enum { class, base, stored, .. } => {
                let member = enum_member(class.bind(value.py()), value)?;
                let stored = stored.bind(value.py()).get_item(&member).map_err(from_python)?;
                match stored {
                    Some(stored) => base.read(&stored, take),
                    None => Err(wrong_type(value, "a member of the enum")),
                }
            }
            Codec::Literal { base, values } => {
                if !values.bind(value.py()).contains(value).map_err(from_python)? {
                    return Err(Error::validation("the value is none of those that the Literal allows"));
                }
                base.read(value, take)
            }
            Codec::List(item) => json::dump_list(value, item).map(|text| take(Cell::Json(&text))),
            Codec::Json { to_plain, .. } => {
                let text = match to_plain {
                    Some(convert) => {
                        json::dump(&convert.bind(value.py()).call1((value,)).map_err(from_python)?)?
                    }
                    None => json::dump(value)?,
                };
                Ok(take(Cell::Json(&text)))
            }
            Codec::Convert { base, to_base, .. } => {
                base.read(&to_base.bind(value.py()).call1((value,)).map_err(from_python)?, take)
            }
        }
    }

    /// Reads `value` as an owned value, for a query's literal.
    pub(crate) fn read_value(&self, value: &Bound<'_, PyAny>) -> Result<Value> {
        self.read(value, |cell| cell.to_value())?
    }

    /// The codec of a list's members, for `contains`.
    pub(crate) fn member(&self) -> &Codec {
        match self {
            Codec::List(item) => item,
            Codec::Bool
            | Codec::Int
            | Codec::Float
            | Codec::Str
            | Codec::Bytes
            | Codec::Decimal
            | Codec::Uuid
            | Codec::DateTime
            | Codec::Timestamp
            | Codec::NaiveDateTime
            | Codec::Date
            | Codec::Time
            | Codec::Timedelta
            | Codec::Enum { .. }
            | Codec::Literal { .. }
            | Codec::Json { .. }
            | Codec::Convert { .. } => self,
        }
    }
}

/// The value of a literal that stands beside no field: by its own Python type.
pub(crate) fn infer_value(value: &Bound<'_, PyAny>) -> Result<Value> {
    let codec = if value.is_instance_of::<PyBool>() {
        Codec::Bool
    } else if value.is_instance_of::<PyInt>() {
        Codec::Int
    } else if value.is_instance_of::<PyFloat>() {
        Codec::Float
    } else if value.is_instance_of::<PyString>() {
        Codec::Str
    } else if value.is_instance_of::<PyBytes>() {
        Codec::Bytes
    } else if value.is_instance_of::<PyDateTime>() {
        Codec::DateTime
    } else if value.is_instance_of::<PyDate>() {
        Codec::Date
    } else if value.is_instance_of::<PyTime>() {
        Codec::Time
    } else if value.is_instance_of::<PyDelta>() {
        Codec::Timedelta
    } else {
        Codec::Decimal
    };
    codec.read_value(value)
}

/// "expected an integer, got str": the value itself is never shown.
pub(super) fn wrong_type(value: &Bound<'_, PyAny>, expected: &str) -> Error {
    let got = value.get_type().name().map_or_else(|_| "another type".into(), |name| name.to_string());
    Error::validation(format!("expected {expected}, got {got}"))
}

fn read_bool(value: &Bound<'_, PyAny>) -> Result<bool> {
    value.cast::<PyBool>().map(|value| value.is_true()).map_err(|_| wrong_type(value, "a bool"))
}

fn read_int(value: &Bound<'_, PyAny>) -> Result<i64> {
    if !value.is_instance_of::<PyInt>() || value.is_instance_of::<PyBool>() {
        return Err(wrong_type(value, "an integer"));
    }
    value.extract::<i64>().map_err(|error| {
        if error.is_instance_of::<PyOverflowError>(value.py()) {
            return Error::validation("the integer does not fit in 64 bits");
        }
        from_python(error)
    })
}

fn read_float(value: &Bound<'_, PyAny>) -> Result<f64> {
    if let Ok(float) = value.cast::<PyFloat>() {
        return Ok(float.value());
    }
    let whole = read_int(value).map_err(|_| wrong_type(value, "a float"))?;
    let float = whole as f64;
    if float as i128 == i128::from(whole) {
        return Ok(float);
    }
    Err(Error::validation("the integer has more digits than a float can hold exactly"))
}

pub(super) fn read_str<R>(
    value: &Bound<'_, PyAny>,
    expected: &str,
    take: impl FnOnce(&str) -> R,
) -> Result<R> {
    let text = value.cast::<PyString>().map_err(|_| wrong_type(value, expected))?;
    let text = text.to_str().map_err(|_| {
        Error::validation("the text has a lone surrogate, which no database can store as Unicode")
    })?;
    if text.as_bytes().contains(&0) {
        return Err(Error::validation(
            "text with a NUL character cannot be stored the same in every database; remove it or use bytes",
        ));
    }
    Ok(take(text))
}

fn read_bytes<R>(value: &Bound<'_, PyAny>, take: impl FnOnce(&[u8]) -> R) -> Result<R> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(take(bytes.as_bytes()));
    }
    match value.cast::<PyByteArray>() {
        Ok(bytes) => Ok(take(&bytes.to_vec())),
        Err(_) => Err(wrong_type(value, "bytes")),
    }
}

fn read_decimal(value: &Bound<'_, PyAny>) -> Result<String> {
    static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let py = value.py();
    let class = DECIMAL.import(py, "decimal", "Decimal").map_err(from_python)?;
    let whole = value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>();
    if !whole && !value.is_instance(class).map_err(from_python)? {
        return Err(wrong_type(value, "a Decimal"));
    }
    let text = value.str().map_err(from_python)?;
    let text = text.to_str().map_err(from_python)?;
    let number: BigDecimal = text
        .parse()
        .map_err(|_| Error::validation("a Decimal that is infinite or not a number cannot be stored"))?;
    let number = normalized_decimal(&number);
    let (_, scale) = number.as_bigint_and_scale();
    if scale.unsigned_abs() > MAX_DECIMAL_SCALE {
        return Err(Error::validation(format!(
            "a Decimal of more than {MAX_DECIMAL_SCALE} places cannot be stored"
        )));
    }
    Ok(number.to_plain_string())
}

/// Bounds the text of a decimal such as `1E+1000000`, which is short in Python and a megabyte when written out.
const MAX_DECIMAL_SCALE: u64 = 16_383;

fn read_uuid(value: &Bound<'_, PyAny>) -> Result<Uuid> {
    static UUID: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let class = UUID.import(value.py(), "uuid", "UUID").map_err(from_python)?;
    if !value.is_instance(class).map_err(from_python)? {
        return Err(wrong_type(value, "a UUID"));
    }
    let number = value.getattr(intern!(value.py(), "int")).and_then(|int| int.extract::<u128>());
    number.map(Uuid::from_u128).map_err(from_python)
}

/// The member that `value` is, or stands for by its value (as Pydantic's `use_enum_values` leaves it).
fn enum_member<'py>(class: &Bound<'py, PyAny>, value: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
    if value.is_instance(class).map_err(from_python)? {
        return Ok(value.clone());
    }
    class.call1((value,)).map_err(|_| wrong_type(value, "a member of the enum"))
}
