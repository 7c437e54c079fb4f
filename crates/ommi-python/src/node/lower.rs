//! Python nodes to engine expressions: the one walk, when a query runs. Values are read by the codec of the
//! field that they stand beside.

use std::sync::Arc;

use ommi::core::Error;
use ommi::core::query::{Aggregate, Case, ColumnRef, Expr, Operator, Subquery};
use ommi::core::value::Value;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};

use super::owner::{Owner, literal, owner_of, subject};
use super::{
    ASTAggregateNode, ASTArithmeticNode, ASTCaseNode, ASTComparisonNode, ASTExistsNode, ASTFunctionNode,
    ASTGivenNode, ASTGroupNode, ASTLiteralNode, ASTLogicalNode, ASTPathNode, ASTReferenceNode, ASTValueNode,
    Logic, is_node,
};
use crate::codec::infer_value;
use crate::error::{During, to_python};
use crate::model::{Definition, ModelType, not_a_model};
use crate::query::Query;

/// The engine's expression for a predicate of `find`: a node, a model (all of it) or an instance (its key).
/// `None` stands for a model: it adds no condition.
pub(crate) fn lower_predicate(object: &Bound<'_, PyAny>) -> PyResult<Option<Expr>> {
    if let Ok(node) = object.cast_exact::<ASTComparisonNode>() {
        return comparison(node).map(Some);
    }
    if let Ok(node) = object.cast_exact::<ASTLogicalNode>() {
        return logical(node).map(Some);
    }
    if let Ok(node) = object.cast_exact::<ASTReferenceNode>() {
        return column(node).map(|(column, _)| Some(Expr::Column(column)));
    }
    if let Ok(node) = object.cast_exact::<ASTExistsNode>() {
        let query = Query::lower_number(node.get().query.bind(object.py()))?;
        return Ok(Some(Subquery::exists(query).into()));
    }
    if let Ok(node) = object.cast_exact::<ASTGroupNode>() {
        return group(node.get().operands.bind(object.py()));
    }
    if let Ok(node) = object.cast_exact::<ASTLiteralNode>() {
        return infer(node.get().value.bind(object.py())).map(|value| Some(Expr::Value(value)));
    }
    if object.is_instance_of::<ASTValueNode>() {
        return operand(object, None).map(Some);
    }
    if object.is_instance_of::<PyType>() {
        return match ModelType::of_class(object)? {
            Some(_) => Ok(None),
            None => Err(to_python(object.py(), not_a_model(object), During::Other)),
        };
    }
    instance(object).map(Some)
}

/// The engine's expression for something that is selected, sorted or grouped by: a node that stands for a value, or a
/// predicate.
pub(crate) fn lower_value(node: &Bound<'_, PyAny>) -> PyResult<Expr> {
    if let Ok(node) = node.cast_exact::<ASTComparisonNode>() {
        return comparison(node);
    }
    match node.cast_exact::<ASTLogicalNode>() {
        Ok(node) => logical(node),
        Err(_) => operand(node, None),
    }
}

/// The value of an assignment: a literal read by the field's codec, or an expression over the row.
pub(crate) fn lower_assignment(
    value: &Bound<'_, PyAny>,
    definition: &Arc<Definition>,
    field: usize,
) -> PyResult<Expr> {
    operand(value, Some(&Owner::of_field(definition, field)))
}

fn group(operands: &Bound<'_, PyTuple>) -> PyResult<Option<Expr>> {
    let mut filter: Option<Expr> = None;
    for item in operands.iter() {
        if let Some(predicate) = lower_predicate(&item)? {
            filter = Some(match filter {
                Some(filter) => filter.and(predicate),
                None => predicate,
            });
        }
    }
    Ok(filter)
}

fn logical(node: &Bound<'_, ASTLogicalNode>) -> PyResult<Expr> {
    let this = node.get();
    let operands = this.operands.bind(node.py()).iter();
    let mut lowered = operands.map(|operand| {
        lower_predicate(&operand)?.ok_or_else(|| PyTypeError::new_err("a model cannot stand beside & | ~"))
    });
    match this.operator {
        Logic::And => lowered.collect::<PyResult<Vec<_>>>().map(|all| fold(all, Expr::and)),
        Logic::Or => lowered.collect::<PyResult<Vec<_>>>().map(|any| fold(any, Expr::or)),
        Logic::Not => match lowered.next() {
            Some(inner) => inner.map(Expr::negate),
            None => Err(PyTypeError::new_err("~ needs an expression")),
        },
    }
}

