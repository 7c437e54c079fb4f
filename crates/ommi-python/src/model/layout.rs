//! How rows become instances of a class, worked out once per class.

use ommi::core::Error;
use ommi::core::value::Cell;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PySet, PyString, PyTuple, PyType};
use pyo3::{ffi, intern};
use smallvec::SmallVec;

use super::Definition;
use crate::codec::Codec;
use crate::codec::build::{new_object, set_attribute};
use crate::error::{During, to_python};

/// The way in which a class is built from a row.
#[derive(Debug)]
pub(crate) struct Layout {
    construct: Construct,
    group: GroupSlot,
    /// Whether instances remember their row.
    tracks_changes: bool,
}

#[derive(Debug)]
enum Construct {
    /// `cls.__new__` and one attribute after the other: dataclasses, attrs classes and plain ones.
    New,
    /// As `New`, with what Pydantic's own `model_construct` sets besides.
    Pydantic { fields_set: Py<PySet>, extra: bool, post_init: bool },
    /// A callable by keywords, the class or what its adapter gives: msgspec, and classes whose `__init__` must run.
    Call { callable: Py<PyAny>, names: Py<PyTuple> },
}

/// Where an instance keeps the fetch that it came from.
#[derive(Debug)]
enum GroupSlot {
    /// The model has no relations.
    None,
    /// A hidden attribute of the instance.
    Attribute,
    /// A slot, by its member descriptor.
    Slot(Py<PyAny>),
}

impl Layout {
    pub(super) fn from_python(
        class: &Bound<'_, PyType>,
        description: &Bound<'_, PyDict>,
    ) -> PyResult<Layout> {
        let py = class.py();
        let kind: String = super::definition::item(description, "layout")?.extract()?;
        let construct = match kind.as_str() {
            "new" => Construct::New,
            "pydantic" => Self::pydantic(class)?,
            "call" => {
                let fields = super::definition::item(description, "fields")?;
                let names = fields
                    .try_iter()?
                    .map(|field| Ok(PyString::intern(py, field?.get_item("name")?.extract::<&str>()?)))
                    .collect::<PyResult<Vec<_>>>()?;
                let callable = match description.get_item("construct")? {
                    Some(callable) if !callable.is_none() => callable.unbind(),
                    _ => class.clone().into_any().unbind(),
                };
                Construct::Call { callable, names: PyTuple::new(py, names)?.unbind() }
            }
            other => return Err(PyValueError::new_err(format!("unknown layout {other:?}"))),
        };
        let group = match description.get_item("group")? {
            Some(slot) if !slot.is_none() => match slot.extract::<&str>() {
                Ok(_) => GroupSlot::Attribute,
                Err(_) => GroupSlot::Slot(slot.unbind()),
            },
            _ => GroupSlot::None,
        };
        let tracks_changes = super::definition::item(description, "track_changes")?.extract()?;
        Ok(Layout { construct, group, tracks_changes })
    }

    pub(super) fn traverse(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        match &self.construct {
            Construct::New => {}
            Construct::Pydantic { fields_set, .. } => visit.call(fields_set)?,
            Construct::Call { callable, names } => {
                visit.call(callable)?;
                visit.call(names)?;
            }
        }
        match &self.group {
            GroupSlot::None | GroupSlot::Attribute => Ok(()),
            GroupSlot::Slot(member) => visit.call(member),
        }
    }

    fn pydantic(class: &Bound<'_, PyType>) -> PyResult<Construct> {
        let py = class.py();
        let fields = class.getattr("__pydantic_fields__")?;
        let names = fields.try_iter()?.collect::<PyResult<Vec<_>>>()?;
        let extra = class.getattr("model_config")?.call_method1("get", ("extra",))?;
        let post_init = class.getattr_opt("__pydantic_post_init__")?;
        Ok(Construct::Pydantic {
            fields_set: PySet::new(py, names)?.unbind(),
            extra: extra.extract::<&str>().is_ok_and(|extra| extra == "allow"),
            post_init: post_init.is_some_and(|name| !name.is_none()),
        })
    }

    /// Whether instances remember the fetch that they came from.
    pub(crate) fn keeps_group(&self) -> bool {
        !matches!(self.group, GroupSlot::None)
    }

    /// Whether instances remember their row, so that saving them writes what changed.
    #[inline]
    pub(crate) fn tracks_changes(&self) -> bool {
        self.tracks_changes
    }

    /// Sets a field of an instance that exists, also of a frozen one. Pydantic counts it among those that were set.
    pub(crate) fn set(
        &self,
        instance: &Bound<'_, PyAny>,
        name: &Bound<'_, PyString>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        set_attribute(instance, name, value)?;
        match &self.construct {
            Construct::New | Construct::Call { .. } => Ok(()),
            Construct::Pydantic { .. } => {
                let set = instance.getattr(intern!(instance.py(), "__pydantic_fields_set__"))?;
                set.call_method1(intern!(instance.py(), "add"), (name,)).map(drop)
            }
        }
    }

