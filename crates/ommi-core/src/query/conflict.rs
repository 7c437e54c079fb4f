//! `Conflict`: what becomes of a row that is added while one with the same key or unique fields is there.

use super::Assignment;

/// By which fields a row is known, and what happens to the one that has the same values in them.
///
/// The fields are those of the key, of a unique field or of a unique index. NULLs are never the same.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// Positions of the fields.
    pub target: Vec<usize>,
    /// What happens to the row that is there.
    pub resolution: Resolution,
}

/// What happens to the row that is there, instead of another one being added.
#[derive(Debug, Clone)]
pub enum Resolution {
    /// Nothing.
    Ignore,
    /// It gets every value that is given, but for its key and the fields that it is known by.
    Replace,
    /// These fields are set. [`Expr::Column`](super::Expr::Column) is a field of the row as it is,
    /// [`Expr::Given`](super::Expr::Given) the value that the other one would have brought.
    Update(Vec<Assignment>),
}
