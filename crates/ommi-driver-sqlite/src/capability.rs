//! What SQLite can do, as data.

use ommi_core::driver::{Capabilities, IsolationLevel};

use crate::config::SqliteConfig;

/// SQLite runs one writer at a time on snapshots: every transaction is serializable, no lesser level exists.
pub(crate) fn capabilities(config: &SqliteConfig) -> Capabilities {
    Capabilities {
        savepoints: true,
        isolation: vec![IsolationLevel::Serializable],
        transactional_schema: true,
        foreign_keys: config.foreign_keys,
        float_nan: false,
        row_locks: false,
    }
}
