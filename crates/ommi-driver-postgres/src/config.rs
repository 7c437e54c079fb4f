//! What can be said about a PostgreSQL server before it is reached.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use ommi_core::driver::PoolOptions;
use ommi_core::{Error, Result};

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// A host's name or address, or, where it begins with `/`, the folder of a Unix socket.
    pub host: String,
    /// The port, which is also part of a socket's name.
    pub port: u16,
}

/// Whether traffic is encrypted, and how far the server's certificate is verified. Sockets never are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SslMode {
    /// Never encrypted.
    Disable,
    /// Encrypted where the server can; it is not verified.
    #[default]
    Prefer,
    /// Encrypted; the server is verified only where `ssl_root_cert` is given.
    Require,
    /// Encrypted, and a trusted authority signed the certificate.
    VerifyCa,
    /// Encrypted, and a trusted authority signed the certificate for this host.
    VerifyFull,
}

/// What stands between Ommi and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pooler {
    /// Nothing that changes the session under a connection.
    #[default]
    None,
    /// A pooler that gives each transaction another session, as PgBouncer does in transaction mode: no statement
    /// stays prepared and nothing is set for a session.
    Transaction,
}

/// Which server will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Target {
    /// Any that answers.
    #[default]
    Any,
    /// One that takes writes.
    ReadWrite,
    /// One that takes no writes.
    ReadOnly,
}

/// How to reach a database. Build one with [`new`](Self::new), [`from_url`](Self::from_url),
/// [`from_pairs`](Self::from_pairs) or [`from_env`](Self::from_env), and change its public fields.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresConfig {
    /// The servers, tried in this order: at least one.
    pub hosts: Vec<Address>,
    /// The user.
    pub user: String,
    /// The password, where the server asks for one.
    pub password: Option<String>,
    /// The database.
    pub database: String,
    /// Whether traffic is encrypted.
    pub ssl_mode: SslMode,
    /// The PEM file of the authorities that are trusted; those of the operating system without it.
    pub ssl_root_cert: Option<PathBuf>,
    /// The PEM file of the client's certificate.
    pub ssl_cert: Option<PathBuf>,
    /// The PEM file of the client's key.
    pub ssl_key: Option<PathBuf>,
    /// How the server lists this program.
    pub application_name: String,
    /// Command line options for the session, as `-c geqo=off`.
    pub options: Option<String>,
    /// The schemas in which tables are looked for and made, as `app, public`.
    pub search_path: Option<String>,
    /// The server ends a statement that takes longer.
    pub statement_timeout: Option<Duration>,
    /// How long reaching one server may take.
    pub connect_timeout: Duration,
    /// Whether TCP notices a dead server while nothing is sent.
    pub keepalives: bool,
    /// How long a connection is silent before it is asked.
    pub keepalives_idle: Duration,
    /// How long it is waited before it is asked again.
    pub keepalives_interval: Duration,
    /// How often it is asked before it is given up.
    pub keepalives_count: u32,
    /// How long sent data may stay unacknowledged before the connection is given up (Linux).
    pub tcp_user_timeout: Option<Duration>,
    /// Which server will do.
    pub target: Target,
    /// What stands between.
    pub pooler: Pooler,
    /// How many prepared statements each connection keeps: at least 1.
    pub statement_cache: usize,
    /// On how many of the pool's connections short reads may be sent without waiting for each other's answers; 0
    /// gives every read a connection of its own.
    pub shared_connections: usize,
    /// The pool.
    pub pool: PoolOptions,
}

