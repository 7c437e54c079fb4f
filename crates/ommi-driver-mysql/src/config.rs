//! What can be said about a MySQL or MariaDB database before it is connected to.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use mysql_async::{ClientIdentity, Opts, OptsBuilder, SslOpts};
use ommi_core::driver::PoolOptions;
use ommi_core::{Error, Result};

/// The port that servers listen on unless told otherwise.
pub(crate) const DEFAULT_PORT: u16 = 3306;

/// The most that one packet may hold by the protocol's rules; a server's own limit is lower or the same.
const LARGEST_PACKET: usize = 1 << 30;

/// Whether the connection is encrypted, and what is checked of the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SslMode {
    /// It is not encrypted.
    Disabled,
    /// It is encrypted where the server can do that. Nothing is checked.
    #[default]
    Preferred,
    /// It is encrypted, or refused. Nothing is checked.
    Required,
    /// The certificate must be signed by a known authority.
    VerifyCa,
    /// The certificate must be signed by a known authority and name the host.
    VerifyIdentity,
}

/// How to connect. Build one with [`new`](Self::new), [`from_url`](Self::from_url),
/// [`from_pairs`](Self::from_pairs) or [`from_environment`](Self::from_environment), and change its public fields.
#[derive(Clone, PartialEq, Eq)]
pub struct MysqlConfig {
    /// The server's name or address.
    pub host: String,
    /// The server's port.
    pub port: u16,
    /// A Unix socket, used instead of host and port.
    pub socket: Option<PathBuf>,
    /// The user.
    pub user: String,
    /// The user's password. It is never shown.
    pub password: Option<String>,
    /// The database.
    pub database: Option<String>,
    /// Whether the connection is encrypted. A Unix socket never is.
    pub ssl_mode: SslMode,
    /// A file of certificates (PEM) of authorities to trust instead of the well-known ones.
    pub ssl_ca: Option<PathBuf>,
    /// The client's certificate (PEM), with [`ssl_key`](Self::ssl_key).
    pub ssl_cert: Option<PathBuf>,
    /// The key of the client's certificate (PEM).
    pub ssl_key: Option<PathBuf>,
    /// How long opening one connection may take.
    pub connect_timeout: Duration,
    /// A connection on which nothing happens for this long is tested by the operating system, so that a lost
    /// server is noticed; never without it.
    pub keepalive: Option<Duration>,
    /// How long a statement may run on the server; without end where there is none. MySQL limits only reads.
    pub statement_timeout: Option<Duration>,
    /// How long a statement waits for a row that another transaction holds; the server's own limit without it.
    pub lock_timeout: Option<Duration>,
    /// How many prepared statements each connection keeps: at least 1.
    pub statement_cache: usize,
    /// The name that the server's list of connections shows.
    pub application_name: Option<String>,
    /// How connections are kept.
    pub pool: PoolOptions,
}

impl MysqlConfig {
    /// A database on a server, as `root` without a password on the standard port.
    pub fn new(host: impl Into<String>, database: impl Into<String>) -> Self {
        Self { host: host.into(), database: Some(database.into()), ..Self::default() }
    }

