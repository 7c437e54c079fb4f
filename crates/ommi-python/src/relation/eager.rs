//! Eager loads: the relations of `with_related(...)`, one query each, after the rows were built.

use std::sync::Arc;
use std::task::{Context, Poll};

use ommi::engine::RelationOptions;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::FetchGroup;
use super::load::GroupLoad;
use crate::error::{During, to_python};
use crate::model::{Definition, ModelType, model_type_of};
use crate::query::Query;
use crate::session::Session;

/// A relation that is loaded with the rows, and which of its own.
#[derive(Debug)]
pub(crate) struct Wanted {
    owner: Arc<Definition>,
    name: String,
    options: RelationOptions,
}

impl Wanted {
    /// What `with_related(...)` was given: relations, such as `User.posts`, and `related(User.posts).limit(3)`.
    pub(crate) fn read(session: &Py<Session>, wanted: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = wanted.py();
        let conditions = wanted.getattr_opt(intern!(py, "predicates"))?;
        let relation = match &conditions {
            Some(_) => wanted.getattr(intern!(py, "relation"))?,
            None => wanted.clone(),
        };
        let refuse = || PyTypeError::new_err("with_related() takes relations, such as User.posts");
        let (Ok(class), Ok(name)) = (relation.getattr("model"), relation.getattr("name")) else {
            return Err(refuse());
        };
        let owner = ModelType::definition(&ModelType::of_class(&class)?.ok_or_else(refuse)?)?;
        let name: String = name.extract().map_err(|_| refuse())?;
        let target = owner.relation(py, &name)?.target.resolve();
        let options = match conditions {
            None => RelationOptions::default(),
            Some(predicates) => {
                let target = target.map_err(|error| to_python(py, error, During::Other))?;
                let target = model_type_of(py, &target)?.get().class(py).clone().into_any();
                let all = std::iter::once(Ok(target)).chain(predicates.try_iter()?);
                let predicates = PyTuple::new(py, all.collect::<PyResult<Vec<_>>>()?)?;
                let order = wanted.getattr(intern!(py, "order"))?.cast_into::<PyTuple>()?;
                let query = Query::find(session.clone_ref(py), &predicates)?;
                let (filter, order) = Query::conditions(py, query, &order)?;
                RelationOptions {
                    filter,
                    order,
                    limit: wanted.getattr(intern!(py, "max_results"))?.extract()?,
                }
            }
        };
        Ok(Self { owner, name, options })
    }
}

/// Relations that are still to be loaded, in their order.
pub(crate) struct EagerLoad {
    /// Models of which objects are at hand, with their groups.
    known: Vec<(Arc<Definition>, Py<FetchGroup>)>,
    relations: Arc<[Wanted]>,
    next: usize,
    current: Option<GroupLoad>,
}

impl EagerLoad {
    /// Loads `relations` of the objects of `group`, and of the objects that earlier ones of them lead to.
    pub(crate) fn new(
        py: Python<'_>,
        group: &Py<FetchGroup>,
        definition: &Arc<Definition>,
        relations: &Arc<[Wanted]>,
    ) -> Self {
        let known = vec![(definition.clone(), group.clone_ref(py))];
        Self { known, relations: relations.clone(), next: 0, current: None }
    }

    pub(crate) fn poll(&mut self, py: Python<'_>, context: &mut Context<'_>) -> Poll<PyResult<()>> {
        loop {
            if let Some(load) = &mut self.current {
                std::task::ready!(load.poll(py, context))?;
                let (child, group) = load.children(py);
                if let Some(group) = group {
                    self.known.push((child, group));
                }
                self.current = None;
            }
            let Some(Wanted { owner, name, options }) = self.relations.get(self.next) else {
                return Poll::Ready(Ok(()));
            };
            self.next += 1;
            let known =
                self.known.iter().rev().find(|(definition, _)| definition.model.id() == owner.model.id());
            let Some((definition, group)) = known else {
                return Poll::Ready(Err(PyTypeError::new_err(format!(
                    "with_related(): no {} is loaded before {}.{name}; name the relation that leads to it first",
                    owner.model.name(),
                    owner.model.name()
                ))));
            };
            let session = group.get().place(py)?;
            self.current =
                Some(GroupLoad::begin(group.bind(py), &session, definition, name, None, options.clone())?);
        }
    }
}
