//! What can be said about a MongoDB database before it is connected to.

use std::fmt;
use std::time::Duration;

use mongodb::options::ConnectionString;
use ommi_core::driver::PoolOptions;
use ommi_core::{Error, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The port that servers listen on unless told otherwise.
pub(crate) const DEFAULT_PORT: u16 = 27017;

/// What is written as it is in every part of a URL; a host keeps more.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How to connect. Build one with [`new`](Self::new), [`from_url`](Self::from_url),
/// [`from_pairs`](Self::from_pairs) or [`from_environment`](Self::from_environment), and change its public fields.
#[derive(Clone, PartialEq, Eq)]
pub struct MongodbConfig {
    /// The servers to begin with, each with its port where that is not 27017, or the path of a Unix socket. With
    /// [`srv`](Self::srv), the one name that DNS knows the servers by.
    pub hosts: Vec<(String, Option<u16>)>,
    /// Whether the servers and some options are asked of DNS (`mongodb+srv`).
    pub srv: bool,
    /// The user.
    pub user: Option<String>,
    /// The user's password. It is never shown.
    pub password: Option<String>,
    /// The database. A driver needs one.
    pub database: Option<String>,
    /// Standard options of MongoDB's URLs by their names there, with their values as text.
    pub(crate) options: Vec<(&'static str, String)>,
    /// How long opening one connection may take.
    pub connect_timeout: Duration,
    /// How long a command may run on the server; without end where there is none.
    pub statement_timeout: Option<Duration>,
    /// The name that the server's log and list of operations show.
    pub application_name: Option<String>,
    /// How connections are kept. The age of a connection is not limited: the `mongodb` crate knows no
    /// [`max_lifetime`](PoolOptions::max_lifetime).
    pub pool: PoolOptions,
}

impl MongodbConfig {
    /// A database on a server, without a user, on the standard port.
    pub fn new(host: impl Into<String>, database: impl Into<String>) -> Self {
        Self { hosts: vec![(host.into(), None)], database: Some(database.into()), ..Self::default() }
    }

    /// Reads `MONGODB_URI`, and then `MONGODB_DATABASE`, `MONGODB_USER` and `MONGODB_PASSWORD`, which count more.
    /// What is not set stays as it is by default.
    ///
    /// # Errors
    /// `Validation` as by [`from_url`](Self::from_url).
    pub fn from_environment() -> Result<Self> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    pub(crate) fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let mut config =
            variable("MONGODB_URI").map_or_else(|| Ok(Self::default()), |url| Self::from_url(&url))?;
        for (name, option) in
            [("MONGODB_DATABASE", "database"), ("MONGODB_USER", "user"), ("MONGODB_PASSWORD", "password")]
        {
            if let Some(value) = variable(name) {
                config.set(option, &value)?;
            }
        }
        Ok(config)
    }

    /// The value of a standard option, where it is set.
    pub fn option(&self, name: &str) -> Option<&str> {
        let found = self.options.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Refuses what cannot work, where fields were set by hand.
    pub(crate) fn check(&self) -> Result<()> {
        self.check_database()?;
        if self.pool.max_connections == 0 || self.pool.min_connections > self.pool.max_connections {
            let message = "a pool has at least one connection, and no more at the least than at the most: \
                           check min_connections and max_connections";
            return Err(Error::validation(message));
        }
        if self.password.is_some() && self.user.is_none() {
            return Err(Error::validation("a password is given and no user"));
        }
        let hosts = self.hosts.iter().map(|(host, _)| Some(host));
        let parts = [self.user.as_ref(), self.password.as_ref(), self.application_name.as_ref()];
        if hosts.chain(parts).flatten().any(|part| part.contains('\0')) {
            let message =
                "a server's name, a user, a password or an application's name holds a NUL character";
            return Err(Error::validation(message));
        }
        if self.option("w") == Some("0") {
            return Err(Error::validation("w=0 is refused: nobody would know whether a write was done"));
        }
        self.connection_string().map(drop)
    }

    fn check_database(&self) -> Result<()> {
        let Some(database) = self.database.as_deref().filter(|name| !name.is_empty()) else {
            let message = "a MongoDB URL names the database: mongodb://host/database";
            return Err(Error::validation(message));
        };
        if database.len() > 63 || database.contains(['/', '\\', '.', ' ', '"', '$', '\0']) {
            let message =
                "the name of a MongoDB database has up to 63 bytes, without / \\ . \" $, blanks and NUL";
            return Err(Error::validation(message));
        }
        Ok(())
    }

    /// Where it leads to, for people: no user, no password.
    pub fn describe(&self) -> String {
        let place = |(host, port): &(String, Option<u16>)| match port {
            _ if self.srv || host.starts_with('/') => host.clone(),
            port if host.contains(':') => format!("[{host}]:{}", port.unwrap_or(DEFAULT_PORT)),
            port => format!("{host}:{}", port.unwrap_or(DEFAULT_PORT)),
        };
        let places: Vec<_> = self.hosts.iter().map(place).collect();
        match &self.database {
            Some(database) => format!("{}/{database}", places.join(",")),
            None => places.join(","),
        }
    }

    /// What the `mongodb` crate is told.
    ///
    /// # Errors
    /// `Validation` with the crate's words, unless they hold something secret.
    pub(crate) fn connection_string(&self) -> Result<ConnectionString> {
        ConnectionString::parse(self.url()).map_err(|error| {
            let text = error.kind.to_string();
            let text = text.strip_prefix("An invalid argument was provided: ").unwrap_or(&text);
            if self.is_secret(text) {
                return Error::validation(
                    "an option of the MongoDB URL, or its user or password, is not valid",
                );
            }
            Error::validation(format!("the MongoDB URL's options are not valid: {text}"))
        })
    }

    /// Whether a text shows something that must not be shown.
    fn is_secret(&self, text: &str) -> bool {
        let properties = self.option("authMechanismProperties").map(str::to_owned);
        let written = self.password.as_deref().map(|password| encoded(password).to_string());
        [self.password.clone(), written, properties]
            .into_iter()
            .flatten()
            .any(|secret| !secret.is_empty() && text.contains(&secret))
    }

    /// The URL with everything in it, the password too: never shown.
    fn url(&self) -> String {
        let mut url = if self.srv { "mongodb+srv://" } else { "mongodb://" }.to_owned();
        if let Some(user) = &self.user {
            url.push_str(&encoded(user).to_string());
            if let Some(password) = &self.password {
                url.push(':');
                url.push_str(&encoded(password).to_string());
            }
            url.push('@');
        }
        let places: Vec<_> = self.hosts.iter().map(place_in_url).collect();
        url.push_str(&places.join(","));
        url.push('/');
        url.push_str(&encoded(self.database.as_deref().unwrap_or_default()).to_string());
        for (position, (name, value)) in self.options.iter().enumerate() {
            url.push(if position == 0 { '?' } else { '&' });
            url.push_str(name);
            url.push('=');
            url.push_str(&encoded(value).to_string());
        }
        url
    }
}

fn encoded(part: &str) -> impl fmt::Display {
    utf8_percent_encode(part, KEPT)
}

fn place_in_url((host, port): &(String, Option<u16>)) -> String {
    let name = if host.starts_with('/') {
        encoded(host).to_string()
    } else if host.contains(':') {
        format!("[{host}]")
    } else {
        host.clone()
    };
    port.map_or(name.clone(), |port| format!("{name}:{port}"))
}

impl Default for MongodbConfig {
    fn default() -> Self {
        Self {
            hosts: vec![("127.0.0.1".into(), None)],
            srv: false,
            user: None,
            password: None,
            database: None,
            options: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            statement_timeout: None,
            application_name: None,
            pool: PoolOptions { max_lifetime: None, ..PoolOptions::default() },
        }
    }
}

impl fmt::Debug for MongodbConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.options.iter().map(|(name, _)| *name).collect();
        f.debug_struct("MongodbConfig")
            .field("location", &self.describe())
            .field("srv", &self.srv)
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "hidden"))
            .field("options", &names)
            .field("connect_timeout", &self.connect_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}