    /// Makes `instance` remember `group`.
    pub(crate) fn set_group(&self, instance: &Bound<'_, PyAny>, group: &Bound<'_, PyAny>) -> PyResult<()> {
        match &self.group {
            GroupSlot::None => Ok(()),
            GroupSlot::Attribute => set_attribute(instance, intern!(instance.py(), "_ommi_group"), group),
            GroupSlot::Slot(member) => member
                .bind(instance.py())
                .call_method1(intern!(instance.py(), "__set__"), (instance, group))
                .map(drop),
        }
    }

    /// What `instance` remembers: a fetch, or in a slot the lazy field that has taken its place.
    pub(crate) fn group<'py>(&self, instance: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match &self.group {
            GroupSlot::None => Ok(None),
            GroupSlot::Attribute => instance.getattr_opt(intern!(instance.py(), "_ommi_group")),
            GroupSlot::Slot(member) => {
                let get =
                    member.bind(instance.py()).call_method1(intern!(instance.py(), "__get__"), (instance,));
                Ok(get.ok())
            }
        }
    }
}

impl Definition {
    /// The instance of a row that holds the model's fields in their order.
    pub(crate) fn build<'py, 'a>(
        &self,
        py: Python<'py>,
        cells: impl Iterator<Item = Cell<'a>> + Clone,
    ) -> PyResult<Bound<'py, PyAny>> {
        let object = self.construct(py, cells.clone())?;
        self.remember_row(&object, cells)?;
        Ok(object)
    }

    #[inline]
    fn construct<'py, 'a>(
        &self,
        py: Python<'py>,
        cells: impl Iterator<Item = Cell<'a>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match &self.layout.construct {
            Construct::New => {
                let object = new_object(self.class.bind(py))?;
                self.set_all(&object, cells)?;
                Ok(object)
            }
            Construct::Pydantic { fields_set, extra, post_init } => {
                let object = new_object(self.class.bind(py))?;
                self.set_all(&object, cells)?;
                let set = fields_set.bind(py).call_method0(intern!(py, "copy"))?;
                set_attribute(&object, intern!(py, "__pydantic_fields_set__"), &set)?;
                let none = py.None().into_bound(py);
                let extra = if *extra { PyDict::new(py).into_any() } else { none.clone() };
                set_attribute(&object, intern!(py, "__pydantic_extra__"), &extra)?;
                set_attribute(&object, intern!(py, "__pydantic_private__"), &none)?;
                if *post_init {
                    object.call_method1(intern!(py, "model_post_init"), (none,))?;
                }
                Ok(object)
            }
            Construct::Call { callable, names } => self.call(py, callable, names, cells),
        }
    }

    #[inline]
    fn set_all<'a>(&self, object: &Bound<'_, PyAny>, cells: impl Iterator<Item = Cell<'a>>) -> PyResult<()> {
        let py = object.py();
        for (position, (field, cell)) in self.fields.iter().zip(cells).enumerate() {
            set_attribute(object, field.name.bind(py), &self.value(py, position, cell)?)?;
        }
        Ok(())
    }

    /// The value of one field's cell; an error names the field.
    #[inline]
    pub(crate) fn value<'py>(
        &self,
        py: Python<'py>,
        field: usize,
        cell: Cell<'_>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.value_by(py, field, &self.fields[field].codec, cell)
    }

    /// As [`value`](Self::value), for a value inside the field.
    #[inline]
    pub(crate) fn value_by<'py>(
        &self,
        py: Python<'py>,
        field: usize,
        codec: &Codec,
        cell: Cell<'_>,
    ) -> PyResult<Bound<'py, PyAny>> {
        codec.build(py, cell).map_err(|error| self.unreadable(py, field, error))
    }

    /// What a codec, or a converter of the user's, says about a value that the database holds.
    #[cold]
    fn unreadable(&self, py: Python<'_>, field: usize, error: PyErr) -> PyErr {
        if !error.is_instance_of::<PyValueError>(py) && !error.is_instance_of::<PyTypeError>(py)
            || error.value(py).hasattr(intern!(py, "original_error")).unwrap_or(false)
        {
            return error;
        }
        let said = error.value(py).str().map_or_else(|_| String::new(), |text| text.to_string());
        let unreadable =
            Error::query(said).with_field(&self.model.fields()[field].name).with_model(self.model.name());
        let unreadable = to_python(py, unreadable, During::Other);
        unreadable.set_cause(py, Some(error));
        unreadable
    }

    fn call<'py, 'a>(
        &self,
        py: Python<'py>,
        callable: &Py<PyAny>,
        names: &Py<PyTuple>,
        cells: impl Iterator<Item = Cell<'a>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut values: SmallVec<[Bound<'py, PyAny>; 16]> = SmallVec::new();
        for (position, cell) in cells.take(self.fields.len()).enumerate() {
            values.push(self.value(py, position, cell)?);
        }
        let arguments: SmallVec<[*mut ffi::PyObject; 16]> = values.iter().map(Bound::as_ptr).collect();
        // SAFETY: the callable, the values and the names live for the whole call; there are as many values as names,
        // and the call returns a new reference or null with an exception set.
        unsafe {
            let object = ffi::PyObject_Vectorcall(callable.as_ptr(), arguments.as_ptr(), 0, names.as_ptr());
            Bound::from_owned_ptr_or_err(py, object)
        }
    }
}
