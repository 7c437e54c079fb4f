//! Eager loads: the relations of `with_related(...)`, one query each, after the rows were built.

use std::sync::Arc;
use std::task::{Context, Poll};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::FetchGroup;
use super::load::GroupLoad;
use crate::model::{Definition, ModelType};

/// Relations that are still to be loaded, in their order.
pub(crate) struct EagerLoad {
    /// Models of which objects are at hand, with their groups.
    known: Vec<(Arc<Definition>, Py<FetchGroup>)>,
    relations: std::vec::IntoIter<(Arc<Definition>, String)>,
    current: Option<GroupLoad>,
}

impl EagerLoad {
    /// Loads `relations` of the objects of `group`, and of the objects that earlier ones of them lead to.
    pub(crate) fn new(
        py: Python<'_>,
        group: &Py<FetchGroup>,
        definition: &Arc<Definition>,
        relations: &[Py<PyAny>],
    ) -> PyResult<Self> {
        let mut wanted = Vec::with_capacity(relations.len());
        for relation in relations {
            let relation = relation.bind(py);
            let (Ok(class), Ok(name)) = (relation.getattr("model"), relation.getattr("name")) else {
                return Err(PyTypeError::new_err("with_related() takes relations, such as User.posts"));
            };
            let model = ModelType::of_class(&class)?
                .ok_or_else(|| PyTypeError::new_err("with_related() takes relations, such as User.posts"))?;
            let name: String = name.extract()?;
            let owner = ModelType::definition(&model)?;
            owner.relation(py, &name)?;
            wanted.push((owner, name));
        }
        Ok(Self {
            known: vec![(definition.clone(), group.clone_ref(py))],
            relations: wanted.into_iter(),
            current: None,
        })
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
            let Some((owner, name)) = self.relations.next() else { return Poll::Ready(Ok(())) };
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
            self.current = Some(GroupLoad::begin(group.bind(py), &session, definition, &name, None)?);
        }
    }
}
