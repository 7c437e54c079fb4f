//! `ASTNamedNode`: something selected, under a name.

use pyo3::prelude::*;
use pyo3::types::PyString;

use super::ASTNode;

/// Something selected under a name: `count().named("people")`.
#[pyclass(frozen, generic, extends = ASTNode, module = "ommi._ommi")]
pub(crate) struct ASTNamedNode {
    expression: Py<PyAny>,
    name: Py<PyString>,
}

impl ASTNamedNode {
    pub(super) fn make(expression: &Bound<'_, PyAny>, name: Py<PyString>) -> PyResult<Py<Self>> {
        let node = Self { expression: expression.clone().unbind(), name };
        Py::new(expression.py(), PyClassInitializer::from(ASTNode).add_subclass(node))
    }

    /// What is selected.
    pub(crate) fn selected<'py>(&self, py: Python<'py>) -> &Bound<'py, PyAny> {
        self.expression.bind(py)
    }

    /// Its name.
    pub(crate) fn called<'py>(&self, py: Python<'py>) -> &Bound<'py, PyString> {
        self.name.bind(py)
    }
}

#[pymethods]
impl ASTNamedNode {
    /// What is selected.
    #[getter]
    fn expression(&self, py: Python<'_>) -> Py<PyAny> {
        self.expression.clone_ref(py)
    }

    /// Its name.
    #[getter]
    fn name(&self, py: Python<'_>) -> Py<PyString> {
        self.name.clone_ref(py)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("{}.named({})", self.expression.bind(py).repr()?, self.name.bind(py).repr()?))
    }
}
