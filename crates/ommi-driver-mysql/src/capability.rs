//! What MySQL and MariaDB can do.

use ommi_core::driver::{Capabilities, DecimalLimit, IsolationLevel};

/// The capabilities, which the two share.
pub(crate) fn capabilities() -> Capabilities {
    Capabilities {
        savepoints: true,
        isolation: vec![
            IsolationLevel::ReadUncommitted,
            IsolationLevel::ReadCommitted,
            IsolationLevel::RepeatableRead,
            IsolationLevel::Serializable,
        ],
        concurrent_writers: true,
        statement_rollback: true,
        row_waits: true,
        transactional_schema: false,
        fixed_columns: true,
        foreign_keys: true,
        references_at_statement_end: false,
        cascades_before_checks: false,
        unique_at_statement_end: false,
        own_references_follow: false,
        conditions_in_order: false,
        float_nan: false,
        float_infinity: false,
        float_remainder: true,
        decimal_limit: Some(DecimalLimit { whole: 35, fraction: 30 }),
        decimal_digits: None,
        timestamp_microseconds: true,
        bytes_order: true,
        indexed_length: Some(768),
        indexed_bytes: None,
        row_locks: true,
        lock_without_waiting: true,
        raw_statements: true,
        schema_changes: true,
    }
}
