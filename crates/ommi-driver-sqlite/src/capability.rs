//! What SQLite can do, as data.

use ommi_core::driver::{Capabilities, IsolationLevel};

use crate::config::SqliteConfig;

/// SQLite runs one writer at a time on snapshots: every transaction is serializable, no lesser level exists.
pub(crate) fn capabilities(config: &SqliteConfig) -> Capabilities {
    Capabilities {
        savepoints: true,
        isolation: vec![IsolationLevel::Serializable],
        concurrent_writers: false,
        statement_rollback: true,
        row_waits: true,
        transactional_schema: true,
        fixed_columns: true,
        foreign_keys: config.foreign_keys,
        references_at_statement_end: true,
        cascades_before_checks: true,
        unique_at_statement_end: false,
        own_references_follow: false,
        conditions_in_order: false,
        float_nan: false,
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
        raw_statements: true,
        schema_changes: true,
    }
}
