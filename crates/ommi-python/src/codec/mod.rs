//! Codecs: how a field's Python values become cells and cells become Python values. No decisions are made
//! here: the Python face says which codec a field has.

pub(crate) mod build;
mod json;
mod read;
mod spec;
mod temporal;

use pyo3::prelude::*;
use pyo3::types::PyDict;

pub(crate) use build::build_plain;
pub(crate) use read::infer_value;

/// How one field's values are read and built.
#[derive(Debug)]
pub(crate) enum Codec {
    Bool,
    Int,
    Float,
    Str,
    Bytes,
    Decimal,
    Uuid,
    /// Aware or naive.
    DateTime,
    /// Aware only.
    Timestamp,
    /// Naive only.
    NaiveDateTime,
    Date,
    Time,
    Timedelta,
    /// An enum's members by their stored values.
    Enum {
        class: Py<PyAny>,
        base: Box<Codec>,
        members: Py<PyDict>,
        stored: Py<PyDict>,
    },
    /// One of some values.
    Literal {
        base: Box<Codec>,
        values: Py<PyAny>,
    },
    /// A list of scalars.
    List(Box<Codec>),
    /// A nested value, with the Python face's converters to and from plain JSON values.
    Json {
        to_plain: Option<Py<PyAny>>,
        from_plain: Option<Py<PyAny>>,
    },
    /// A user's type over a base type.
    Convert {
        base: Box<Codec>,
        to_base: Py<PyAny>,
        from_base: Py<PyAny>,
    },
}

impl Codec {
    /// Shows all Python objects to the cyclic collector.
    pub(crate) fn traverse(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        match self {
            Codec::Enum { class, base, members, stored } => {
                visit.call(class)?;
                visit.call(members)?;
                visit.call(stored)?;
                base.traverse(visit)
            }
            Codec::Literal { base, values } => {
                visit.call(values)?;
                base.traverse(visit)
            }
            Codec::List(item) => item.traverse(visit),
            Codec::Json { to_plain, from_plain } => {
                to_plain.iter().chain(from_plain).try_for_each(|convert| visit.call(convert))
            }
            Codec::Convert { base, to_base, from_base } => {
                visit.call(to_base)?;
                visit.call(from_base)?;
                base.traverse(visit)
            }
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
            | Codec::Timedelta => Ok(()),
        }
    }
}
