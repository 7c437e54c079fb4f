//! `ASTFunctionNode`: a function of a value. `ASTCaseNode`: one of several values, by what holds of the row.

use ommi::core::query::Operator;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::value::{ASTValueNode, value_node};
use super::{is_node, operator_member};

/// A function of a value: `User.name.lower()`.
#[pyclass(frozen, generic, extends = ASTValueNode, module = "ommi._ommi")]
pub(crate) struct ASTFunctionNode {
    pub(super) operator: Operator,
    /// What it is made of, a node.
    pub(super) subject: Py<PyAny>,
    /// What else it is given.
    pub(super) others: Vec<Py<PyAny>>,
}

impl ASTFunctionNode {
    pub(super) fn make(
        subject: &Bound<'_, PyAny>,
        operator: Operator,
        others: Vec<Py<PyAny>>,
    ) -> PyResult<Py<Self>> {
        let node = Self { operator, subject: subject.clone().unbind(), others };
        Py::new(subject.py(), value_node(node))
    }
}

#[pymethods]
impl ASTFunctionNode {
    /// The function, a `QueryOperator`.
    #[getter]
    fn operator<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        operator_member(py, self.operator)
    }

    /// What it is made of, a node.
    #[getter]
    fn subject(&self, py: Python<'_>) -> Py<PyAny> {
        self.subject.clone_ref(py)
    }

    /// What else it is given: the digits of `round`, the other values of `coalesce`.
    #[getter]
    fn others<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.others)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let others: Vec<String> = reprs(py, &self.others)?;
        Ok(format!("{}.{}({})", self.subject.bind(py).repr()?, self.operator.name(), others.join(", ")))
    }
}

fn reprs(py: Python<'_>, values: &[Py<PyAny>]) -> PyResult<Vec<String>> {
    values.iter().map(|value| Ok(value.bind(py).repr()?.to_string())).collect()
}

/// One of several values: `case((User.age < 18, "minor"), otherwise="adult")`.
#[pyclass(frozen, generic, extends = ASTValueNode, module = "ommi._ommi")]
pub(crate) struct ASTCaseNode {
    pub(super) branches: Vec<(Py<PyAny>, Py<PyAny>)>,
    pub(super) otherwise: Option<Py<PyAny>>,
}

/// The value of the first predicate that holds, `otherwise` where none does: pairs of a predicate and a value. Values are
/// fields, what is computed, or plain values, all of one type.
#[pyfunction]
#[pyo3(signature = (*branches, otherwise = None))]
pub(crate) fn case(
    py: Python<'_>,
    branches: Vec<Bound<'_, PyAny>>,
    otherwise: Option<Py<PyAny>>,
) -> PyResult<Py<ASTCaseNode>> {
    let wrong = || {
        PyTypeError::new_err(
            "case() takes pairs of a predicate and a value: case((User.age < 18, \"minor\"))",
        )
    };
    if branches.is_empty() {
        return Err(wrong());
    }
    let pair = |branch: Bound<'_, PyAny>| {
        let (condition, value): (Py<PyAny>, Py<PyAny>) = branch.extract().map_err(|_| wrong())?;
        if is_node(condition.bind(py)) { Ok((condition, value)) } else { Err(wrong()) }
    };
    let branches = branches.into_iter().map(pair).collect::<PyResult<_>>()?;
    Py::new(py, value_node(ASTCaseNode { branches, otherwise }))
}

impl ASTCaseNode {
    /// The values, in written order.
    pub(super) fn values(&self) -> impl Iterator<Item = &Py<PyAny>> {
        self.branches.iter().map(|(_, value)| value).chain(&self.otherwise)
    }

    /// Predicates and values, in written order.
    pub(super) fn parts(&self) -> impl Iterator<Item = &Py<PyAny>> {
        self.branches.iter().flat_map(|(condition, value)| [condition, value]).chain(&self.otherwise)
    }
}

#[pymethods]
impl ASTCaseNode {
    /// Pairs of a predicate and a value.
    #[getter]
    fn branches<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let pairs = self.branches.iter().map(|(condition, value)| (condition.bind(py), value.bind(py)));
        PyTuple::new(py, pairs.collect::<Vec<_>>())
    }

    /// The value where no predicate holds, or None.
    #[getter]
    fn otherwise(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.otherwise.as_ref().map(|otherwise| otherwise.clone_ref(py))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let pair = |(condition, value): &(Py<PyAny>, Py<PyAny>)| {
            Ok(format!("({}, {})", condition.bind(py).repr()?, value.bind(py).repr()?))
        };
        let mut parts = self.branches.iter().map(pair).collect::<PyResult<Vec<_>>>()?;
        if let Some(otherwise) = &self.otherwise {
            parts.push(format!("otherwise={}", otherwise.bind(py).repr()?));
        }
        Ok(format!("case({})", parts.join(", ")))
    }
}
