//! `ASTReferenceNode`: a field of a model in a query, with every operator of the language.

use ommi::core::query::Operator;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use super::ASTNode;
use super::comparison::ASTComparisonNode;
use super::operators::with_operators;
use crate::model::ModelType;

/// A reference to a field: `User.name`.
#[pyclass(frozen, extends = ASTNode, module = "ommi._ommi")]
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
        Py::new(model.py(), PyClassInitializer::from(ASTNode).add_subclass(node))
    }

    pub(crate) fn model_type<'py>(&self, py: Python<'py>) -> &Bound<'py, ModelType> {
        self.model.bind(py)
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }
}

with_operators! {
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

        fn __hash__(&self) -> u64 {
            (self.model.as_ptr() as u64).rotate_left(7) ^ self.position as u64
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

        /// Text holds `value`; a list has it as a member.
        fn contains(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
            ASTComparisonNode::make(slf.as_any(), Operator::Contains, value)
        }

        /// The opposite of `contains`.
        fn not_contains(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
            ASTComparisonNode::make(slf.as_any(), Operator::NotContains, value)
        }

        /// Text begins with `prefix`.
        fn starts_with(slf: &Bound<'_, Self>, prefix: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
            ASTComparisonNode::make(slf.as_any(), Operator::StartsWith, prefix)
        }

        /// Text ends with `suffix`.
        fn ends_with(slf: &Bound<'_, Self>, suffix: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
            ASTComparisonNode::make(slf.as_any(), Operator::EndsWith, suffix)
        }

        /// SQL's pattern: `%` any run, `_` any character, `\` escapes. Case-sensitive.
        fn like(slf: &Bound<'_, Self>, pattern: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
            ASTComparisonNode::make(slf.as_any(), Operator::Like, pattern)
        }

        /// As `like`, without regard to case.
        fn ilike(slf: &Bound<'_, Self>, pattern: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
            ASTComparisonNode::make(slf.as_any(), Operator::ILike, pattern)
        }

        /// A regular expression found anywhere in the text.
        fn regex(slf: &Bound<'_, Self>, pattern: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
            ASTComparisonNode::make(slf.as_any(), Operator::Regex, pattern)
        }

        /// The bool field is true.
        fn is_true(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
            ASTComparisonNode::make(slf.as_any(), Operator::IsTrue, slf.py().None().bind(slf.py()))
        }

        fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
            Ok(format!("{}.{}", self.model.bind(py).get().class(py).name()?, self.name.bind(py)))
        }

        fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
            visit.call(&self.model)
        }
    }
}
