//! The Python face's description of a model, as the engine's `ModelDef` and this binding's codecs.

use std::sync::{Arc, OnceLock};

use ommi::core::schema::{
    Action, FieldDef, ModelBuilder, ModelDef, ModelLink, ReferenceDef, RelationDef, RelationKind,
};
use ommi::core::{Error, ErrorKind};
use ommi::engine::relations::relation_query;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType, PyWeakrefMethods, PyWeakrefReference};

use super::{Layout, ModelType};
use crate::codec::Codec;
use crate::error::{During, from_python, to_python};

/// A model with everything that reading and building its instances needs.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) model: Arc<ModelDef>,
    pub(crate) class: Py<PyType>,
    pub(crate) fields: Vec<FieldCodec>,
    pub(crate) layout: Layout,
    relation_keys: OnceLock<Arc<[usize]>>,
    /// What finds the models that references and relations lead to. The engine's links know them weakly, so that plans
    /// that a handle keeps do not keep classes.
    resolvers: Vec<Py<PyAny>>,
}

/// A stored field's attribute name and codec.
#[derive(Debug)]
pub(crate) struct FieldCodec {
    pub(crate) name: Py<PyString>,
    pub(crate) codec: Codec,
}

impl Definition {
    /// Shows all Python objects to the cyclic collector. Only their sole owner may do so.
    pub(super) fn traverse(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        visit.call(&self.class)?;
        self.fields.iter().try_for_each(|field| field.codec.traverse(visit))?;
        self.layout.traverse(visit)?;
        self.resolvers.iter().try_for_each(|resolver| visit.call(resolver))
    }

    /// The relation `name`.
    pub(crate) fn relation(&self, py: Python<'_>, name: &str) -> PyResult<&RelationDef> {
        self.model.relation(name).ok_or_else(|| {
            let error =
                Error::validation(format!("there is no relation {name:?}")).with_model(self.model.name());
            to_python(py, error, During::Other)
        })
    }

    /// The fields whose values lead along the relation `name`.
    pub(crate) fn parent_fields(&self, py: Python<'_>, name: &str) -> PyResult<Vec<usize>> {
        let load = relation_query(&self.model, self.relation(py, name)?, &[]);
        load.map(|load| load.parent_fields).map_err(|error| to_python(py, error, During::Other))
    }

    /// The fields that lead along any relation: what a fetch keeps of each row. Relations to models that are not
    /// defined yet are left out, and loaded object by object.
    pub(crate) fn relation_keys(&self) -> Arc<[usize]> {
        if let Some(keys) = self.relation_keys.get() {
            return keys.clone();
        }
        let mut keys = Vec::new();
        let mut complete = true;
        for relation in self.model.relations() {
            match relation_query(&self.model, relation, &[]) {
                Ok(load) => keys.extend(load.parent_fields),
                Err(_) => complete = false,
            }
        }
        keys.sort_unstable();
        keys.dedup();
        let keys: Arc<[usize]> = keys.into();
        if complete {
            return self.relation_keys.get_or_init(|| keys).clone();
        }
        keys
    }

    pub(super) fn from_python(
        model: &Bound<'_, ModelType>,
        description: &Bound<'_, PyDict>,
    ) -> PyResult<Arc<Self>> {
        let py = model.py();
        let name: String = item(description, "name")?.extract()?;
        let mut builder = ModelDef::builder(name).table(item(description, "table")?.extract::<String>()?);
        let mut fields = Vec::new();
        for field in item(description, "fields")?.try_iter()? {
            let (definition, codec) = read_field(field?.cast::<PyDict>()?)?;
            fields.push(FieldCodec { name: PyString::intern(py, &definition.name).unbind(), codec });
            builder = builder.field(definition);
        }
        let key: Vec<String> = item(description, "key")?.extract()?;
        if !key.is_empty() {
            builder = builder.key(key);
        }
        let mut resolvers = Vec::new();
        builder = add_references(builder, &item(description, "references")?, &mut resolvers)?;
        builder = add_relations(builder, &item(description, "relations")?, &mut resolvers)?;
        for index in item(description, "indexes")?.try_iter()? {
            let index = index?.cast_into::<PyDict>()?;
            let names: Vec<String> = item(&index, "fields")?.extract()?;
            builder =
                builder.index(item(&index, "name")?.extract()?, names, item(&index, "unique")?.extract()?);
        }
        if let Some(version) = item(description, "version")?.extract::<Option<String>>()? {
            builder = builder.version(version);
        }
        builder = builder.shard(item(description, "shard")?.extract::<Vec<(String, bool)>>()?);
        let built = builder.build().map_err(|error| to_python(py, error, During::Other))?;
        Ok(Arc::new(Definition {
            model: built,
            class: model.get().class.clone_ref(py),
            fields,
            layout: Layout::from_python(model.get().class.bind(py), description)?,
            relation_keys: OnceLock::new(),
            resolvers,
        }))
    }
}

