//! `TxOptions`: how a transaction runs.

use std::time::Duration;

use ommi_core::driver::{IsolationLevel, TransactionOptions};

/// How a transaction runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TxOptions {
    /// At least this isolation, READ COMMITTED where nothing is said; a level that the database lacks becomes its next
    /// stronger one. A nested transaction has that of the one around it and may only ask for as much.
    pub isolation: Option<IsolationLevel>,
    /// Whether writes are refused.
    pub read_only: bool,
    /// How long it may take, from the wait for its beginning to its commit. When the time is over it is rolled back, and
    /// running and later operations fail with `Timeout`; a commit that was sent before is waited for. Outermost
    /// transactions only.
    pub timeout: Option<Duration>,
}

impl From<TransactionOptions> for TxOptions {
    fn from(options: TransactionOptions) -> Self {
        Self { isolation: Some(options.isolation), read_only: options.read_only, timeout: None }
    }
}
