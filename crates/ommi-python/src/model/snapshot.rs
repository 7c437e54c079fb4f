//! `Snapshot`: an instance's row as it was read or written last, for models that track changes.

use ommi::core::value::{Cell, RowBatch};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::Definition;
use crate::codec::build::set_attribute;

/// The row, in an attribute of the instance.
#[pyclass(frozen, module = "ommi._ommi")]
pub(crate) struct Snapshot {
    row: RowBatch,
}

impl Snapshot {
    pub(crate) fn row(&self) -> &RowBatch {
        &self.row
    }
}

#[pymethods]
impl Snapshot {
    /// Pickled and copied objects were never read or written themselves.
    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<(Py<PyAny>, Py<PyTuple>)> {
        let py = slf.py();
        let nothing = py.import("ommi.models.query_fields")?.getattr("unloaded")?.unbind();
        Ok((nothing, PyTuple::empty(py).unbind()))
    }
}

impl Definition {
    /// Lets an instance remember its row, where its model tracks changes.
    #[inline]
    pub(crate) fn remember_row<'a>(
        &self,
        instance: &Bound<'_, PyAny>,
        cells: impl Iterator<Item = Cell<'a>>,
    ) -> PyResult<()> {
        if !self.layout.tracks_changes() {
            return Ok(());
        }
        let mut row = RowBatch::with_capacity(self.fields.len(), 1);
        cells.take(self.fields.len()).for_each(|cell| row.push(cell));
        row.end_row();
        self.keep(instance, row)
    }

    /// Lets an instance remember what its fields hold now, which is what is stored.
    pub(crate) fn remember_fields(&self, instance: &Bound<'_, PyAny>) -> PyResult<()> {
        if !self.layout.tracks_changes() {
            return Ok(());
        }
        let py = instance.py();
        let mut row = RowBatch::with_capacity(self.fields.len(), 1);
        for field in &self.fields {
            let value = instance.getattr(field.name.bind(py))?;
            if field.codec.read(&value, |cell| row.push(cell)).is_err() {
                return self.forget_row(instance); // it was changed meanwhile, to something that cannot be stored
            }
        }
        row.end_row();
        self.keep(instance, row)
    }

    fn forget_row(&self, instance: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = instance.py();
        set_attribute(instance, intern!(py, "_ommi_row"), py.None().bind(py))
    }

    fn keep(&self, instance: &Bound<'_, PyAny>, row: RowBatch) -> PyResult<()> {
        let py = instance.py();
        let snapshot = Bound::new(py, Snapshot { row })?;
        set_attribute(instance, intern!(py, "_ommi_row"), snapshot.as_any())
    }

    /// The row as it was read or written last, where the instance remembers it.
    pub(crate) fn row_before<'py>(
        &self,
        instance: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, Snapshot>>> {
        if !self.layout.tracks_changes() {
            return Ok(None);
        }
        let kept = instance.getattr_opt(intern!(instance.py(), "_ommi_row"))?;
        Ok(kept.and_then(|kept| kept.cast_into::<Snapshot>().ok()))
    }
}
