//! `ASTPathNode`: a value inside a nested field. The Python face knows what its names lead to.

use std::sync::Arc;

use ommi::core::query::{Expr, Path};
use pyo3::exceptions::PyAttributeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::ASTReferenceNode;
use super::lower::column;
use super::value::{ASTValueNode, value_node};
use crate::codec::Codec;

/// A value inside a nested field: `User.address.city`, `User.labels["color"]`.
#[pyclass(frozen, generic, extends = ASTValueNode, module = "ommi._ommi")]
pub(crate) struct ASTPathNode {
    field: Py<ASTReferenceNode>,
    /// Where the path has come to, a `Place`.
    place: Py<PyAny>,
    codec: PyOnceLock<Arc<Codec>>,
}

impl ASTPathNode {
    /// The first step from a field.
    pub(super) fn begin(
        field: &Bound<'_, ASTReferenceNode>,
        name: &Bound<'_, PyAny>,
        is_attribute: bool,
    ) -> PyResult<Py<Self>> {
        let model = field.getattr(intern!(field.py(), "model"))?;
        let own = field.getattr(intern!(field.py(), "name"))?;
        let place = face(field.py())?.call_method1(intern!(field.py(), "begin"), (model, own))?;
        Self::step(field, &place, name, is_attribute)
    }

    fn step(
        field: &Bound<'_, ASTReferenceNode>,
        place: &Bound<'_, PyAny>,
        name: &Bound<'_, PyAny>,
        is_attribute: bool,
    ) -> PyResult<Py<Self>> {
        let py = field.py();
        let how = PyDict::new(py);
        how.set_item(intern!(py, "attribute"), is_attribute)?;
        let place = face(py)?.call_method(intern!(py, "step"), (place, name), Some(&how))?;
        Self::at(field, place)
    }

    fn at(field: &Bound<'_, ASTReferenceNode>, place: Bound<'_, PyAny>) -> PyResult<Py<Self>> {
        let node = Self { field: field.clone().unbind(), place: place.unbind(), codec: PyOnceLock::new() };
        Py::new(field.py(), value_node(node))
    }

    /// The field that it begins with.
    pub(super) fn field<'py>(&self, py: Python<'py>) -> &Bound<'py, ASTReferenceNode> {
        self.field.bind(py)
    }

    /// What reads and builds the values that it leads to.
    pub(super) fn codec(&self, py: Python<'_>) -> PyResult<Arc<Codec>> {
        let codec = self.codec.get_or_try_init(py, || {
            let spec = face(py)?.call_method1(intern!(py, "codec"), (&self.place,))?;
            Codec::from_spec(&spec).map(Arc::new)
        })?;
        Ok(codec.clone())
    }

    /// The engine's expression.
    pub(super) fn lower(&self, py: Python<'_>) -> PyResult<Expr> {
        let keys: Vec<String> = self.place.bind(py).getattr(intern!(py, "keys"))?.extract()?;
        let ty = self.codec(py)?.field_type();
        Ok(Path::into(column(self.field(py))?.0, keys, ty).into())
    }
}

fn face(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    py.import(intern!(py, "ommi.models.paths"))
}

/// Names of Python's own are none of a nested value: Python asks for them when it copies or shows an object.
pub(super) fn check_name(name: &Bound<'_, PyString>) -> PyResult<()> {
    match name.to_str()?.starts_with("__") {
        true => Err(PyAttributeError::new_err(name.clone().unbind())),
        false => Ok(()),
    }
}

#[pymethods]
impl ASTPathNode {
    fn __getattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyString>) -> PyResult<Py<Self>> {
        check_name(name)?;
        Self::step(slf.get().field(slf.py()), slf.get().place.bind(slf.py()), name.as_any(), true)
    }

    /// What a key, or a field of that name, leads to.
    fn __getitem__(slf: &Bound<'_, Self>, key: &Bound<'_, PyAny>) -> PyResult<Py<Self>> {
        Self::step(slf.get().field(slf.py()), slf.get().place.bind(slf.py()), key, false)
    }

    /// The same place for a value of this type: for values of which no annotation tells the type.
    fn as_type(slf: &Bound<'_, Self>, annotation: &Bound<'_, PyAny>) -> PyResult<Py<Self>> {
        let (py, this) = (slf.py(), slf.get());
        let place = face(py)?.call_method1(intern!(py, "as_type"), (&this.place, annotation))?;
        Self::at(this.field(py), place)
    }

    /// The field that the path begins with, a node, and the names under which the database has what it leads to.
    #[getter]
    fn path<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let keys = self.place.bind(py).getattr(intern!(py, "keys"))?;
        PyTuple::new(py, [self.field.bind(py).as_any(), &keys])
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.place.bind(py).getattr(intern!(py, "label"))?.extract()
    }
}
