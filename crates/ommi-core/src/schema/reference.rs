//! References: fields that point at another model's fields, as foreign keys do.

use std::fmt;
use std::sync::Arc;

use super::ModelDef;
use crate::Result;

type Resolve = dyn Fn() -> Result<Arc<ModelDef>> + Send + Sync;

/// A model named by another model and looked up when first needed, so that models may refer to each other in
/// circles and before they are defined.
#[derive(Clone)]
pub struct ModelLink {
    name: Arc<str>,
    resolve: Arc<Resolve>,
}

impl ModelLink {
    /// A link called `name` in messages; `resolve` finds the model each time it is called.
    pub fn new(
        name: impl Into<Arc<str>>,
        resolve: impl Fn() -> Result<Arc<ModelDef>> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), resolve: Arc::new(resolve) }
    }

    /// The name that the model was referred to by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The model.
    ///
    /// # Errors
    /// `Schema` when no such model is known.
    pub fn resolve(&self) -> Result<Arc<ModelDef>> {
        (self.resolve)()
    }
}

impl fmt::Debug for ModelLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelLink({})", self.name)
    }
}

/// What happens to referring rows when the row that they refer to goes or changes its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Action {
    /// The change is refused while rows refer to it.
    #[default]
    Restrict,
    /// Referring rows go or change with it.
    Cascade,
    /// Referring fields become NULL.
    SetNull,
}

/// Fields of this model that hold the values of another model's fields.
#[derive(Debug, Clone)]
pub struct ReferenceDef {
    /// Positions of this model's fields.
    pub fields: Vec<usize>,
    /// The model pointed at.
    pub target: ModelLink,
    /// Names of the target's fields, in the order of `fields`; empty means its key.
    pub target_fields: Vec<String>,
    /// What happens when the target row is deleted.
    pub on_delete: Action,
    /// What happens when the target row's fields change.
    pub on_update: Action,
}

impl ReferenceDef {
    /// The target and the positions of its fields, in the order of [`fields`](Self::fields).
    ///
    /// # Errors
    /// `Schema` when the target or one of its fields is unknown, or the number of fields differs.
    pub fn resolve(&self) -> Result<(Arc<ModelDef>, Vec<usize>)> {
        let target = self.target.resolve()?;
        let positions = if self.target_fields.is_empty() {
            target.key().to_vec()
        } else {
            self.target_fields.iter().map(|name| target.require_field(name)).collect::<Result<_>>()?
        };
        if positions.len() != self.fields.len() {
            return Err(crate::Error::new(
                crate::ErrorKind::Schema,
                format!(
                    "a reference of {} field(s) points at {} field(s) of {}",
                    self.fields.len(),
                    positions.len(),
                    target.name()
                ),
            ));
        }
        Ok((target, positions))
    }
}
