//! Servers' URLs: `postgres://user:password@host:5432/database?option=value`, taken apart and decoded, and the
//! options that all servers share. Nothing here repeats a URL or any part of one that may hold a password.

use std::fmt;
use std::time::Duration;

use ommi_core::driver::PoolOptions;
use ommi_core::{Error, Result};
use percent_encoding::percent_decode_str;

/// The options of every pool, with what they take.
pub const POOL_OPTIONS: [(&str, &str); 5] = [
    ("min_connections", "a number from 0 to 10000"),
    ("max_connections", "a number from 1 to 10000"),
    ("connection_timeout", "seconds, more than 0"),
    ("idle_timeout", "seconds, 0 for never"),
    ("max_lifetime", "seconds, 0 for never"),
];

/// The longest duration that an option takes, in seconds: ten years.
const LONGEST: f64 = 315_360_000.0;

/// A URL, taken apart and decoded.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ServerUrl {
    /// What stands before `://`.
    pub scheme: String,
    /// The user, where one is named.
    pub user: Option<String>,
    /// The password, where there is one.
    pub password: Option<String>,
    /// Host names, addresses or socket folders, each with its port where one is named; several are separated by
    /// commas in the URL.
    pub hosts: Vec<(String, Option<u16>)>,
    /// The database, where one is named.
    pub database: Option<String>,
    /// The options, in their order.
    pub options: Vec<(String, String)>,
}

impl ServerUrl {
    /// Takes a URL apart. `%20` and the like are decoded in every part.
    ///
    /// # Errors
    /// `Validation`, without the URL: no `://`, a port that is none, encoding that is not UTF-8, a NUL character,
    /// or a password with characters that have to be encoded.
    pub fn parse(url: &str) -> Result<Self> {
        let (scheme, rest) = url.split_once("://").ok_or_else(|| {
            Error::validation("a server's URL looks like scheme://user:password@host:port/database")
        })?;
        let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if rest.contains('@') {
            return Err(Error::validation(
                "the URL has an @ behind its host: in a user or password, write / as %2F, ? as %3F and @ as %40 \
                 (in a database or an option, @ as %40)",
            ));
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (account, hosts) = match authority.rsplit_once('@') {
            Some((account, hosts)) => (Some(account), hosts),
            None => (None, authority),
        };
        let (user, password) = match account.map(|account| account.split_once(':').unwrap_or((account, ""))) {
            Some((user, password)) => (decode_some(user)?, decode_some(password)?),
            None => (None, None),
        };
        Ok(Self {
            scheme: scheme.to_owned(),
            user,
            password,
            hosts: hosts_of(hosts)?,
            database: decode_some(path.strip_prefix('/').unwrap_or(path))?,
            options: options_of(query)?,
        })
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Options are left out too: some databases take a password there.
        f.debug_struct("ServerUrl")
            .field("scheme", &self.scheme)
            .field("user", &self.user)
            .field("hosts", &self.hosts)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

fn hosts_of(hosts: &str) -> Result<Vec<(String, Option<u16>)>> {
    hosts.split(',').filter(|host| !host.is_empty()).map(host_of).collect()
}

fn host_of(host: &str) -> Result<(String, Option<u16>)> {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, "")) => (address, None),
        Some((address, rest)) => (address, Some(rest.strip_prefix(':').unwrap_or(rest))),
        None => host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
    };
    // `host:` without a number means the usual port.
    let port = port
        .filter(|port| !port.is_empty())
        .map(|port| port.parse().map_err(|_| wrong_port()))
        .transpose()?;
    Ok((decode(name)?, port))
}

/// Where a password with a `/` or `?` ends up as the port: it is not shown.
fn wrong_port() -> Error {
    Error::validation(
        "the port in the URL is no number from 0 to 65535 (in a password, write / as %2F, ? as %3F and @ as %40; \
         put an IPv6 address in brackets)",
    )
}

fn options_of(query: &str) -> Result<Vec<(String, String)>> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

/// Decodes `%20` and the like.
///
/// # Errors
/// `Validation` when the result is not UTF-8 or holds a NUL character, which no server takes here.
pub fn decode(part: &str) -> Result<String> {
    let decoded = percent_decode_str(part)
        .decode_utf8()
        .map_err(|_| Error::validation("the URL's percent-encoding is not valid UTF-8"))?;
    if decoded.contains('\0') {
        return Err(Error::validation("the URL holds a NUL character"));
    }
    Ok(decoded.into_owned())
}

fn decode_some(part: &str) -> Result<Option<String>> {
    if part.is_empty() { Ok(None) } else { decode(part).map(Some) }
}