/// Joins operands from the left, so that `a & b & c` is one conjunction of three.
fn fold(operands: Vec<Expr>, join: impl Fn(Expr, Expr) -> Expr) -> Expr {
    operands.into_iter().reduce(join).unwrap_or(Expr::And(Vec::new()))
}

pub(super) fn column<'py>(node: &Bound<'py, ASTReferenceNode>) -> PyResult<(ColumnRef, Arc<Definition>)> {
    let this = node.get();
    let definition = ModelType::definition(this.model_type(node.py()))?;
    Ok((ColumnRef { model: definition.model.clone(), field: this.position() }, definition))
}

fn comparison(node: &Bound<'_, ASTComparisonNode>) -> PyResult<Expr> {
    let py = node.py();
    let this = node.get();
    let (left, right) = (this.left.bind(py), this.right.bind(py));
    let owner = owner_of(node)?;
    let owner = owner.as_ref();
    let subject = operand(left, owner)?;
    let result = match this.operator {
        Operator::IsNull | Operator::IsNotNull | Operator::IsTrue => {
            Expr::Apply(this.operator, vec![subject])
        }
        Operator::In | Operator::NotIn if right.is_exact_instance_of::<Query>() => {
            let query = Query::lower_number(right.cast_exact::<Query>()?)?;
            let among = Expr::from(Subquery::among(subject, query));
            if this.operator == Operator::In { among } else { among.negate() }
        }
        Operator::In | Operator::NotIn => {
            let read_ahead = this.read_ahead.lock().take();
            let values = match read_ahead {
                Some(values) => values,
                None => right.try_iter()?.map(|value| literal(&value?, owner)).collect::<PyResult<_>>()?,
            };
            Expr::Apply(this.operator, vec![subject, Expr::List(values)])
        }
        Operator::Between => {
            let bounds = right.cast::<PyTuple>()?;
            let (low, high) = (operand(&bounds.get_item(0)?, owner)?, operand(&bounds.get_item(1)?, owner)?);
            Expr::Apply(this.operator, vec![subject, low, high])
        }
        Operator::Contains | Operator::NotContains => {
            let member = owner.map(Owner::member);
            Expr::Apply(this.operator, vec![subject, operand(right, member.as_ref())?])
        }
        Operator::Eq
        | Operator::Ne
        | Operator::Lt
        | Operator::Le
        | Operator::Gt
        | Operator::Ge
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Like
        | Operator::ILike
        | Operator::Regex
        | Operator::Add
        | Operator::Sub
        | Operator::Mul
        | Operator::Div
        | Operator::Rem
        | Operator::Lower
        | Operator::Upper
        | Operator::Length
        | Operator::Trim
        | Operator::Abs
        | Operator::Round
        | Operator::Year
        | Operator::Month
        | Operator::Day
        | Operator::Hour
        | Operator::Coalesce => Expr::binary(this.operator, subject, operand(right, owner)?),
    };
    Ok(result)
}

fn aggregate(node: &ASTAggregateNode, py: Python<'_>) -> PyResult<Expr> {
    let subject = node.subject.as_ref().map(|subject| lower_value(subject.bind(py))).transpose()?;
    let filter = match &node.filter {
        Some(filter) if is_node(filter.bind(py)) => lower_predicate(filter.bind(py))?,
        Some(_) => return Err(PyTypeError::new_err("where= takes a predicate, such as User.age > 18")),
        None => None,
    };
    Ok(Aggregate { function: node.function, subject, distinct: node.distinct, filter }.into())
}

