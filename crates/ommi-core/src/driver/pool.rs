//! What is asked of a pool of connections, and what it tells of itself.

use std::time::Duration;

/// How connections are kept. Every server's driver takes the same options, with the same names in its URL
/// (durations in seconds there).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolOptions {
    /// So many connections are opened early and kept while idle.
    pub min_connections: usize,
    /// At most so many are open at once: at least 1.
    pub max_connections: usize,
    /// How long an operation waits for a connection, opening it included, before it fails with `PoolExhausted`, or
    /// with `Connection` where the server could not be reached.
    pub connection_timeout: Duration,
    /// An idle connection beyond the minimum is closed after this long; never without it.
    pub idle_timeout: Option<Duration>,
    /// A connection is closed when it comes back after this long; never without it.
    pub max_lifetime: Option<Duration>,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self {
            min_connections: 0,
            max_connections: 10,
            connection_timeout: Duration::from_secs(30),
            idle_timeout: Some(Duration::from_secs(600)),
            max_lifetime: Some(Duration::from_secs(1800)),
        }
    }
}

/// What a pool tells of itself at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PoolStats {
    /// Open connections, used and idle.
    pub open: usize,
    /// Connections that wait for work.
    pub idle: usize,
    /// Connections at work.
    pub used: usize,
    /// Operations that wait for a connection.
    pub waiting: usize,
    /// The most that may be open.
    pub max: usize,
    /// Connections opened since the start.
    pub created: u64,
    /// Connections closed since the start, for whatever reason.
    pub closed: u64,
    /// Times a connection was asked for and none came in time.
    pub timeouts: u64,
    /// Who holds the used connections, longest first.
    pub holders: Vec<Holder>,
}

/// Who holds a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// What for: `transaction`, `stream`, `statement`...
    pub purpose: &'static str,
    /// For how long.
    pub held: Duration,
    /// The latest statement's text, values left out; empty before the first.
    pub statement: String,
}
