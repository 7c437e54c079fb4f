//! `ModelType`: what the binding knows of one decorated class. The Python face describes it when first needed.

mod class;
mod definition;
mod layout;
mod registry;
mod snapshot;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use ommi::core::schema::ModelDef;
use ommi::engine::relations::relation_query;
use parking_lot::Mutex;
use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyType};

pub(crate) use class::{ClassField, set_metaclass};
pub(crate) use definition::{Definition, action, item, not_a_model, read_field};
pub(crate) use layout::Layout;
pub(crate) use registry::{companions_of, model_type_of};

use crate::error::{During, to_python};
use crate::node::ASTReferenceNode;

/// One decorated class. The definition is made once, when something first needs it.
#[pyclass(frozen, weakref, module = "ommi._ommi")]
pub(crate) struct ModelType {
    class: Py<PyType>,
    names: Vec<Py<PyString>>,
    resolve: Py<PyAny>,
    companions: Py<PyAny>,
    fields: OnceLock<Py<PyDict>>,
    references: Mutex<Vec<Option<Py<ASTReferenceNode>>>>,
    definition: OnceLock<Arc<Definition>>,
    /// Whether a relation of any instance was ever given objects: else adding instances need not look for them.
    is_given: AtomicBool,
}

impl ModelType {
    /// Whether a relation of any instance was ever given objects.
    pub(crate) fn is_given(&self) -> bool {
        self.is_given.load(Ordering::Relaxed)
    }

    /// The definition; the first call asks the Python face for it.
    pub(crate) fn definition(slf: &Bound<'_, Self>) -> PyResult<Arc<Definition>> {
        let py = slf.py();
        let this = slf.get();
        if let Some(definition) = this.definition.get() {
            return Ok(definition.clone());
        }
        let description = this.resolve.bind(py).call0()?;
        let definition = Definition::from_python(slf, description.cast::<PyDict>()?)?;
        let definition = this.definition.get_or_init(|| definition).clone();
        registry::register(slf, &definition.model)?;
        Ok(definition)
    }

    /// The engine's model.
    pub(crate) fn model(slf: &Bound<'_, Self>) -> PyResult<Arc<ModelDef>> {
        Ok(Self::definition(slf)?.model.clone())
    }

    /// The class itself.
    pub(crate) fn class<'py>(&self, py: Python<'py>) -> &Bound<'py, PyType> {
        self.class.bind(py)
    }

    /// The Python face's metadata of a field, if it has been set.
    pub(crate) fn field_metadata<'py>(&self, py: Python<'py>, name: &str) -> Option<Bound<'py, PyAny>> {
        self.fields.get().and_then(|fields| fields.bind(py).get_item(name).ok().flatten())
    }

    /// The models that are set up together with this one.
    pub(crate) fn companion_models(&self, py: Python<'_>) -> PyResult<Vec<Arc<ModelDef>>> {
        let companions = self.companions.bind(py).call0()?;
        companions.try_iter()?.map(|model| Self::model(model?.cast::<ModelType>()?)).collect()
    }

    /// The model of a decorated class: its `__ommi__.native`, not one that is inherited.
    pub(crate) fn of_class<'py>(class: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, ModelType>>> {
        let py = class.py();
        let Some(ommi) = class.getattr_opt(pyo3::intern!(py, "__ommi__"))? else {
            return Ok(None);
        };
        let Some(native) = ommi.getattr_opt(pyo3::intern!(py, "native"))? else {
            return Ok(None);
        };
        Ok(native.cast_into::<ModelType>().ok())
    }
}

#[pymethods]
impl ModelType {
    #[new]
    fn new(
        class: Py<PyType>,
        names: &Bound<'_, PyList>,
        resolve: Py<PyAny>,
        companions: Py<PyAny>,
    ) -> PyResult<Self> {
        let py = names.py();
        let names = names
            .iter()
            .map(|name| Ok(PyString::intern(py, name.cast::<PyString>()?.to_str()?).unbind()))
            .collect::<PyResult<Vec<_>>>()?;
        Ok(Self {
            class,
            references: Mutex::new(names.iter().map(|_| None).collect()),
            names,
            resolve,
            companions,
            fields: OnceLock::new(),
            definition: OnceLock::new(),
            is_given: AtomicBool::new(false),
        })
    }

    /// The reference to a field: the same object each time.
    fn reference(slf: &Bound<'_, Self>, name: &str) -> PyResult<Py<ASTReferenceNode>> {
        let py = slf.py();
        let this = slf.get();
        let position = this.names.iter().position(|known| known.bind(py) == name).ok_or_else(|| {
            PyAttributeError::new_err(format!("{} has no stored field {name:?}", this.class.bind(py)))
        })?;
        if let Some(node) = &this.references.lock()[position] {
            return Ok(node.clone_ref(py));
        }
        let node = ASTReferenceNode::make(slf, position, this.names[position].clone_ref(py))?;
        this.references.lock()[position] = Some(node.clone_ref(py));
        Ok(node)
    }

    #[getter]
    fn cls(&self, py: Python<'_>) -> Py<PyType> {
        self.class.clone_ref(py)
    }

    #[getter]
    fn names<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, &self.names)
    }

    /// Makes the definition now, so that mistakes in it show now.
    fn define(slf: &Bound<'_, Self>) -> PyResult<()> {
        Self::definition(slf).map(drop)
    }

    /// What is wrong with its references and relations: the errors of all of them.
    fn problems(slf: &Bound<'_, Self>) -> PyResult<Vec<Py<PyAny>>> {
        let py = slf.py();
        let model = Self::model(slf)?;
        let references = model.references().iter().filter_map(|reference| {
            let field = reference.fields.first().map_or("", |field| model.fields()[*field].name.as_str());
            let error = reference.resolve().err()?;
            Some(error.with_model(model.name()).with_field(field))
        });
        let relations =
            model.relations().iter().filter_map(|relation| relation_query(&model, relation, &[]).err());
        let errors = references.chain(relations);
        Ok(errors.map(|error| to_python(py, error, During::Other).into_value(py).into_any()).collect())
    }

    fn key_names(slf: &Bound<'_, Self>) -> PyResult<Vec<String>> {
        let model = Self::model(slf)?;
        Ok(model.key().iter().map(|position| model.fields()[*position].name.clone()).collect())
    }

    /// Notes that a relation of an instance was given objects.
    fn mark_given(&self) {
        self.is_given.store(true, Ordering::Relaxed);
    }

    fn set_fields(&self, fields: Py<PyDict>) {
        // The first call counts; the face makes it once, right after the definition.
        let _ = self.fields.set(fields);
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        visit.call(&self.class)?;
        visit.call(&self.resolve)?;
        visit.call(&self.companions)?;
        if let Some(fields) = self.fields.get() {
            visit.call(fields)?;
        }
        // A collector that meets locked references meets them in use, and then they are reachable anyway.
        if let Some(references) = self.references.try_lock() {
            references.iter().flatten().try_for_each(|node| visit.call(node))?;
        }
        // While rows are being built somewhere, the definition belongs to that work too and keeps its class.
        match self.definition.get() {
            Some(definition) if Arc::strong_count(definition) == 1 => definition.traverse(&visit),
            Some(_) | None => Ok(()),
        }
    }

    /// Nodes and model hold each other; everything else that a class holds is cleared by Python's own objects.
    fn __clear__(&self) {
        let nodes: Vec<_> = match self.references.try_lock() {
            Some(mut references) => references.iter_mut().filter_map(Option::take).collect(),
            None => return,
        };
        drop(nodes);
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("ModelType({})", self.class.bind(py).name()?))
    }
}
