//! Options of reads and transactions.

/// How rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchOptions {
    /// At most so many rows in one batch.
    pub batch_rows: usize,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self { batch_rows: 1000 }
    }
}

/// How much of other transactions' work a transaction may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum IsolationLevel {
    /// Even what is not committed.
    ReadUncommitted,
    /// What is committed at each statement.
    #[default]
    ReadCommitted,
    /// What was committed when the transaction began.
    RepeatableRead,
    /// As if transactions ran one after another.
    Serializable,
}

/// How a transaction runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TransactionOptions {
    /// At least this isolation; a database that lacks the level uses its next stronger one.
    pub isolation: IsolationLevel,
    /// Whether writes are refused.
    pub read_only: bool,
}
