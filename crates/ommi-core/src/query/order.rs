//! The order of rows. NULLs come first when ascending, last when descending; text goes by code point.

use super::Expr;

/// Ascending or descending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Smallest first, NULLs before all.
    #[default]
    Ascending,
    /// Largest first, NULLs after all.
    Descending,
}

/// One sort key.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// What is sorted by: a field, or something computed.
    pub by: Expr,
    /// Its direction.
    pub direction: Direction,
}

impl Order {
    /// By a field or something computed.
    pub fn new(by: impl Into<Expr>, direction: Direction) -> Self {
        Self { by: by.into(), direction }
    }
}