/// Sets a pool's option by its name. Gives false when the name is none of [`POOL_OPTIONS`].
///
/// # Errors
/// `Validation` when the value does not fit.
pub fn set_pool_option(options: &mut PoolOptions, name: &str, value: &str) -> Result<bool> {
    let wrong = || wrong_value(&POOL_OPTIONS, name, value);
    match name {
        "min_connections" => options.min_connections = number(value, 0, 10_000).ok_or_else(wrong)? as usize,
        "max_connections" => options.max_connections = number(value, 1, 10_000).ok_or_else(wrong)? as usize,
        "connection_timeout" => {
            options.connection_timeout = seconds(value).filter(|time| !time.is_zero()).ok_or_else(wrong)?;
        }
        "idle_timeout" => options.idle_timeout = limit(value).ok_or_else(wrong)?,
        "max_lifetime" => options.max_lifetime = limit(value).ok_or_else(wrong)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// A whole number within limits, both included.
pub fn number(value: &str, least: u64, most: u64) -> Option<u64> {
    value.parse().ok().filter(|number| (least..=most).contains(number))
}

/// A duration in seconds, fractions allowed, up to ten years.
pub fn seconds(value: &str) -> Option<Duration> {
    let seconds = value.parse().ok().filter(|seconds| (0.0..=LONGEST).contains(seconds))?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// A duration in seconds, where 0 means that there is no limit.
pub fn limit(value: &str) -> Option<Option<Duration>> {
    seconds(value).map(|time| Some(time).filter(|time| !time.is_zero()))
}

/// `on` or `off`, in the usual spellings.
pub fn switch(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "on" | "true" | "1" | "yes" => Some(true),
        "off" | "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

/// The error for a value that does not fit its option; `options` says what each takes. It shows the value: not for
/// options that hold a password.
pub fn wrong_value(options: &[(&str, &str)], name: &str, value: &str) -> Error {
    let takes = options.iter().find(|(known, _)| *known == name).map_or("another value", |(_, takes)| takes);
    Error::validation(format!("the option {name} takes {takes}, not {value:?}"))
}

/// The error for an option that there is not; `options` are the driver's own, those of the pool are added.
pub fn unknown_option(database: &str, options: &[(&str, &str)], name: &str) -> Error {
    let known: Vec<_> = options.iter().chain(&POOL_OPTIONS).map(|(name, _)| *name).collect();
    Error::validation(format!("{database} has no option {name:?}; the options are {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_decoded() {
        let url =
            "postgres://me%40home:p%2Fss%3Aw%40rd@[::1]:5433,%2Frun%2Fpg,db.example:/my%20db?a=1&b=%26&c";
        let parsed = ServerUrl::parse(url).unwrap();
        assert_eq!((parsed.scheme.as_str(), parsed.user.as_deref()), ("postgres", Some("me@home")));
        assert_eq!(parsed.password.as_deref(), Some("p/ss:w@rd"));
        let hosts = [("::1", Some(5433)), ("/run/pg", None), ("db.example", None)];
        assert_eq!(parsed.hosts, hosts.map(|(name, port)| (name.to_owned(), port)));
        assert_eq!(parsed.database.as_deref(), Some("my db"));
        let options = [("a", "1"), ("b", "&"), ("c", "")];
        assert_eq!(parsed.options, options.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn every_part_may_be_missing() {
        let parsed = ServerUrl::parse("mysql://").unwrap();
        assert_eq!(parsed, ServerUrl { scheme: "mysql".into(), ..ServerUrl::default() });
        let parsed = ServerUrl::parse("mysql://host?ssl=on").unwrap();
        assert_eq!((parsed.hosts.len(), parsed.options.len(), parsed.database), (1, 1, None));
        assert_eq!(ServerUrl::parse("mysql://u:@/d").unwrap().password, None);
    }

    #[test]
    fn passwords_that_are_not_encoded_are_refused_and_never_shown() {
        for url in ["pg://u:se/cret@h/d", "pg://u:12/secret@h/d", "pg://u:x?secret@h", "pg://u@h:secret/d"] {
            let error = ServerUrl::parse(url).unwrap_err().to_string();
            assert!(!error.contains("cret") && error.contains("%2F"), "{url}: {error}");
        }
        let parsed = ServerUrl::parse("pg://u:se#c@ret@h/d?password=secret").unwrap();
        assert_eq!(parsed.password.as_deref(), Some("se#c@ret"));
        let shown = format!("{parsed:?}");
        assert!(!shown.contains("ret") && shown.contains("ServerUrl"), "{shown}");
    }

    #[test]
    fn what_no_server_takes_is_refused() {
        for url in ["localhost/db", "pg://h/%ff", "pg://h/a%00b", "pg://h:70000/", "pg://::1/d"] {
            assert_eq!(ServerUrl::parse(url).unwrap_err().kind(), ommi_core::ErrorKind::Validation, "{url}");
        }
    }

    #[test]
    fn pool_options_are_read() {
        let mut options = PoolOptions::default();
        for (name, value) in [
            ("min_connections", "2"),
            ("max_connections", "9"),
            ("connection_timeout", "0.5"),
            ("idle_timeout", "0"),
            ("max_lifetime", "60"),
        ] {
            assert!(set_pool_option(&mut options, name, value).unwrap(), "{name}");
        }
        let expected = PoolOptions {
            min_connections: 2,
            max_connections: 9,
            connection_timeout: Duration::from_millis(500),
            idle_timeout: None,
            max_lifetime: Some(Duration::from_secs(60)),
        };
        assert_eq!(options, expected);
        assert!(!set_pool_option(&mut options, "sslmode", "require").unwrap());
    }

    #[test]
    fn a_value_that_does_not_fit_says_what_does() {
        let mut options = PoolOptions::default();
        let error = set_pool_option(&mut options, "max_connections", "0").unwrap_err();
        assert_eq!(error.to_string(), "the option max_connections takes a number from 1 to 10000, not \"0\"");
        for value in ["0", "-1", "NaN", "inf", "1e300", "soon", ""] {
            assert!(set_pool_option(&mut options, "connection_timeout", value).is_err(), "{value}");
        }
        let error = unknown_option("PostgreSQL", &[("sslmode", "")], "ssl_mode").to_string();
        assert!(error.contains("\"ssl_mode\"") && error.contains("sslmode, min_connections"), "{error}");
    }
}