/// Plain values are read by the codec of a field among the values, or of the one that is set to them.
fn case(node: &Bound<'_, ASTCaseNode>, owner: Option<&Owner>) -> PyResult<Expr> {
    let py = node.py();
    let own = subject(node.as_any())?;
    let owner = own.as_ref().or(owner);
    let value = |value: &Py<PyAny>| match value.bind(py) {
        value if is_predicate(value) => lower_value(value),
        value => operand(value, owner),
    };
    let branch = |(condition, then): &(Py<PyAny>, Py<PyAny>)| {
        let condition = lower_predicate(condition.bind(py))?.ok_or_else(|| {
            PyTypeError::new_err("case() takes predicates, such as User.age > 18, not models")
        })?;
        Ok((condition, value(then)?))
    };
    let branches = node.get().branches.iter().map(branch).collect::<PyResult<_>>()?;
    let otherwise = node.get().otherwise.as_ref().map(value).transpose()?;
    Ok(Case { branches, otherwise }.into())
}

fn is_predicate(object: &Bound<'_, PyAny>) -> bool {
    object.is_exact_instance_of::<ASTComparisonNode>() || object.is_exact_instance_of::<ASTLogicalNode>()
}

fn operand(object: &Bound<'_, PyAny>, owner: Option<&Owner>) -> PyResult<Expr> {
    let py = object.py();
    if let Ok(node) = object.cast_exact::<ASTReferenceNode>() {
        return column(node).map(|(column, _)| Expr::Column(column));
    }
    if let Ok(node) = object.cast_exact::<ASTPathNode>() {
        return node.get().lower(py);
    }
    if let Ok(node) = object.cast_exact::<ASTArithmeticNode>() {
        let this = node.get();
        let own = subject(object)?;
        let owner = own.as_ref().or(owner);
        let (left, right) = (operand(this.left.bind(py), owner)?, operand(this.right.bind(py), owner)?);
        return Ok(Expr::Apply(this.operator, vec![left, right]));
    }
    if let Ok(node) = object.cast_exact::<ASTAggregateNode>() {
        return aggregate(node.get(), py);
    }
    if let Ok(node) = object.cast_exact::<ASTFunctionNode>() {
        let this = node.get();
        let own = subject(object)?;
        let owner = own.as_ref().filter(|_| this.operator == Operator::Coalesce);
        let others = this.others.iter().map(|other| operand(other.bind(py), owner));
        let operands = std::iter::once(lower_value(this.subject.bind(py))).chain(others);
        return Ok(Expr::Apply(this.operator, operands.collect::<PyResult<_>>()?));
    }
    if let Ok(node) = object.cast_exact::<ASTCaseNode>() {
        return case(node, owner);
    }
    if let Ok(node) = object.cast_exact::<ASTGivenNode>() {
        return column(node.get().field.bind(py)).map(|(column, _)| Expr::Given(column));
    }
    if let Ok(node) = object.cast_exact::<ASTLiteralNode>() {
        return literal(node.get().value.bind(py), owner).map(Expr::Value);
    }
    literal(object, owner).map(Expr::Value)
}

pub(super) fn infer(value: &Bound<'_, PyAny>) -> PyResult<Value> {
    infer_value(value).map_err(|error| to_python(value.py(), error, During::Other))
}

/// An instance stands for the row with its key; without a key, for all rows with its values.
fn instance(object: &Bound<'_, PyAny>) -> PyResult<Expr> {
    let py = object.py();
    let model = ModelType::of_class(object.get_type().as_any())?
        .ok_or_else(|| to_python(py, not_a_model(object), During::Other))?;
    let definition = ModelType::definition(&model)?;
    let fields = equalities(object, &definition, definition.model.key().iter().copied())?;
    if fields.len() == definition.model.key().len() {
        return Ok(Expr::And(fields));
    }
    let fields = equalities(object, &definition, 0..definition.fields.len())?;
    if fields.is_empty() {
        let error = Error::validation("the instance has no key and no value to find it by");
        return Err(to_python(py, error.with_model(definition.model.name()), During::Other));
    }
    Ok(Expr::And(fields))
}

fn equalities(
    object: &Bound<'_, PyAny>,
    definition: &Arc<Definition>,
    positions: impl Iterator<Item = usize>,
) -> PyResult<Vec<Expr>> {
    let py = object.py();
    let mut equal = Vec::new();
    for field in positions {
        let value = object.getattr(definition.fields[field].name.bind(py))?;
        if !value.is_none() {
            let column = Expr::Column(ColumnRef { model: definition.model.clone(), field });
            let value = Owner::of_field(definition, field).read(&value)?;
            equal.push(Expr::binary(Operator::Eq, column, Expr::Value(value)));
        }
    }
    Ok(equal)
}
