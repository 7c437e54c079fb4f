//! Class access: `User.name` is a query reference and `user.name` costs what it cost before.
//!
//! A metaclass derived from the class's own holds one data descriptor a field. The metaclass is put in place on
//! the class itself, so that the class keeps its identity: closures over `__class__`, registries, subclasses and
//! pickles that know it go on working, which a rebuilt class cannot promise.

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};

/// A data descriptor on a metaclass: gives the reference on the model, the usual attribute on its subclasses.
#[pyclass(frozen, module = "ommi._ommi")]
pub(crate) struct ClassField {
    class: Py<PyType>,
    name: Py<PyString>,
    node: Py<PyAny>,
}

#[pymethods]
impl ClassField {
    #[new]
    fn new(node: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self {
            class: node.getattr("model")?.cast_into::<PyType>()?.unbind(),
            name: node.getattr("name")?.cast_into::<PyString>()?.unbind(),
            node: node.clone().unbind(),
        })
    }

    fn __get__(
        slf: &Bound<'_, Self>,
        class: Option<&Bound<'_, PyAny>>,
        _metaclass: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        let this = slf.get();
        match class {
            None => Ok(slf.clone().into_any().unbind()),
            Some(class) if class.is(&this.class) => Ok(this.node.clone_ref(py)),
            Some(class) => this.inherited(class),
        }
    }

    fn __set__(&self, class: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        // Libraries set class attributes while they process a subclass; `type.__setattr__` would come back here.
        let dict_name = self.name.bind(class.py());
        if class.is(&self.class) {
            return Err(PyAttributeError::new_err(format!(
                "{dict_name} is a field of the model: set it on instances"
            )));
        }
        set_class_attribute(class, dict_name, Some(value))
    }

    fn __delete__(&self, class: &Bound<'_, PyAny>) -> PyResult<()> {
        set_class_attribute(class, self.name.bind(class.py()), None)
    }
}

impl ClassField {
    /// The attribute as Python finds it where no metaclass interferes.
    fn inherited(&self, class: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let py = class.py();
        let name = self.name.bind(py);
        let class = class.cast::<PyType>()?;
        for base in class.mro().iter() {
            let Some(value) =
                base.getattr("__dict__")?.call_method1("get", (name, self.node.bind(py)))?.into()
            else {
                continue;
            };
            let value: Bound<'_, PyAny> = value;
            if value.is(&self.node) {
                continue;
            }
            return match value.get_type().getattr_opt("__get__")? {
                Some(get) => get.call1((&value, py.None(), class)).map(Bound::unbind),
                None => Ok(value.unbind()),
            };
        }
        Err(PyAttributeError::new_err(format!("type object {} has no attribute {name}", class.name()?)))
    }
}

/// Sets or deletes an attribute in the class's own namespace, past the metaclass's descriptors.
fn set_class_attribute(
    class: &Bound<'_, PyAny>,
    name: &Bound<'_, PyString>,
    value: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let class = class.cast::<PyType>()?;
    let value = value.map_or(std::ptr::null_mut(), Bound::as_ptr);
    // SAFETY: a live heap type, a live name and a live value (or null to delete). `_PyObject_GenericSetAttrWithDict`
    // would find the descriptor first, so the namespace is changed directly and the type's caches are told.
    unsafe {
        let dict = (*class.as_ptr().cast::<ffi::PyTypeObject>()).tp_dict;
        if dict.is_null() {
            return Err(PyTypeError::new_err("the class has no namespace"));
        }
        let outcome = match value.is_null() {
            true => ffi::PyDict_DelItem(dict, name.as_ptr()),
            false => ffi::PyDict_SetItem(dict, name.as_ptr(), value),
        };
        if outcome != 0 {
            return Err(PyErr::fetch(class.py()));
        }
        ffi::PyType_Modified(class.as_ptr().cast());
    }
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
