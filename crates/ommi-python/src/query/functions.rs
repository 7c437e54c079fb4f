//! Functions in place of predicates and sort keys: `lambda user: user.age > 3` is called with the query's model.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyFunction, PyTuple, PyType};

/// The objects, functions among them replaced by what they give for the model that comes first: in `predicates`, or
/// in the objects themselves.
pub(super) fn resolved(predicates: &[Py<PyAny>], objects: &Bound<'_, PyTuple>) -> PyResult<Vec<Py<PyAny>>> {
    let py = objects.py();
    let first = predicates.first().map(|first| first.bind(py).clone()).or_else(|| objects.get_item(0).ok());
    let called = |object: Bound<'_, PyAny>| {
        if !object.is_exact_instance_of::<PyFunction>() {
            return Ok(object.unbind());
        }
        let model = first.as_ref().filter(|first| first.is_instance_of::<PyType>()).ok_or_else(|| {
            PyTypeError::new_err(
                "a function in a query is called with the model, which has to come first: \
                 db.find(User, lambda user: user.age > 3)",
            )
        })?;
        object.call1((model,)).map(Bound::unbind)
    };
    objects.iter().map(called).collect()
}
