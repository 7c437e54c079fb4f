//! Reads the Python face's description of a codec.

use ommi::core::schema::FieldType;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::Codec;

impl Codec {
    /// The codec that `spec` describes: a name, or a tuple that begins with one.
    pub(crate) fn from_spec(spec: &Bound<'_, PyAny>) -> PyResult<Codec> {
        if let Ok(name) = spec.extract::<String>() {
            return Self::scalar(&name);
        }
        let parts = spec.cast::<PyTuple>()?;
        let name: String = parts.get_item(0)?.extract()?;
        match name.as_str() {
            "enum" => Self::enumeration(parts),
            "literal" => Ok(Codec::Literal {
                base: Box::new(Self::from_spec(&parts.get_item(1)?)?),
                values: parts.get_item(2)?.unbind(),
            }),
            "list" => Ok(Codec::List(Box::new(Self::from_spec(&parts.get_item(1)?)?))),
            "json" => Ok(Codec::Json {
                to_plain: parts.get_item(1)?.extract()?,
                from_plain: parts.get_item(2)?.extract()?,
            }),
            "convert" => Ok(Codec::Convert {
                base: Box::new(Self::from_spec(&parts.get_item(1)?)?),
                to_base: parts.get_item(2)?.unbind(),
                from_base: parts.get_item(3)?.unbind(),
            }),
            other => Err(PyTypeError::new_err(format!("unknown codec {other:?}"))),
        }
    }

    fn scalar(name: &str) -> PyResult<Codec> {
        Ok(match name {
            "bool" => Codec::Bool,
            "int" => Codec::Int,
            "float" => Codec::Float,
            "str" => Codec::Str,
            "bytes" => Codec::Bytes,
            "decimal" => Codec::Decimal,
            "uuid" => Codec::Uuid,
            "datetime" => Codec::DateTime,
            "timestamp" => Codec::Timestamp,
            "naive_datetime" => Codec::NaiveDateTime,
            "date" => Codec::Date,
            "time" => Codec::Time,
            "timedelta" => Codec::Timedelta,
            other => return Err(PyTypeError::new_err(format!("unknown codec {other:?}"))),
        })
    }

    fn enumeration(parts: &Bound<'_, PyTuple>) -> PyResult<Codec> {
        let members = parts.get_item(3)?.cast_into::<PyDict>()?;
        let stored = PyDict::new(parts.py());
        for (value, member) in members.iter() {
            stored.set_item(member, value)?;
        }
        Ok(Codec::Enum {
            class: parts.get_item(1)?.unbind(),
            base: Box::new(Self::from_spec(&parts.get_item(2)?)?),
            members: members.unbind(),
            stored: stored.unbind(),
        })
    }

    /// The type that the field has in the engine.
    pub(crate) fn field_type(&self) -> FieldType {
        match self {
            Codec::Bool => FieldType::Bool,
            Codec::Int => FieldType::Int,
            Codec::Float => FieldType::Float,
            Codec::Str => FieldType::Text,
            Codec::Bytes => FieldType::Bytes,
            Codec::Decimal => FieldType::Decimal,
            Codec::Uuid => FieldType::Uuid,
            Codec::DateTime => FieldType::DateTime,
            Codec::Timestamp => FieldType::Timestamp,
            Codec::NaiveDateTime => FieldType::NaiveDateTime,
            Codec::Date => FieldType::Date,
            Codec::Time => FieldType::Time,
            Codec::Timedelta => FieldType::Duration,
            Codec::Enum { base, .. } | Codec::Literal { base, .. } | Codec::Convert { base, .. } => {
                base.field_type()
            }
            Codec::List(item) => FieldType::List(Box::new(item.field_type())),
            Codec::Json { .. } => FieldType::Json,
        }
    }
}
