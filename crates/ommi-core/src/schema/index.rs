//! An index over one or more fields.

/// An index that the model asks for, beside those of its key and unique fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexDef {
    /// The index's name in the database.
    pub name: String,
    /// Positions of the fields in the model.
    pub fields: Vec<usize>,
    /// Whether the combination of values may stand once only.
    pub unique: bool,
}
