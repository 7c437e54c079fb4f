//! `ASTReferenceNode`: a field of a model in a query.

use ommi::core::query::Operator;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use super::comparison::ASTComparisonNode;
use super::path::{ASTPathNode, check_name};
use super::value::{ASTValueNode, value_node};
use crate::model::ModelType;

/// A reference to a field: `User.name`.
#[pyclass(frozen, generic, extends = ASTValueNode, module = "ommi._ommi")]
pub(crate) struct ASTReferenceNode {
    model: Py<ModelType>,
    position: usize,
    name: Py<PyString>,
}

impl ASTReferenceNode {
    pub(crate) fn make(
        model: &Bound<'_, ModelType>,
        position: usize,
        name: Py<PyString>,
    ) -> PyResult<Py<Self>> {
        let node = Self { model: model.clone().unbind(), position, name };
        Py::new(model.py(), value_node(node))
    }

    pub(crate) fn model_type<'py>(&self, py: Python<'py>) -> &Bound<'py, ModelType> {
        self.model.bind(py)
    }

    /// The same for all references to one field.
    pub(super) fn hash(&self) -> u64 {
        (self.model.as_ptr() as u64).rotate_left(7) ^ self.position as u64
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }
}

#[pymethods]
impl ASTReferenceNode {
    /// The model's class.
    #[getter]
    fn model(&self, py: Python<'_>) -> Py<PyAny> {
        self.model.bind(py).get().class(py).clone().into_any().unbind()
    }

    /// The field's name in the model.
    #[getter]
    fn name(&self, py: Python<'_>) -> Py<PyString> {
        self.name.clone_ref(py)
    }

    /// The field's metadata.
    #[getter]
    fn field(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let name = self.name.bind(py).to_str()?;
        let model = self.model.bind(py);
        if model.get().field_metadata(py, name).is_none() {
            ModelType::definition(model)?;
        }
        Ok(model.get().field_metadata(py, name).map_or_else(|| py.None(), Bound::unbind))
    }

    /// Equality with one value, membership in several, the field itself without any.
    #[pyo3(signature = (*values))]
    fn __call__(slf: &Bound<'_, Self>, values: &Bound<'_, PyTuple>) -> PyResult<Py<PyAny>> {
        match values.len() {
            0 => Ok(slf.clone().into_any().unbind()),
            1 => ASTComparisonNode::make(slf.as_any(), Operator::Eq, &values.get_item(0)?),
            _ => ASTComparisonNode::make(slf.as_any(), Operator::In, values.as_any()),
        }
    }

    /// What a nested field has under this name.
    fn __getattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyString>) -> PyResult<Py<ASTPathNode>> {
        check_name(name)?;
        ASTPathNode::begin(slf, name.as_any(), true)
    }

    /// What a key, or a field of that name, leads to in a nested field.
    fn __getitem__(slf: &Bound<'_, Self>, key: &Bound<'_, PyAny>) -> PyResult<Py<ASTPathNode>> {
        ASTPathNode::begin(slf, key, false)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("{}.{}", self.model.bind(py).get().class(py).name()?, self.name.bind(py)))
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        visit.call(&self.model)
    }
}
