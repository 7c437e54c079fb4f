//! Cells to Python values. Rows from the database are trusted; only their types are checked.

use ommi::core::value::Cell;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyString, PyTuple, PyType};
use pyo3::{ffi, intern};
use uuid::Uuid;

use super::{Codec, json, temporal};

impl Codec {
    /// The Python value of a cell. NULL becomes None.
    #[inline]
    pub(crate) fn build<'py>(&self, py: Python<'py>, cell: Cell<'_>) -> PyResult<Bound<'py, PyAny>> {
        match (self, cell) {
            (Codec::Int, Cell::Int(value)) => Ok(value.into_pyobject(py)?.into_any()),
            (Codec::Str, Cell::Text(value)) => Ok(PyString::new(py, value).into_any()),
            (Codec::Float, Cell::Float(value)) => Ok(PyFloat::new(py, value).into_any()),
            (_, Cell::Null) => Ok(py.None().into_bound(py)),
            (Codec::Bool, Cell::Bool(value)) => Ok(PyBool::new(py, value).to_owned().into_any()),
            (codec, cell) => codec.build_rare(py, cell),
        }
    }

    fn build_rare<'py>(&self, py: Python<'py>, cell: Cell<'_>) -> PyResult<Bound<'py, PyAny>> {
        match (self, cell) {
            (Codec::Bytes, Cell::Bytes(value)) => Ok(PyBytes::new(py, value).into_any()),
            (Codec::Decimal, Cell::Decimal(value)) => build_decimal(py, value),
            (Codec::Uuid, Cell::Uuid(value)) => build_uuid(py, value),
            (Codec::DateTime | Codec::NaiveDateTime, Cell::DateTime(value)) => {
                temporal::build_datetime(py, value, None)
            }
            (Codec::DateTime | Codec::Timestamp, Cell::Timestamp(value)) => {
                temporal::build_timestamp(py, value)
            }
            (Codec::Date, Cell::Date(value)) => temporal::build_date(py, value),
            (Codec::Time, Cell::Time(value)) => temporal::build_time(py, value),
            (Codec::Timedelta, Cell::Duration(value)) => temporal::build_timedelta(py, value),
            (Codec::Enum { base, members, class, .. }, cell) => {
                let stored = base.build(py, cell)?;
                members.bind(py).get_item(&stored)?.ok_or_else(|| unknown_member(class.bind(py)))
            }
            (Codec::Literal { base, .. }, cell) => base.build(py, cell),
            (Codec::List(_), Cell::Json(text)) => json::load(py, text),
            (Codec::Json { from_plain, .. }, Cell::Json(text)) => {
                let plain = json::load(py, text)?;
                match from_plain {
                    Some(convert) => convert.bind(py).call1((plain,)),
                    None => Ok(plain),
                }
            }
            (Codec::Convert { base, from_base, .. }, cell) => {
                from_base.bind(py).call1((base.build(py, cell)?,))
            }
            (codec, cell) => Err(mismatch(codec, cell)),
        }
    }
}

/// The Python value of a cell that no field has a codec for: what is computed.
pub(crate) fn build_plain<'py>(py: Python<'py>, cell: Cell<'_>) -> PyResult<Bound<'py, PyAny>> {
    match cell {
        Cell::Null => Ok(py.None().into_bound(py)),
        Cell::Bool(value) => Ok(PyBool::new(py, value).to_owned().into_any()),
        Cell::Int(value) => Ok(value.into_pyobject(py)?.into_any()),
        Cell::Float(value) => Ok(PyFloat::new(py, value).into_any()),
        Cell::Text(value) => Ok(PyString::new(py, value).into_any()),
        Cell::Bytes(value) => Ok(PyBytes::new(py, value).into_any()),
        Cell::Decimal(value) => build_decimal(py, value),
        Cell::Uuid(value) => build_uuid(py, value),
        Cell::DateTime(value) => temporal::build_datetime(py, value, None),
        Cell::Timestamp(value) => temporal::build_timestamp(py, value),
        Cell::Date(value) => temporal::build_date(py, value),
        Cell::Time(value) => temporal::build_time(py, value),
        Cell::Duration(value) => temporal::build_timedelta(py, value),
        Cell::Json(text) => json::load(py, text),
    }
}

fn unknown_member(class: &Bound<'_, PyAny>) -> PyErr {
    let name = class
        .getattr(intern!(class.py(), "__name__"))
        .map_or_else(|_| "enum".into(), |name| name.to_string());
    PyValueError::new_err(format!("the database holds a value that no member of {name} is stored as"))
}

/// Drivers give each column cells of its type, so this is a driver's mistake.
fn mismatch(codec: &Codec, cell: Cell<'_>) -> PyErr {
    let kind = cell.to_value().map_or("a broken value", |value| value.kind_name());
    PyTypeError::new_err(format!(
        "the driver gave {kind} where {} was expected",
        codec.field_type().describe()
    ))
}

fn build_decimal<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    DECIMAL.import(py, "decimal", "Decimal")?.call1((text,))
}

/// Builds a `uuid.UUID` without its `__init__`, which parses and checks for over a microsecond.
fn build_uuid(py: Python<'_>, value: Uuid) -> PyResult<Bound<'_, PyAny>> {
    static PARTS: PyOnceLock<(Py<PyType>, Py<PyAny>)> = PyOnceLock::new();
    let (class, unknown) = PARTS.get_or_try_init(py, || -> PyResult<_> {
        let module = py.import("uuid")?;
        let class = module.getattr("UUID")?.cast_into::<PyType>()?.unbind();
        Ok((class, module.getattr("SafeUUID")?.getattr("unknown")?.unbind()))
    })?;
    let object = new_object(class.bind(py))?;
    set_attribute(&object, intern!(py, "int"), value.as_u128().into_pyobject(py)?.as_any())?;
    set_attribute(&object, intern!(py, "is_safe"), unknown.bind(py))?;
    Ok(object)
}

/// `object.__new__(class)`: an instance on which no code of the class has run.
pub(crate) fn new_object<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    let py = class.py();
    let nothing = PyTuple::empty(py);
    // SAFETY: `object` is a static type whose `tp_new` never changes; it is called as `object.__new__(class)`
    // would be, with a live class and an empty tuple, and returns a new reference or null with an exception set.
    unsafe {
        let Some(new) = ffi::PyBaseObject_Type.tp_new else {
            return Err(PyTypeError::new_err("object has no __new__"));
        };
        let object = new(class.as_ptr().cast(), nothing.as_ptr(), std::ptr::null_mut());
        Bound::from_owned_ptr_or_err(py, object)
    }
}

/// `object.__setattr__(object, name, value)`: past a frozen class's own `__setattr__`.
#[inline]
pub(crate) fn set_attribute(
    object: &Bound<'_, PyAny>,
    name: &Bound<'_, PyString>,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    // SAFETY: all three are live objects of this interpreter, and the name is a str.
    let outcome = unsafe { ffi::PyObject_GenericSetAttr(object.as_ptr(), name.as_ptr(), value.as_ptr()) };
    if outcome == 0 { Ok(()) } else { Err(PyErr::fetch(object.py())) }
}