    /// Reads `MYSQL_HOST`, `MYSQL_TCP_PORT`, `MYSQL_UNIX_PORT`, `MYSQL_USER`, `MYSQL_PWD` or `MYSQL_PASSWORD`, and
    /// `MYSQL_DATABASE`. What is not set stays as it is by default.
    ///
    /// # Errors
    /// `Validation` where the port is no number.
    pub fn from_environment() -> Result<Self> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    pub(crate) fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let mut config = Self::default();
        let pairs = [
            ("MYSQL_HOST", "host"),
            ("MYSQL_TCP_PORT", "port"),
            ("MYSQL_UNIX_PORT", "socket"),
            ("MYSQL_USER", "user"),
            ("MYSQL_PASSWORD", "password"),
            ("MYSQL_PWD", "password"),
            ("MYSQL_DATABASE", "database"),
        ];
        for (name, option) in pairs {
            if let Some(value) = variable(name).filter(|value| !value.is_empty()) {
                config.set(option, &value)?;
            }
        }
        Ok(config)
    }

    /// Refuses what cannot work, where fields were set by hand.
    pub(crate) fn check(&self) -> Result<()> {
        if self.statement_cache == 0 {
            return Err(Error::validation("a MySQL connection keeps at least one prepared statement"));
        }
        if self.pool.max_connections == 0 || self.pool.min_connections > self.pool.max_connections {
            let message = "a pool has at least one connection, and no more at the least than at the most: \
                           check min_connections and max_connections";
            return Err(Error::validation(message));
        }
        if self.ssl_cert.is_some() != self.ssl_key.is_some() {
            return Err(Error::validation("ssl-cert and ssl-key are given together or not at all"));
        }
        let parts = [Some(&self.host), Some(&self.user), self.password.as_ref(), self.database.as_ref()];
        if parts.into_iter().flatten().any(|part| part.contains('\0')) {
            let message = "a server's name, a user, a password or a database holds a NUL character";
            return Err(Error::validation(message));
        }
        Ok(())
    }

    /// Where it leads to, for people: no user, no password.
    pub fn describe(&self) -> String {
        let place = match &self.socket {
            Some(socket) => socket.display().to_string(),
            None if self.host.contains(':') => format!("[{}]:{}", self.host, self.port),
            None => format!("{}:{}", self.host, self.port),
        };
        match &self.database {
            Some(database) => format!("{place}/{database}"),
            None => place,
        }
    }

    /// The options in the words of mysql_async; `encrypted` decides where the mode leaves it open.
    pub(crate) fn opts(&self, encrypted: bool) -> Opts {
        let mut builder = OptsBuilder::default()
            .ip_or_hostname(self.host.clone())
            .tcp_port(self.port)
            .socket(self.socket.as_ref().map(|path| path.display().to_string()))
            .user(Some(self.user.clone()))
            .pass(self.password.clone())
            .db_name(self.database.clone())
            .prefer_socket(false)
            .tcp_nodelay(true)
            .tcp_keepalive(self.keepalive)
            // Statements are kept by the connection itself, by their plan and not by their text.
            .stmt_cache_size(0)
            // Set, so that they are not asked for: the session's setup reads the one that counts.
            .max_allowed_packet(Some(LARGEST_PACKET))
            .wait_timeout(Some(0))
            .client_found_rows(true);
        if let Some(name) = &self.application_name {
            builder = builder.connect_attribute("program_name", name.clone());
        }
        builder.ssl_opts(if encrypted { self.ssl_opts() } else { None }).into()
    }

    fn ssl_opts(&self) -> Option<SslOpts> {
        let mut options = match self.ssl_mode {
            SslMode::Disabled => return None,
            SslMode::Preferred | SslMode::Required => SslOpts::default()
                .with_danger_accept_invalid_certs(true)
                .with_danger_skip_domain_validation(true),
            // mysql_async tells a wrong name from a wrong chain by this word in the error, which newer versions of
            // rustls do not use any more; but they repeat the name that was expected.
            SslMode::VerifyCa => SslOpts::default()
                .with_danger_skip_domain_validation(true)
                .with_danger_tls_hostname_override(Some("NotValidForName")),
            SslMode::VerifyIdentity => SslOpts::default(),
        };
        if let Some(ca) = &self.ssl_ca {
            options = options.with_root_certs(vec![ca.clone().into()]).with_disable_built_in_roots(true);
        }
        if let (Some(certificate), Some(key)) = (&self.ssl_cert, &self.ssl_key) {
            let identity = ClientIdentity::new(certificate.clone().into(), key.clone().into());
            options = options.with_client_identity(Some(identity));
        }
        Some(options)
    }
}

impl Default for MysqlConfig {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".into(),
            port: DEFAULT_PORT,
            socket: None,
            user: "root".into(),
            password: None,
            database: None,
            ssl_mode: SslMode::default(),
            ssl_ca: None,
            ssl_cert: None,
            ssl_key: None,
            connect_timeout: Duration::from_secs(10),
            keepalive: Some(Duration::from_secs(30)),
            statement_timeout: None,
            lock_timeout: None,
            statement_cache: 256,
            application_name: None,
            pool: PoolOptions::default(),
        }
    }
}

impl fmt::Debug for MysqlConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MysqlConfig")
            .field("location", &self.describe())
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "hidden"))
            .field("ssl_mode", &self.ssl_mode)
            .field("connect_timeout", &self.connect_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .field("lock_timeout", &self.lock_timeout)
            .field("statement_cache", &self.statement_cache)
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}

impl SslMode {
    /// The mode's name in a URL.
    pub fn name(self) -> &'static str {
        match self {
            SslMode::Disabled => "disabled",
            SslMode::Preferred => "preferred",
            SslMode::Required => "required",
            SslMode::VerifyCa => "verify-ca",
            SslMode::VerifyIdentity => "verify-identity",
        }
    }

    /// All modes, from the least to the most.
    pub(crate) const ALL: [SslMode; 5] =
        [Self::Disabled, Self::Preferred, Self::Required, Self::VerifyCa, Self::VerifyIdentity];
}
