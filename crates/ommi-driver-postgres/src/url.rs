//! URLs, named options and the environment as configurations.

use std::time::Duration;

use ommi_core::{Error, Result};
use ommi_net::url::{ServerUrl, number, seconds, set_pool_option, switch, unknown_option, wrong_value};

use crate::config::{Address, Pooler, PostgresConfig, SslMode, Target};
use crate::passfile;

/// Every option of a URL or a mapping but the pool's, with what it takes.
const OPTIONS: [(&str, &str); 24] = [
    ("host", "names, addresses or folders of sockets, with commas between"),
    ("port", "a number from 1 to 65535, or one for each host with commas between"),
    ("user", "a name"),
    ("password", "a password"),
    ("dbname", "a name"),
    ("passfile", "a path"),
    ("sslmode", "disable, prefer, require, verify-ca or verify-full"),
    ("sslrootcert", "a path, or system"),
    ("sslcert", "a path"),
    ("sslkey", "a path"),
    ("application_name", "a name"),
    ("options", "a command line, as -c geqo=off"),
    ("search_path", "schemas with commas between"),
    ("statement_timeout", "milliseconds, or a number with ms, s or min; 0 for never"),
    ("connect_timeout", "seconds, more than 0"),
    ("keepalives", "on or off"),
    ("keepalives_idle", "seconds"),
    ("keepalives_interval", "seconds"),
    ("keepalives_count", "a number from 1 to 1000"),
    ("tcp_user_timeout", "milliseconds, 0 for the system's own"),
    ("target_session_attrs", "any, read-write or read-only"),
    ("pooler", "none or transaction"),
    ("statement_cache", "a number from 1 to 10000"),
    ("shared_connections", "a number from 0 to 64"),
];

/// Options by other names that people know them by.
const ALIASES: [(&str, &str); 3] = [("database", "dbname"), ("hostname", "host"), ("username", "user")];

