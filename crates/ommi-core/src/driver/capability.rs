//! Capabilities: what a database can do beyond the common contract, as data.

use super::IsolationLevel;

/// What a driver declares. Asking for what is missing is an `Unsupported` error before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Nested transactions and named savepoints.
    pub savepoints: bool,
    /// The isolation levels that it has, weakest first.
    pub isolation: Vec<IsolationLevel>,
    /// Schema changes can be rolled back.
    pub transactional_schema: bool,
    /// References are checked by the database.
    pub foreign_keys: bool,
    /// Floats may be NaN.
    pub float_nan: bool,
    /// Rows can be locked by a read.
    pub row_locks: bool,
}

impl Capabilities {
    /// The weakest level of the database that is at least `wanted`.
    pub fn isolation_at_least(&self, wanted: IsolationLevel) -> Option<IsolationLevel> {
        self.isolation.iter().copied().filter(|level| *level >= wanted).min()
    }
}
