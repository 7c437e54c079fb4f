//! `Raw`: a statement in a database's own language, with names for its values.

use std::sync::Arc;

use crate::schema::{FieldType, ModelDef};

/// A statement as a program wrote it. Values are named in it: `:id`.
#[derive(Debug, Clone)]
pub struct Raw {
    /// The text.
    pub text: String,
    /// The model whose columns `{*}` stands for in the text, in the order of its fields.
    pub model: Option<Arc<ModelDef>>,
    /// The types of the columns that come back; none where rows are changed.
    pub columns: Vec<FieldType>,
    /// The names of the values, in the order in which they are bound.
    pub names: Vec<String>,
}