impl PostgresConfig {
    /// A database of a server on this machine, by the user `postgres`. The environment is not looked at.
    pub fn new(database: impl Into<String>) -> Self {
        Self {
            hosts: vec![Address { host: "localhost".into(), port: 5432 }],
            user: "postgres".into(),
            password: None,
            database: database.into(),
            ssl_mode: SslMode::default(),
            ssl_root_cert: None,
            ssl_cert: None,
            ssl_key: None,
            application_name: "ommi".into(),
            options: None,
            search_path: None,
            statement_timeout: None,
            connect_timeout: Duration::from_secs(10),
            keepalives: true,
            keepalives_idle: Duration::from_secs(60),
            keepalives_interval: Duration::from_secs(10),
            keepalives_count: 3,
            tcp_user_timeout: Some(Duration::from_secs(60)),
            target: Target::default(),
            pooler: Pooler::default(),
            statement_cache: 256,
            shared_connections: 4,
            pool: PoolOptions::default(),
        }
    }

    /// Refuses what cannot work.
    pub(crate) fn check(&self) -> Result<()> {
        if self.hosts.is_empty() || self.statement_cache == 0 {
            return Err(Error::validation("PostgreSQL needs at least one host and one kept statement"));
        }
        if self.pooler == Pooler::Transaction {
            let set = [
                ("search_path", self.search_path.is_some()),
                ("statement_timeout", self.statement_timeout.is_some()),
                ("options", self.options.is_some()),
            ];
            if let Some((name, _)) = set.iter().find(|(_, is_set)| *is_set) {
                return Err(Error::validation(format!(
                    "{name} is kept by a session, and behind a pooler in transaction mode there is none: set it in the \
                     database, as by ALTER ROLE ... SET {name}"
                )));
            }
        }
        if self.ssl_cert.is_some() != self.ssl_key.is_some() {
            return Err(Error::validation("sslcert and sslkey go together: one of them is missing"));
        }
        Ok(())
    }

    /// The location for people, without a user or a password.
    pub fn describe(&self) -> String {
        let hosts: Vec<String> =
            self.hosts.iter().map(|address| format!("{}:{}", address.host, address.port)).collect();
        format!("postgresql://{}/{}", hosts.join(","), self.database)
    }

    /// What the session is told when it begins, as a command line.
    pub(crate) fn session_options(&self) -> Option<String> {
        let mut options: Vec<String> = self.options.iter().cloned().collect();
        if let Some(path) = &self.search_path {
            options.push(format!("-c search_path={}", escaped(path)));
        }
        if let Some(timeout) = self.statement_timeout {
            options.push(format!("-c statement_timeout={}", timeout.as_millis()));
        }
        (!options.is_empty()).then(|| options.join(" "))
    }
}

/// A word of a command line: the server splits at spaces that no backslash precedes.
fn escaped(word: &str) -> String {
    let mut text = String::with_capacity(word.len() + 8);
    for character in word.chars() {
        if character.is_ascii_whitespace() || character == '\\' {
            text.push('\\');
        }
        text.push(character);
    }
    text
}

impl fmt::Debug for PostgresConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresConfig")
            .field("hosts", &self.hosts)
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "..."))
            .field("database", &self.database)
            .field("ssl_mode", &self.ssl_mode)
            .field("application_name", &self.application_name)
            .field("search_path", &self.search_path)
            .field("pooler", &self.pooler)
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_told_its_options_word_by_word() {
        let mut config = PostgresConfig::new("d");
        assert_eq!(config.session_options(), None);
        config.search_path = Some("\"my app\", public".into());
        config.statement_timeout = Some(Duration::from_millis(1500));
        let expected = r#"-c search_path="my\ app",\ public -c statement_timeout=1500"#;
        assert_eq!(config.session_options().as_deref(), Some(expected));
    }

    #[test]
    fn nothing_shows_the_password() {
        let mut config = PostgresConfig::new("d");
        config.password = Some("sesame".into());
        assert!(!format!("{config:?} {}", config.describe()).contains("sesame"));
    }

    #[test]
    fn a_session_behind_a_pooler_keeps_nothing() {
        let mut config = PostgresConfig::new("d");
        config.pooler = Pooler::Transaction;
        assert!(config.check().is_ok());
        config.search_path = Some("app".into());
        assert!(config.check().unwrap_err().to_string().contains("search_path"));
    }
}