/// Variables of the environment that stand for options.
const VARIABLES: [(&str, &str); 13] = [
    ("PGHOST", "host"),
    ("PGPORT", "port"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGDATABASE", "dbname"),
    ("PGPASSFILE", "passfile"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGAPPNAME", "application_name"),
    ("PGOPTIONS", "options"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
];

impl PostgresConfig {
    /// Reads a URL: `postgresql://user:password@host:5432/database?sslmode=require`. Several hosts are separated by
    /// commas; a Unix socket is `?host=/folder` or its folder, encoded, in the host's place. What the URL leaves
    /// out comes from libpq's variables of the environment, and the password at last from its password file.
    ///
    /// # Errors
    /// `Validation`: another scheme, an unknown option (the known ones are listed), or a value that does not fit.
    /// The URL is not repeated.
    pub fn from_url(url: &str) -> Result<Self> {
        Self::from_url_and(url, |name| std::env::var(name).ok())
    }

    /// Reads options by name: those of a URL, with `host`, `port`, `user`, `password` and `dbname`. The rest as for
    /// [`from_url`](Self::from_url).
    ///
    /// # Errors
    /// As [`from_url`](Self::from_url).
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Given::new(pairs.collect()).resolve(|name| std::env::var(name).ok())
    }

    /// What the environment says: `PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD`, `PGDATABASE` and their like.
    ///
    /// # Errors
    /// As [`from_url`](Self::from_url).
    pub fn from_env() -> Result<Self> {
        Self::from_pairs([])
    }

    fn from_url_and(url: &str, environment: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let url = ServerUrl::parse(url)?;
        if url.scheme != "postgresql" && url.scheme != "postgres" {
            return Err(Error::validation(format!(
                "a PostgreSQL URL begins with postgresql://, not {}://",
                url.scheme
            )));
        }
        let mut pairs = Vec::new();
        let mut put = |name: &str, value: String| pairs.push((name.to_owned(), value));
        if !url.hosts.is_empty() {
            put("host", join(url.hosts.iter().map(|(host, _)| host.clone())));
            if url.hosts.iter().any(|(_, port)| port.is_some()) {
                put("port", join(url.hosts.iter().map(|(_, port)| port.unwrap_or(5432).to_string())));
            }
        }
        for (name, value) in [("user", url.user), ("password", url.password), ("dbname", url.database)] {
            if let Some(value) = value {
                put(name, value);
            }
        }
        pairs.extend(url.options);
        Given::new(pairs).resolve(environment)
    }
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(",")
}

/// Options as they were given; a later one of a name replaces an earlier one.
struct Given(Vec<(String, String)>);

impl Given {
    fn new(mut pairs: Vec<(String, String)>) -> Self {
        for (name, _) in &mut pairs {
            if let Some((_, usual)) = ALIASES.iter().find(|(alias, _)| alias == name) {
                *name = (*usual).to_owned();
            }
        }
        Self(pairs)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    fn resolve(mut self, environment: impl Fn(&str) -> Option<String>) -> Result<PostgresConfig> {
        for (variable, option) in VARIABLES {
            let is_missing = self.get(option).is_none();
            if let Some(value) = environment(variable).filter(|value| is_missing && !value.is_empty()) {
                self.0.push((option.to_owned(), value));
            }
        }
        let mut config = PostgresConfig::new("");
        config.hosts = self.addresses()?;
        for (name, value) in &self.0 {
            set(&mut config, name, value)?;
        }
        if self.get("user").is_none() {
            let login = environment("USER").or_else(|| environment("LOGNAME"));
            config.user = login.filter(|name| !name.is_empty()).unwrap_or(config.user);
        }
        if config.database.is_empty() {
            config.database.clone_from(&config.user);
        }
        if config.password.is_none() {
            let home = environment("HOME").map(|home| format!("{home}/.pgpass"));
            let file = self.get("passfile").map(str::to_owned).or(home);
            config.password = file.and_then(|file| passfile::password(file.as_ref(), &config));
        }
        config.check()?;
        Ok(config)
    }

    fn addresses(&self) -> Result<Vec<Address>> {
        let ports = self.get("port").unwrap_or("5432").split(',').map(|port| {
            let port = if port.is_empty() { Some(5432) } else { number(port, 1, 65_535) };
            port.map(|port| port as u16).ok_or_else(|| {
                Error::validation("the port takes a number from 1 to 65535, or one for each host")
            })
        });
        let ports = ports.collect::<Result<Vec<u16>>>()?;
        let hosts: Vec<&str> = self.get("host").unwrap_or("localhost").split(',').collect();
        if ports.len() != 1 && ports.len() != hosts.len() {
            return Err(Error::validation(format!(
                "{} ports were given for {} hosts: give one, or one for each",
                ports.len(),
                hosts.len()
            )));
        }
        let address = |(position, host): (usize, &&str)| Address {
            host: if host.is_empty() { "localhost".to_owned() } else { (*host).to_owned() },
            port: ports.get(position).or(ports.first()).copied().unwrap_or(5432),
        };
        Ok(hosts.iter().enumerate().map(address).collect())
    }
}

fn set(config: &mut PostgresConfig, name: &str, value: &str) -> Result<()> {
    let wrong = || wrong_value(&OPTIONS, name, value);
    let text = || value.to_owned();
    match name {
        // Taken together with each other, or at the end.
        "host" | "port" | "passfile" => {}
        "user" => config.user = text(),
        "password" => config.password = Some(text()),
        "dbname" => config.database = text(),
        "sslmode" => config.ssl_mode = ssl_mode(value).ok_or_else(wrong)?,
        "sslrootcert" => config.ssl_root_cert = (value != "system").then(|| value.into()),
        "sslcert" => config.ssl_cert = Some(value.into()),
        "sslkey" => config.ssl_key = Some(value.into()),
        "application_name" => config.application_name = text(),
        "options" => config.options = Some(text()),
        "search_path" => config.search_path = Some(text()),
        "statement_timeout" => config.statement_timeout = with_unit(value).ok_or_else(wrong)?,
        "connect_timeout" => {
            config.connect_timeout = seconds(value).filter(|time| !time.is_zero()).ok_or_else(wrong)?;
        }
        "keepalives" => config.keepalives = switch(value).ok_or_else(wrong)?,
        "keepalives_idle" => config.keepalives_idle = seconds(value).ok_or_else(wrong)?,
        "keepalives_interval" => config.keepalives_interval = seconds(value).ok_or_else(wrong)?,
        "keepalives_count" => config.keepalives_count = number(value, 1, 1000).ok_or_else(wrong)? as u32,
        "tcp_user_timeout" => {
            let time = number(value, 0, 1 << 31).map(Duration::from_millis).ok_or_else(wrong)?;
            config.tcp_user_timeout = Some(time).filter(|time| !time.is_zero());
        }
        "target_session_attrs" => {
            config.target = match value {
                "any" => Target::Any,
                "read-write" | "primary" => Target::ReadWrite,
                "read-only" | "standby" => Target::ReadOnly,
                _ => return Err(wrong()),
            }
        }
        "pooler" => {
            config.pooler = match value {
                "none" | "session" => Pooler::None,
                "transaction" => Pooler::Transaction,
                _ => return Err(wrong()),
            }
        }
        "statement_cache" => config.statement_cache = number(value, 1, 10_000).ok_or_else(wrong)? as usize,
        "shared_connections" => config.shared_connections = number(value, 0, 64).ok_or_else(wrong)? as usize,
        other => {
            if !set_pool_option(&mut config.pool, other, value)? {
                return Err(unknown_option("PostgreSQL", &OPTIONS, other));
            }
        }
    }
    Ok(())
}

fn ssl_mode(value: &str) -> Option<SslMode> {
    match value {
        "disable" => Some(SslMode::Disable),
        "allow" | "prefer" => Some(SslMode::Prefer),
        "require" => Some(SslMode::Require),
        "verify-ca" => Some(SslMode::VerifyCa),
        "verify-full" => Some(SslMode::VerifyFull),
        _ => None,
    }
}

/// A duration as PostgreSQL writes it, where 0 means that there is no limit.
fn with_unit(value: &str) -> Option<Option<Duration>> {
    let digits = value.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let factor = match &value[digits.len()..] {
        "" | "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        _ => return None,
    };
    let milliseconds = number(digits, 0, i32::MAX as u64)?.checked_mul(factor)?;
    let fits = i32::try_from(milliseconds).is_ok();
    fits.then(|| Some(Duration::from_millis(milliseconds)).filter(|time| !time.is_zero()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ommi_core::ErrorKind;

    fn read(url: &str) -> Result<PostgresConfig> {
        PostgresConfig::from_url_and(url, |_| None)
    }

    fn address(host: &str, port: u16) -> Address {
        Address { host: host.into(), port }
    }

    #[test]
    fn every_part_of_a_url_is_read() {
        let config = read(
            "postgresql://me:p%40ss@one:5433,two/app?sslmode=verify-full&search_path=a,b&statement_timeout=2s\
             &application_name=my%20app&connect_timeout=3&keepalives=0&tcp_user_timeout=500&max_connections=7\
             &pooler=none&statement_cache=9&shared_connections=2&target_session_attrs=read-write",
        )
        .unwrap();
        assert_eq!(config.hosts, [address("one", 5433), address("two", 5432)]);
        assert_eq!((config.user.as_str(), config.password.as_deref()), ("me", Some("p@ss")));
        assert_eq!((config.database.as_str(), config.ssl_mode), ("app", SslMode::VerifyFull));
        assert_eq!(config.search_path.as_deref(), Some("a,b"));
        assert_eq!(config.statement_timeout, Some(Duration::from_secs(2)));
        assert_eq!(config.application_name, "my app");
        assert_eq!((config.connect_timeout, config.keepalives), (Duration::from_secs(3), false));
        assert_eq!(config.tcp_user_timeout, Some(Duration::from_millis(500)));
        assert_eq!((config.pool.max_connections, config.statement_cache), (7, 9));
        assert_eq!((config.shared_connections, config.target), (2, Target::ReadWrite));
    }

    #[test]
    fn sockets_are_folders() {
        let expected = [address("/run/postgresql", 5433)];
        for url in ["postgres:///d?host=/run/postgresql&port=5433", "postgres://%2Frun%2Fpostgresql:5433/d"] {
            assert_eq!(read(url).unwrap().hosts, expected, "{url}");
        }
    }

    #[test]
    fn the_environment_fills_what_is_left_out() {
        let environment = |name: &str| {
            let value = match name {
                "PGHOST" => "elsewhere",
                "PGPORT" => "6000",
                "PGUSER" => "somebody",
                "PGPASSWORD" => "sesame",
                "PGDATABASE" => "stock",
                "PGSSLMODE" => "require",
                "PGAPPNAME" => "shop",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let config = PostgresConfig::from_url_and("postgres://", environment).unwrap();
        assert_eq!(config.hosts, [address("elsewhere", 6000)]);
        assert_eq!((config.user.as_str(), config.database.as_str()), ("somebody", "stock"));
        assert_eq!((config.password.as_deref(), config.ssl_mode), (Some("sesame"), SslMode::Require));
        assert_eq!(config.application_name, "shop");
        let config =
            PostgresConfig::from_url_and("postgres://me@here:1/d?sslmode=disable", environment).unwrap();
        assert_eq!((config.hosts, config.user.as_str()), (vec![address("here", 1)], "me"));
        assert_eq!((config.database.as_str(), config.ssl_mode), ("d", SslMode::Disable));
    }

    #[test]
    fn the_database_is_called_as_its_user_unless_said_otherwise() {
        assert_eq!(read("postgres://ada@h").unwrap().database, "ada");
    }

    #[test]
    fn an_unknown_option_lists_the_known_ones() {
        let error = read("postgres://u:sesame@h/d?ssl_mode=require").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
        let text = error.to_string();
        assert!(
            text.contains("sslmode") && text.contains("max_lifetime") && !text.contains("sesame"),
            "{text}"
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for url in [
            "mysql://h/d",
            "postgres://h/d?sslmode=maybe",
            "postgres://h/d?connect_timeout=0",
            "postgres://h/d?statement_timeout=5h",
            "postgres://h/d?port=1,2",
            "postgres://h/d?pooler=statement",
            "postgres://h/d?pooler=transaction&search_path=a",
            "postgres://h/d?sslcert=/c",
        ] {
            assert_eq!(read(url).unwrap_err().kind(), ErrorKind::Validation, "{url}");
        }
    }
}
