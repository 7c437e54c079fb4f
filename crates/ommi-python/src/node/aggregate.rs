//! `ASTAggregateNode`: one value made of many rows.

use ommi::core::query::Function;
use pyo3::prelude::*;

use super::operators::function_member;
use super::value::{ASTValueNode, value_node};

/// An aggregate: a count, a sum, a mean, the smallest or the greatest value of many rows.
#[pyclass(frozen, generic, extends = ASTValueNode, module = "ommi._ommi")]
pub(crate) struct ASTAggregateNode {
    pub(super) function: Function,
    /// What it is made of; nothing where rows are counted.
    pub(super) subject: Option<Py<PyAny>>,
    pub(super) distinct: bool,
    /// The predicate of the rows that take part.
    pub(super) filter: Option<Py<PyAny>>,
}

impl ASTAggregateNode {
    pub(super) fn make(
        subject: &Bound<'_, PyAny>,
        function: Function,
        distinct: bool,
        filter: Option<Py<PyAny>>,
    ) -> PyResult<Py<Self>> {
        let node = Self { function, subject: Some(subject.clone().unbind()), distinct, filter };
        Py::new(subject.py(), value_node(node))
    }
}

/// The number of rows: `count()`. Of a field's values that are not NULL: `User.email.count()`.
#[pyfunction]
#[pyo3(signature = (*, r#where = None))]
pub(crate) fn count(py: Python<'_>, r#where: Option<Py<PyAny>>) -> PyResult<Py<ASTAggregateNode>> {
    let node =
        ASTAggregateNode { function: Function::Count, subject: None, distinct: false, filter: r#where };
    Py::new(py, value_node(node))
}

#[pymethods]
impl ASTAggregateNode {
    /// The function, an `AggregateFunction`.
    #[getter]
    fn function<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        function_member(py, self.function)
    }

    /// What it is made of, a node; None where rows are counted.
    #[getter]
    fn subject(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.subject.as_ref().map(|subject| subject.clone_ref(py))
    }

    /// Whether equal values take part once.
    #[getter]
    fn distinct(&self) -> bool {
        self.distinct
    }

    /// The predicate of the rows that take part, or None.
    #[getter]
    fn r#where(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.filter.as_ref().map(|filter| filter.clone_ref(py))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let mut parts = Vec::new();
        if self.distinct {
            parts.push("distinct=True".to_owned());
        }
        if let Some(filter) = &self.filter {
            parts.push(format!("where={}", filter.bind(py).repr()?));
        }
        let subject = match &self.subject {
            Some(subject) => format!("{}.", subject.bind(py).repr()?),
            None => String::new(),
        };
        Ok(format!("{subject}{}({})", self.function.name(), parts.join(", ")))
    }
}
