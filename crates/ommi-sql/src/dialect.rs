//! The SQL dialects. Code that differs by dialect matches on this without a wildcard arm, so that a new
//! dialect is a list of compiler errors.

/// A database's flavour of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SQLite with the functions of [`sqlite::FUNCTIONS`](crate::sqlite::FUNCTIONS).
    Sqlite,
}
