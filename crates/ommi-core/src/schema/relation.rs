//! Relations: the ways along references that a model declares as lazy fields.

use super::ModelLink;

/// How many rows a relation leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationKind {
    /// One row, or none.
    One,
    /// Any number of rows.
    Many,
}

/// A lazy field of a model. It is not a column.
#[derive(Debug, Clone)]
pub struct RelationDef {
    /// The attribute's name.
    pub name: String,
    /// One or many.
    pub kind: RelationKind,
    /// The model that it leads to.
    pub target: ModelLink,
    /// The association model in between, for many-to-many.
    pub through: Option<ModelLink>,
    /// The name of the field that holds the reference, where several lead to the same model.
    pub by: Option<String>,
    /// Whether a missing row is None rather than an error.
    pub optional: bool,
}
