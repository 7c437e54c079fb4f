//! What MongoDB can do.

use ommi_core::driver::{Capabilities, IsolationLevel};

use crate::value::DECIMAL_DIGITS;

/// What this driver declares.
pub(crate) fn capabilities() -> Capabilities {
    Capabilities {
        savepoints: false,
        // Every transaction sees one snapshot.
        isolation: vec![IsolationLevel::RepeatableRead],
        concurrent_writers: true,
        statement_rollback: false,
        row_waits: false,
        transactional_schema: false,
        fixed_columns: false,
        foreign_keys: false,
        references_at_statement_end: false,
        cascades_before_checks: false,
        unique_at_statement_end: false,
        own_references_follow: false,
        conditions_in_order: false,
        float_nan: false,
        float_infinity: true,
        float_remainder: true,
        decimal_limit: None,
        decimal_digits: Some(DECIMAL_DIGITS),
        timestamp_microseconds: false,
        bytes_order: false,
        indexed_length: None,
        indexed_bytes: None,
        row_locks: false,
        lock_without_waiting: false,
        raw_statements: false,
        schema_changes: false,
    }
}