pub(crate) fn item<'py>(dict: &Bound<'py, PyDict>, key: &str) -> PyResult<Bound<'py, PyAny>> {
    dict.get_item(key)?.ok_or_else(|| PyValueError::new_err(format!("the model's description lacks {key:?}")))
}

/// A field and its codec, of the Python face's description.
pub(crate) fn read_field(description: &Bound<'_, PyDict>) -> PyResult<(FieldDef, Codec)> {
    let codec = Codec::from_spec(&item(description, "codec")?)?;
    let name: String = item(description, "name")?.extract()?;
    let mut field =
        FieldDef::new(name, codec.field_type()).column(item(description, "column")?.extract::<String>()?);
    field.nullable = item(description, "nullable")?.extract()?;
    field.auto = item(description, "auto")?.extract()?;
    field.unique = item(description, "unique")?.extract()?;
    field.max_length = item(description, "max_length")?.extract()?;
    if let Some(default) = description.get_item("default")? {
        let value = codec
            .read_value(&default)
            .map_err(|error| to_python(description.py(), error.with_field(&field.name), During::Other))?;
        field.default = Some(value);
    }
    Ok((field, codec))
}

fn add_references(
    mut builder: ModelBuilder,
    references: &Bound<'_, PyAny>,
    resolvers: &mut Vec<Py<PyAny>>,
) -> PyResult<ModelBuilder> {
    for reference in references.try_iter()? {
        let reference = reference?.cast_into::<PyDict>()?;
        let names: Vec<String> = item(&reference, "fields")?.extract()?;
        builder = builder.reference(
            names,
            ReferenceDef {
                fields: Vec::new(),
                target: link(&item(&reference, "target_name")?, item(&reference, "target")?, resolvers)?,
                target_fields: item(&reference, "target_fields")?.extract()?,
                on_delete: action(&item(&reference, "on_delete")?.extract::<String>()?)?,
                on_update: action(&item(&reference, "on_update")?.extract::<String>()?)?,
            },
        );
    }
    Ok(builder)
}

fn add_relations(
    mut builder: ModelBuilder,
    relations: &Bound<'_, PyAny>,
    resolvers: &mut Vec<Py<PyAny>>,
) -> PyResult<ModelBuilder> {
    for relation in relations.try_iter()? {
        let relation = relation?.cast_into::<PyDict>()?;
        let kind: String = item(&relation, "kind")?.extract()?;
        let through = item(&relation, "through")?;
        builder = builder.relation(RelationDef {
            name: item(&relation, "name")?.extract()?,
            kind: if kind == "one" { RelationKind::One } else { RelationKind::Many },
            target: link(&item(&relation, "target_name")?, item(&relation, "target")?, resolvers)?,
            through: match through.is_none() {
                true => None,
                false => Some(link(&item(&relation, "through_name")?, through, resolvers)?),
            },
            by: item(&relation, "by")?.extract()?,
            optional: item(&relation, "optional")?.extract()?,
        });
    }
    Ok(builder)
}

/// A link that asks the Python face for the model each time; the engine asks only when it plans.
fn link(
    name: &Bound<'_, PyAny>,
    resolve: Bound<'_, PyAny>,
    resolvers: &mut Vec<Py<PyAny>>,
) -> PyResult<ModelLink> {
    let weak = PyWeakrefReference::new(&resolve)?.unbind();
    resolvers.push(resolve.unbind());
    Ok(ModelLink::new(name.extract::<String>()?, move || {
        Python::try_attach(|py| {
            let resolve = weak.bind(py).upgrade();
            let gone = || PyRuntimeError::new_err("the class that refers to the model is gone");
            let model = resolve.ok_or_else(gone)?.call0()?;
            ModelType::model(model.cast::<ModelType>()?)
        })
        .unwrap_or_else(|| Err(PyValueError::new_err("the interpreter is shutting down")))
        .map_err(from_python)
    }))
}

/// What happens to rows that refer, by its name.
pub(crate) fn action(name: &str) -> PyResult<Action> {
    match name {
        "restrict" => Ok(Action::Restrict),
        "cascade" => Ok(Action::Cascade),
        "set_null" => Ok(Action::SetNull),
        other => {
            Err(PyValueError::new_err(format!("unknown action {other:?}; use restrict, cascade or set_null")))
        }
    }
}

/// The error of an object that is no instance of a decorated class.
pub(crate) fn not_a_model(object: &Bound<'_, PyAny>) -> Error {
    let name = object.get_type().name().map_or_else(|_| "object".into(), |name| name.to_string());
    Error::new(ErrorKind::Validation, format!("{name} is no model: decorate the class with @ommi_model"))
}
