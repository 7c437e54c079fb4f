//! `Description`: a model's definition with what the face works out about it once.

use std::sync::{Arc, OnceLock};

use ommi_core::Result;
use ommi_core::schema::{ModelBuilder, ModelDef};
use ommi_engine::relation_query;

use crate::expression::Refusal;

/// What is known of a model. The derive keeps one in a static.
#[derive(Debug)]
pub struct Description {
    model: Arc<ModelDef>,
    /// For each relation: the fields whose values lead along it.
    relation_fields: Vec<OnceLock<Result<Arc<[usize]>, Refusal>>>,
}

impl Description {
    /// The description of a definition that the derive has checked.
    ///
    /// # Panics
    /// When the definition is wrong, which means that the derive has a gap: nothing that a program is given while it
    /// runs can cause it.
    #[allow(clippy::panic)]
    pub fn new(builder: ModelBuilder) -> Self {
        match builder.build() {
            Ok(model) => {
                let relation_fields = model.relations().iter().map(|_| OnceLock::new()).collect();
                Self { model, relation_fields }
            }
            Err(error) => panic!("#[derive(Model)] let a wrong definition through: {error}"),
        }
    }

    /// The definition.
    #[inline]
    pub(crate) fn model(&self) -> &Arc<ModelDef> {
        &self.model
    }

    /// Positions of the fields whose values lead along a relation.
    pub(crate) fn relation_fields(&self, relation: usize) -> Result<Arc<[usize]>, Refusal> {
        let Some(fields) = self.relation_fields.get(relation) else { return Ok(Arc::from([])) };
        fields
            .get_or_init(|| {
                let load = relation_query(&self.model, &self.model.relations()[relation], &[])?;
                Ok(load.parent_fields.into())
            })
            .clone()
    }
}
