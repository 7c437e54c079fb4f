//! `Link`: makes the lazy fields of one relation while the rows of one batch are read.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::driver::BoxFuture;
use ommi_core::value::{Cell, Value};
use ommi_engine::Session;

use super::{Connection, Eagerly, Group, Related};
use crate::description::Description;
use crate::expression::Refusal;
use crate::model::Model;

/// One relation of the rows that are read together.
pub struct Link<R: Related> {
    description: &'static Description,
    relation: usize,
    fields: Result<Arc<[usize]>, Refusal>,
    group: Option<Arc<Group<R::Target>>>,
}

impl<R: Related> Link<R> {
    /// The relation at this position of the model; nothing is connected yet.
    pub fn new(description: &'static Description, relation: usize) -> Self {
        Self { description, relation, fields: description.relation_fields(relation), group: None }
    }

    /// The lazy field of the model in a row.
    ///
    /// # Errors
    /// `Query` when the row holds something that is no value.
    pub fn attach_row(&mut self, cells: &[Cell<'_>]) -> Result<R> {
        self.attach(|field| cells.get(field).map_or(Ok(Value::Null), |cell| cell.to_value()))
    }

    /// The lazy field of a model that is at hand.
    ///
    /// # Errors
    /// `Validation` when a field holds something that no column can.
    pub fn attach_model<M: Model>(&mut self, model: &M) -> Result<R> {
        self.attach(|field| model.value(field))
    }

    fn attach(&mut self, value: impl Fn(usize) -> Result<Value>) -> Result<R> {
        let fields = match &self.fields {
            Ok(fields) => fields,
            Err(refusal) => return Ok(R::connected(Connection::Broken(refusal.clone()))),
        };
        let group = self
            .group
            .get_or_insert_with(|| Arc::new(Group::new(self.description, self.relation, fields.len())));
        let member = group.join(fields.iter().map(|field| value(*field)))?;
        Ok(R::connected(Connection::Member(group.clone(), member)))
    }

    /// Loads the related rows of everything that was connected, or some of them.
    pub fn load(&self, session: &Session, eagerly: &Arc<Eagerly>) -> BoxFuture<Result<()>> {
        let eagerly = eagerly.clone();
        let (fields, group, session) = (self.fields.clone(), self.group.clone(), session.clone());
        Box::pin(async move {
            fields.map_err(Refusal::into_error)?;
            match group {
                Some(group) => group.load(&session, &eagerly).await.map(drop),
                None => Ok(()),
            }
        })
    }
}
