//! What PostgreSQL can do, as data.

use ommi_core::driver::{Capabilities, IsolationLevel};

/// READ UNCOMMITTED is READ COMMITTED there, and not listed.
pub(crate) fn capabilities() -> Capabilities {
    Capabilities {
        savepoints: true,
        isolation: vec![
            IsolationLevel::ReadCommitted,
            IsolationLevel::RepeatableRead,
            IsolationLevel::Serializable,
        ],
        concurrent_writers: true,
        statement_rollback: true,
        row_waits: true,
        transactional_schema: true,
        fixed_columns: true,
        foreign_keys: true,
        references_at_statement_end: true,
        cascades_before_checks: false,
        unique_at_statement_end: false,
        own_references_follow: true,
        conditions_in_order: false,
        float_nan: true,
        float_infinity: true,
        float_remainder: false,
        decimal_limit: None,
        decimal_digits: None,
        timestamp_microseconds: true,
        bytes_order: true,
        indexed_length: None,
        indexed_bytes: Some(2500),
        row_locks: true,
        lock_without_waiting: true,
        raw_statements: true,
        schema_changes: true,
    }
}
