//! Class access: `User.name` is a query reference and `user.name` costs what it cost before.
//!
//! A metaclass derived from the class's own holds one data descriptor for each name of a field. It is put in place on
//! the class itself, so that the class keeps its identity: closures over `__class__`, registries, subclasses and
//! pickles that know it go on working, which a rebuilt class cannot promise.

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};
use pyo3::{ffi, intern};

/// A data descriptor on a metaclass that many models share: gives a model's own reference of the name, and the usual
/// attribute on every other class.
#[pyclass(frozen, module = "ommi._ommi")]
pub(crate) struct ClassField {
    name: Py<PyString>,
}

#[pymethods]
impl ClassField {
    #[new]
    fn new(py: Python<'_>, name: &str) -> Self {
        Self { name: PyString::intern(py, name).unbind() }
    }

    fn __get__(
        slf: &Bound<'_, Self>,
        class: Option<&Bound<'_, PyAny>>,
        _metaclass: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let Some(class) = class else { return Ok(slf.clone().into_any().unbind()) };
        let class = class.cast::<PyType>()?;
        let name = slf.get().name.bind(slf.py());
        match own_reference(class, name)? {
            Some(node) => Ok(node.unbind()),
            None => inherited(class, name),
        }
    }

    fn __set__(&self, class: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        // Libraries set class attributes while they process a subclass; `type.__setattr__` would come back here.
        let class = class.cast::<PyType>()?;
        let name = self.name.bind(class.py());
        if own_reference(class, name)?.is_some() {
            return Err(PyAttributeError::new_err(format!(
                "{name} is a field of the model: set it on instances"
            )));
        }
        set_class_attribute(class, name, Some(value))
    }

    fn __delete__(&self, class: &Bound<'_, PyAny>) -> PyResult<()> {
        let class = class.cast::<PyType>()?;
        set_class_attribute(class, self.name.bind(class.py()), None)
    }
}

/// The class's own namespace.
fn namespace<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyDict>> {
    // SAFETY: a live type; a heap type's namespace is a dict that lives as long as it does, and a reference of our own
    // is taken. Types of the interpreter itself may have none here, which is an error and not followed.
    let dict = unsafe {
        let dict = (*class.as_ptr().cast::<ffi::PyTypeObject>()).tp_dict;
        Bound::from_borrowed_ptr_or_opt(class.py(), dict)
    };
    match dict {
        Some(dict) => Ok(dict.cast_into::<PyDict>()?),
        None => Err(PyTypeError::new_err("the class has no namespace")),
    }
}

/// The reference of that name, if the class itself is a model with such a field.
fn own_reference<'py>(
    class: &Bound<'py, PyType>,
    name: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    match namespace(class)?.get_item(intern!(class.py(), "__ommi_references__"))? {
        Some(references) => references.cast::<PyDict>()?.get_item(name),
        None => Ok(None),
    }
}

/// The attribute as Python finds it where this descriptor does not interfere: in the class and its bases, else in its
/// metaclass.
fn inherited(class: &Bound<'_, PyType>, name: &Bound<'_, PyString>) -> PyResult<Py<PyAny>> {
    let py = class.py();
    let found = |kind: &Bound<'_, PyType>| -> PyResult<Option<Py<PyAny>>> {
        for base in kind.mro().iter() {
            let value = base.getattr(intern!(py, "__dict__"))?.call_method1("get", (name, &base))?;
            // The base itself is the mark of an absent name.
            if !value.is(&base) && !value.is_instance_of::<ClassField>() {
                return Ok(Some(value.unbind()));
            }
        }
        Ok(None)
    };
    let (value, owner) = match found(class)? {
        Some(value) => (value, None),
        None => match found(&class.get_type())? {
            Some(value) => (value, Some(class)),
            None => {
                let kind = class.name()?;
                return Err(PyAttributeError::new_err(format!("type object {kind} has no attribute {name}")));
            }
        },
    };
    match value.bind(py).get_type().getattr_opt(intern!(py, "__get__"))? {
        Some(get) => match owner {
            None => get.call1((&value, py.None(), class)).map(Bound::unbind),
            Some(owner) => get.call1((&value, owner, owner.get_type())).map(Bound::unbind),
        },
        None => Ok(value),
    }
}

/// Sets or deletes an attribute in the class's own namespace, past the metaclass's descriptors.
fn set_class_attribute(
    class: &Bound<'_, PyType>,
    name: &Bound<'_, PyString>,
    value: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let namespace = namespace(class)?;
    match value {
        Some(value) => namespace.set_item(name, value)?,
        None => namespace.del_item(name)?,
    }
    // SAFETY: a live type, whose caches are told that its namespace has changed.
    unsafe { ffi::PyType_Modified(class.as_ptr().cast()) };
    Ok(())
}

/// Puts `metaclass` in place on `class`. It must derive from the class's metaclass and add no layout to it.
#[pyfunction]
pub(crate) fn set_metaclass(class: &Bound<'_, PyType>, metaclass: &Bound<'_, PyType>) -> PyResult<()> {
    let current = class.get_type();
    if current.is(metaclass) {
        return Ok(());
    }
    let size = |kind: &Bound<'_, PyType>| -> PyResult<(usize, usize)> {
        Ok((kind.getattr("__basicsize__")?.extract()?, kind.getattr("__itemsize__")?.extract()?))
    };
    if !metaclass.is_subclass(&current)? || size(metaclass)? != size(&current)? {
        return Err(PyTypeError::new_err(
            "the metaclass must derive from the class's own and add nothing to its layout",
        ));
    }
    // SAFETY: both metaclasses have the same layout, checked above, and the new one inherits all slots of the old
    // one. `cls.__class__ = ...` does just this and refuses only because `type` itself is immutable. A heap type
    // owns a reference to its type, a static one (such as `type`) does not, hence the counting.
    unsafe {
        let old = ffi::Py_TYPE(class.as_ptr());
        let new = metaclass.as_ptr().cast::<ffi::PyTypeObject>();
        ffi::Py_INCREF(metaclass.as_ptr());
        (*class.as_ptr()).ob_type = new;
        if (*old).tp_flags & ffi::Py_TPFLAGS_HEAPTYPE != 0 {
            ffi::Py_DECREF(old.cast());
        }
        ffi::PyType_Modified(class.as_ptr().cast());
    }
    Ok(())
}
