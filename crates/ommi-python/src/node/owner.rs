//! `Owner`: the field that a literal stands beside, or whose values are read back.

use std::sync::Arc;

use ommi::core::query::{ColumnRef, Function, Operator};
use ommi::core::value::{Cell, Value};
use pyo3::prelude::*;

use super::lower::{column, infer};
use super::{
    ASTAggregateNode, ASTArithmeticNode, ASTCaseNode, ASTComparisonNode, ASTFunctionNode, ASTGivenNode,
    ASTPathNode, ASTReferenceNode,
};
use crate::codec::Codec;
use crate::error::{During, to_python};
use crate::model::Definition;

/// The field that a literal stands beside: its codec reads the literal, its name stands in errors.
#[derive(Clone)]
pub(crate) struct Owner {
    definition: Arc<Definition>,
    field: usize,
    /// What reads and builds values inside the field, where a path leads into it.
    inside: Option<Arc<Codec>>,
    /// Whether the literal is a member of the field's list.
    member: bool,
}

impl Owner {
    /// A field of its model.
    pub(super) fn of_field(definition: &Arc<Definition>, field: usize) -> Self {
        Self { definition: definition.clone(), field, inside: None, member: false }
    }

    /// For a member of the field's list.
    pub(super) fn member(&self) -> Self {
        Self { member: true, ..self.clone() }
    }

    fn of((column, definition): (ColumnRef, Arc<Definition>)) -> Self {
        Self { definition, field: column.field, inside: None, member: false }
    }

    fn codec(&self) -> &Codec {
        self.inside.as_deref().unwrap_or(&self.definition.fields[self.field].codec)
    }

    /// The Python value of a cell.
    #[inline]
    pub(crate) fn build<'py>(&self, py: Python<'py>, cell: Cell<'_>) -> PyResult<Bound<'py, PyAny>> {
        self.definition.value_by(py, self.field, self.codec(), cell)
    }

    /// A literal's value.
    pub(super) fn read(&self, value: &Bound<'_, PyAny>) -> PyResult<Value> {
        let codec = self.codec();
        let codec = if self.member { codec.member() } else { codec };
        codec.read_value(value).map_err(|error| {
            let model = &self.definition.model;
            let error = error.with_field(&model.fields()[self.field].name).with_model(model.name());
            to_python(value.py(), error, During::Other)
        })
    }
}

/// The field whose values a node stands for: itself or something in it, as the smallest or the greatest one, or as the first of
/// several.
pub(crate) fn field_of(node: &Bound<'_, PyAny>) -> PyResult<Option<Owner>> {
    if let Ok(node) = node.cast_exact::<ASTReferenceNode>() {
        return column(node).map(|found| Some(Owner::of(found)));
    }
    if let Ok(node) = node.cast_exact::<ASTPathNode>() {
        let (py, path) = (node.py(), node.get());
        let owner = Owner::of(column(path.field(py))?);
        return Ok(Some(Owner { inside: Some(path.codec(py)?), ..owner }));
    }
    if let Ok(node) = node.cast_exact::<ASTGivenNode>() {
        return column(node.get().field.bind(node.py())).map(|found| Some(Owner::of(found)));
    }
    if let Ok(node) = node.cast_exact::<ASTFunctionNode>()
        && node.get().operator == Operator::Coalesce
    {
        return field_of(node.get().subject.bind(node.py()));
    }
    let Ok(node) = node.cast_exact::<ASTAggregateNode>() else { return Ok(None) };
    match (node.get().function, &node.get().subject) {
        (Function::Min | Function::Max, Some(subject)) => field_of(subject.bind(node.py())),
        (Function::Min | Function::Max | Function::Count | Function::Sum | Function::Avg, _) => Ok(None),
    }
}

/// The field whose codec reads the literals of a comparison.
pub(super) fn owner_of(node: &Bound<'_, ASTComparisonNode>) -> PyResult<Option<Owner>> {
    let (py, this) = (node.py(), node.get());
    match subject(this.left.bind(py))? {
        Some(owner) => Ok(Some(owner)),
        None => subject(this.right.bind(py)),
    }
}

/// The first field in an operand: its codec reads the literals beside it.
pub(super) fn subject(object: &Bound<'_, PyAny>) -> PyResult<Option<Owner>> {
    if let Ok(node) = object.cast_exact::<ASTArithmeticNode>() {
        let this = node.get();
        return match subject(this.left.bind(object.py()))? {
            Some(owner) => Ok(Some(owner)),
            None => subject(this.right.bind(object.py())),
        };
    }
    if let Ok(node) = object.cast_exact::<ASTCaseNode>() {
        let mut values = node.get().values().map(|value| subject(value.bind(object.py())));
        return values.find_map(Result::transpose).transpose();
    }
    field_of(object)
}

pub(super) fn literal(value: &Bound<'_, PyAny>, owner: Option<&Owner>) -> PyResult<Value> {
    match owner {
        Some(owner) => owner.read(value),
        None => infer(value),
    }
}
