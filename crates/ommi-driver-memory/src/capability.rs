//! What a database in memory can do, as data.

use ommi_core::driver::{Capabilities, IsolationLevel};

/// One transaction writes at a time, on a copy of its own, and readers keep what they began with: every
/// transaction is serializable, and no lesser level exists.
pub(crate) fn capabilities() -> Capabilities {
    Capabilities {
        savepoints: true,
        isolation: vec![IsolationLevel::Serializable],
        concurrent_writers: false,
        statement_rollback: true,
        row_waits: true,
        transactional_schema: true,
        fixed_columns: true,
        foreign_keys: true,
        references_at_statement_end: true,
        cascades_before_checks: true,
        unique_at_statement_end: true,
        own_references_follow: true,
        conditions_in_order: true,
        float_nan: true,
        float_infinity: true,
        float_remainder: true,
        decimal_limit: None,
        decimal_digits: None,
        timestamp_microseconds: true,
        bytes_order: true,
        indexed_length: None,
        indexed_bytes: None,
        row_locks: false,
        lock_without_waiting: false,
        raw_statements: false,
        schema_changes: false,
    }
}
