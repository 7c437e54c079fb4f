//! The model that a query is about, where it is not named by itself: the first in its predicates.

use pyo3::prelude::*;
use pyo3::types::PyType;

use super::{
    ASTArithmeticNode, ASTCaseNode, ASTComparisonNode, ASTFunctionNode, ASTGroupNode, ASTLogicalNode,
    ASTPathNode, ASTReferenceNode,
};
use crate::model::ModelType;

/// The first model that a node names, in written order. Models and instances stand in groups too.
pub(crate) fn first_model_of_node<'py>(node: &Bound<'py, PyAny>) -> Option<Bound<'py, ModelType>> {
    let py = node.py();
    if let Ok(reference) = node.cast_exact::<ASTReferenceNode>() {
        return Some(reference.get().model_type(py).clone());
    }
    if let Ok(path) = node.cast_exact::<ASTPathNode>() {
        return Some(path.get().field(py).get().model_type(py).clone());
    }
    let pair = |left: &Py<PyAny>, right: &Py<PyAny>| {
        first_model_of_node(left.bind(py)).or_else(|| first_model_of_node(right.bind(py)))
    };
    if let Ok(comparison) = node.cast_exact::<ASTComparisonNode>() {
        return pair(&comparison.get().left, &comparison.get().right);
    }
    if let Ok(arithmetic) = node.cast_exact::<ASTArithmeticNode>() {
        return pair(&arithmetic.get().left, &arithmetic.get().right);
    }
    let first_of =
        |parts: Vec<&Py<PyAny>>| parts.into_iter().find_map(|part| first_model_of_node(part.bind(py)));
    if let Ok(function) = node.cast_exact::<ASTFunctionNode>() {
        let this = function.get();
        return first_of(std::iter::once(&this.subject).chain(&this.others).collect());
    }
    if let Ok(case) = node.cast_exact::<ASTCaseNode>() {
        return first_of(case.get().parts().collect());
    }
    let operands = if let Ok(logical) = node.cast_exact::<ASTLogicalNode>() {
        logical.get().operands.bind(py)
    } else if let Ok(group) = node.cast_exact::<ASTGroupNode>() {
        group.get().operands.bind(py)
    } else {
        return None;
    };
    operands.iter().find_map(|operand| match operand.is_instance_of::<PyType>() {
        true => ModelType::of_class(&operand).ok().flatten(),
        false => first_model_of_node(&operand),
    })
}
