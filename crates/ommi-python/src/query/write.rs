//! Updates and deletes over a query, and those that return their rows.

use ommi::core::Error;
use ommi::core::query::{Assignment, Operation as EngineOperation, Query as EngineQuery};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::rows::RowsTask;
use super::{Query, Want};
use crate::error::{During, to_python};
use crate::node::lower_assignment;
use crate::operation::{Change, Step};

impl Query {
    /// Begins an update; unknown fields and wrong values are refused before anything is sent.
    pub(crate) fn run_update(slf: &Bound<'_, Self>, values: Option<Py<PyDict>>) -> PyResult<Step> {
        Self::run_write(slf, Self::lower_update(slf, values)?, During::Update)
    }

    /// Begins a write that returns its rows.
    pub(crate) fn run_returning(slf: &Bound<'_, Self>, change: Change) -> PyResult<Step> {
        let py = slf.py();
        let during = if matches!(change, Change::Update(_)) { During::Update } else { During::Other };
        let (rows, operation, _) = Self::lower_rows(slf, Want::List)?;
        let EngineOperation::Fetch(EngineQuery { projection, .. }) = operation else {
            return Err(PyTypeError::new_err("the query is no read"));
        };
        let mut operation = match change {
            Change::Update(values) => Self::lower_update(slf, values)?,
            Change::Delete => Self::wanted(slf, Want::Delete)?,
        };
        if let EngineOperation::Update(query, _) | EngineOperation::Delete(query) = &mut operation {
            query.projection = projection;
        }
        let session = slf.get().session.get().engine(py)?;
        Ok(Step::Work(RowsTask::list_during(py, session.write_returning(operation), rows, during)))
    }

    pub(super) fn lower_update(
        slf: &Bound<'_, Self>,
        values: Option<Py<PyDict>>,
    ) -> PyResult<EngineOperation> {
        let py = slf.py();
        let lowered = Self::lower(slf)?;
        let definition = &lowered.definition;
        let refuse = |error: Error| to_python(py, error.with_model(definition.model.name()), During::Update);
        let mut assignments = Vec::new();
        for (name, value) in values.iter().flat_map(|values| values.bind(py).iter()) {
            let name = name.extract::<String>()?;
            let field = definition.model.require_field(&name).map_err(refuse)?;
            let value = lower_assignment(&value, definition, field)?;
            assignments.push(Assignment { field, value });
        }
        if assignments.is_empty() {
            let error = Error::validation("an update needs at least one value, as in .update(name=\"Ada\")");
            return Err(refuse(error));
        }
        Ok(EngineOperation::Update(lowered.query, assignments))
    }
}
