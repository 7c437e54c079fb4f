//! What each level of each database documents: the anomalies that happen. All others are prevented.

use ommi_core::driver::IsolationLevel::{self, *};

use super::Anomaly::{self, *};

/// What a level has to make of an anomaly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    Prevented,
    Happens,
    /// It is up to the database's version, or nothing is known of the database.
    Either,
}

/// One level of one database.
struct Documented {
    database: &'static str,
    level: IsolationLevel,
    happens: &'static [Anomaly],
    /// Other versions differ.
    either: &'static [Anomaly],
}

const fn level(database: &'static str, level: IsolationLevel, happens: &'static [Anomaly]) -> Documented {
    Documented { database, level, happens, either: &[] }
}

/// PostgreSQL: "Transaction Isolation". MySQL and MariaDB: "InnoDB Transaction Isolation Levels"; a lost update at
/// REPEATABLE READ is prevented where `innodb_snapshot_isolation` is on, as it is from MariaDB 11.6 on. MongoDB: "Read
/// Concern snapshot"; a write to what another transaction changed is a conflict, a read of it is none.
const DOCUMENTED: &[Documented] = &[
    level("postgres", ReadCommitted, &[Pmp, P4, GSingle, G2Item, G2]),
    level("postgres", RepeatableRead, &[G2Item, G2]),
    level("postgres", Serializable, &[]),
    level("mysql", ReadUncommitted, &[G1a, G1b, G1c, Otv, Pmp, P4, GSingle, G2Item, G2]),
    level("mysql", ReadCommitted, &[Pmp, P4, GSingle, G2Item, G2]),
    Documented { database: "mysql", level: RepeatableRead, happens: &[G2Item, G2], either: &[P4] },
    level("mysql", Serializable, &[]),
    level("mongodb", RepeatableRead, &[G2Item, G2]),
    level("sqlite", Serializable, &[]),
    level("memory", Serializable, &[]),
];

/// What has to become of an anomaly. Of a database that is not documented here, only what makes a level what it is.
pub(super) fn expected(database: &str, level: IsolationLevel, anomaly: Anomaly) -> Expected {
    match DOCUMENTED.iter().find(|known| known.database == database && known.level == level) {
        Some(known) if known.happens.contains(&anomaly) => Expected::Happens,
        Some(known) if known.either.contains(&anomaly) => Expected::Either,
        Some(_) => Expected::Prevented,
        None if is_prevented_by_definition(level, anomaly) => Expected::Prevented,
        None => Expected::Either,
    }
}

fn is_prevented_by_definition(level: IsolationLevel, anomaly: Anomaly) -> bool {
    match anomaly {
        G0 => true,
        G1a | G1b | G1c => level >= ReadCommitted,
        GSingle => level >= RepeatableRead,
        Otv | Pmp | P4 | G2Item | G2 => level >= Serializable,
    }
}
