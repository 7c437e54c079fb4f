//! The order of rows. NULLs come first when ascending, last when descending; text goes by code point.

use super::ColumnRef;

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
#[derive(Debug, Clone)]
pub struct Order {
    /// The field sorted by.
    pub column: ColumnRef,
    /// Its direction.
    pub direction: Direction,
}
