//! `on(...)`: what becomes of an object that is added while a row like it is there.

use std::sync::Arc;

use ommi::core::query::{Assignment, ColumnRef, Conflict, Expr, Resolution};
use ommi::core::schema::ModelDef;
use ommi::core::{Error, Result};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::error::{During, to_python};
use crate::model::{Definition, ModelType};
use crate::node::{ASTReferenceNode, lower_assignment};

/// The fields by which a row is known to be there.
#[pyclass(frozen, module = "ommi._ommi")]
pub(crate) struct ConflictTarget {
    fields: Vec<Py<ASTReferenceNode>>,
}

/// What becomes of an object that is added while a row like it is there.
#[pyclass(frozen, module = "ommi._ommi")]
pub(crate) struct OnConflict {
    fields: Vec<Py<ASTReferenceNode>>,
    action: Action,
}

enum Action {
    Ignore,
    Replace,
    Update { given: Vec<Py<ASTReferenceNode>>, values: Option<Py<PyDict>> },
}

/// Names the fields by which a row is known to be there: the key, a unique field, or those of a unique index.
#[pyfunction]
#[pyo3(signature = (*fields))]
pub(crate) fn on(fields: &Bound<'_, PyTuple>) -> PyResult<ConflictTarget> {
    let fields = references(fields)?;
    match fields.is_empty() {
        true => {
            Err(PyTypeError::new_err("on() takes the fields by which a row is known, such as User.email"))
        }
        false => Ok(ConflictTarget { fields }),
    }
}

fn references(fields: &Bound<'_, PyTuple>) -> PyResult<Vec<Py<ASTReferenceNode>>> {
    let reference = |field: Bound<'_, PyAny>| match field.cast_exact::<ASTReferenceNode>() {
        Ok(field) => Ok(field.clone().unbind()),
        Err(_) => Err(PyTypeError::new_err(format!(
            "expected a field, such as User.email, not {}",
            field.get_type().name()?
        ))),
    };
    fields.iter().map(reference).collect()
}

#[pymethods]
impl ConflictTarget {
    /// The row that is there stays as it is.
    fn ignore(&self, py: Python<'_>) -> OnConflict {
        self.with(py, Action::Ignore)
    }

    /// The row that is there gets every value of the object, but keeps its key.
    fn replace(&self, py: Python<'_>) -> OnConflict {
        self.with(py, Action::Replace)
    }

    /// The row that is there gets the object's values of these fields, and these values: expressions see the row as it is,
    /// and by `given(...)` what the object would have brought.
    #[pyo3(signature = (*fields, **values))]
    fn update(&self, fields: &Bound<'_, PyTuple>, values: Option<Py<PyDict>>) -> PyResult<OnConflict> {
        let given = references(fields)?;
        Ok(self.with(fields.py(), Action::Update { given, values }))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        named(py, &self.fields)
    }
}

impl ConflictTarget {
    fn with(&self, py: Python<'_>, action: Action) -> OnConflict {
        OnConflict { fields: self.fields.iter().map(|field| field.clone_ref(py)).collect(), action }
    }
}

fn named(py: Python<'_>, fields: &[Py<ASTReferenceNode>]) -> PyResult<String> {
    let names = fields.iter().map(|field| Ok(field.bind(py).repr()?.to_string()));
    Ok(format!("on({})", names.collect::<PyResult<Vec<_>>>()?.join(", ")))
}

#[pymethods]
impl OnConflict {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let what = match &self.action {
            Action::Ignore => "ignore()",
            Action::Replace => "replace()",
            Action::Update { .. } => "update(...)",
        };
        Ok(format!("{}.{what}", named(py, &self.fields)?))
    }
}

impl OnConflict {
    /// The engine's conflict, for objects of one model.
    pub(super) fn lower(&self, py: Python<'_>, definition: &Arc<Definition>) -> PyResult<Conflict> {
        let refuse = |error: Error| to_python(py, error, During::Add);
        let model = &definition.model;
        let target = positions(py, &self.fields, model)?;
        let resolution = match &self.action {
            Action::Ignore => Resolution::Ignore,
            Action::Replace => Resolution::Replace,
            Action::Update { given, values } => {
                let mut set: Vec<Assignment> =
                    positions(py, given, model)?.into_iter().map(|field| set_given(model, field)).collect();
                for (name, value) in values.iter().flat_map(|values| values.bind(py).iter()) {
                    let field = model.require_field(&name.extract::<String>()?).map_err(refuse)?;
                    set.push(Assignment { field, value: lower_assignment(&value, definition, field)? });
                }
                Resolution::Update(set)
            }
        };
        Ok(Conflict { target, resolution })
    }
}

/// Sets a field to the value that is given for it.
pub(super) fn set_given(model: &Arc<ModelDef>, field: usize) -> Assignment {
    Assignment { field, value: Expr::Given(ColumnRef { model: model.clone(), field }) }
}

/// The positions of fields, which are of this model.
pub(super) fn positions(
    py: Python<'_>,
    fields: &[Py<ASTReferenceNode>],
    model: &Arc<ModelDef>,
) -> PyResult<Vec<usize>> {
    let position = |field: &Py<ASTReferenceNode>| {
        let reference = field.get();
        let own = ModelType::definition(reference.model_type(py))?;
        is_of(&own, model).map_err(|error| to_python(py, error, During::Add))?;
        Ok(reference.position())
    };
    fields.iter().map(position).collect()
}

fn is_of(definition: &Definition, model: &ModelDef) -> Result<()> {
    if definition.model.id() == model.id() {
        return Ok(());
    }
    let message = format!("a field of {} is named for rows of {}", definition.model.name(), model.name());
    Err(Error::validation(message).with_model(model.name()))
}
