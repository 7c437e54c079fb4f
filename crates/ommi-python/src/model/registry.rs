//! From the engine's models back to the classes that they describe.

use std::collections::HashMap;
use std::sync::Arc;

use ommi::core::schema::{ModelDef, ModelId};
use parking_lot::Mutex;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyWeakrefMethods, PyWeakrefReference};

use super::ModelType;

/// Weak, so that models defined in functions go with them.
static MODELS: Mutex<Option<HashMap<ModelId, Py<PyWeakrefReference>>>> = Mutex::new(None);

pub(super) fn register(model: &Bound<'_, ModelType>, definition: &ModelDef) -> PyResult<()> {
    let py = model.py();
    let reference = PyWeakrefReference::new(model)?.unbind();
    let mut gone = Vec::new();
    let mut models = MODELS.lock();
    let models = models.get_or_insert_with(HashMap::new);
    // Dead entries go when the table would grow: each definition costs at most one look at each other.
    if models.len() == models.capacity() {
        let dead: Vec<_> =
            models.iter().filter(|(_, weak)| weak.bind(py).upgrade().is_none()).map(|(id, _)| *id).collect();
        gone.extend(dead.iter().filter_map(|id| models.remove(id)));
    }
    models.insert(definition.id(), reference);
    Ok(())
}

/// The model of a definition.
pub(crate) fn model_type_of<'py>(py: Python<'py>, definition: &ModelDef) -> PyResult<Bound<'py, ModelType>> {
    let reference = MODELS
        .lock()
        .as_ref()
        .and_then(|models| models.get(&definition.id()))
        .map(|reference| reference.clone_ref(py));
    let model = reference.and_then(|reference| reference.bind(py).upgrade());
    let model = model.and_then(|model| model.cast_into::<ModelType>().ok());
    model.ok_or_else(|| {
        PyRuntimeError::new_err(format!("the class of the model {} is gone", definition.name()))
    })
}

/// The models that are set up together with `definition`: its collection.
pub(crate) fn companions_of(py: Python<'_>, definition: &Arc<ModelDef>) -> PyResult<Vec<Arc<ModelDef>>> {
    model_type_of(py, definition)?.get().companion_models(py)
}
