//! `ASTLogicalNode`: all of, any of, not.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::operators::logical_member;
use super::{ASTNode, is_node};

/// The logical operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Logic {
    And,
    Or,
    Not,
}

/// Predicates combined.
#[pyclass(frozen, extends = ASTNode, module = "ommi._ommi")]
pub(crate) struct ASTLogicalNode {
    pub(super) operator: Logic,
    pub(super) operands: Py<PyTuple>,
}

#[pymethods]
impl ASTLogicalNode {
    /// The operator, a `LogicalOperator`.
    #[getter]
    fn operator<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        logical_member(py, self.operator)
    }

    /// The combined nodes: one under `NOT`.
    #[getter]
    fn operands(&self, py: Python<'_>) -> Py<PyTuple> {
        self.operands.clone_ref(py)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let parts = self
            .operands
            .bind(py)
            .iter()
            .map(|node| Ok(node.repr()?.to_string()))
            .collect::<PyResult<Vec<_>>>()?;
        Ok(match self.operator {
            Logic::And => format!("({})", parts.join(" & ")),
            Logic::Or => format!("({})", parts.join(" | ")),
            Logic::Not => format!("~{}", parts.join("")),
        })
    }
}

pub(super) fn combine(
    logic: Logic,
    left: &Bound<'_, PyAny>,
    right: &Bound<'_, PyAny>,
) -> PyResult<Py<PyAny>> {
    make(logic, &[left, right])
}

pub(super) fn combine_all(
    logic: Logic,
    first: &Bound<'_, PyAny>,
    others: &[Bound<'_, PyAny>],
) -> PyResult<Py<PyAny>> {
    let operands: Vec<_> = std::iter::once(first).chain(others).collect();
    make(logic, &operands)
}

pub(super) fn negate(operand: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    make(Logic::Not, &[operand])
}

fn make(operator: Logic, operands: &[&Bound<'_, PyAny>]) -> PyResult<Py<PyAny>> {
    let py = operands[0].py();
    if let Some(stranger) = operands.iter().find(|operand| !is_node(operand)) {
        return Err(PyTypeError::new_err(format!(
            "{} is no query expression: write each comparison in parentheses, as in (User.age > 1) & (User.age < 9)",
            stranger.get_type().name()?
        )));
    }
    let operands = PyTuple::new(py, operands)?.unbind();
    let node =
        Py::new(py, PyClassInitializer::from(ASTNode).add_subclass(ASTLogicalNode { operator, operands }))?;
    Ok(node.into_any())
}
