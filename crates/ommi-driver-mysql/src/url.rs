//! URLs and named options as configurations: `mysql://app@db.example/shop?ssl-mode=verify-identity`.

use ommi_core::{Error, Result};
use ommi_net::url::{ServerUrl, limit, number, seconds, set_pool_option, unknown_option, wrong_value};

use crate::config::{MysqlConfig, SslMode};

/// Every option of a URL or a mapping beside those of the pool, with what it takes.
const OPTIONS: [(&str, &str); 16] = [
    ("host", "a name or an address"),
    ("port", "a number from 1 to 65535"),
    ("socket", "a path"),
    ("user", "a name"),
    ("password", "text"),
    ("database", "a name"),
    ("ssl-mode", "disabled, preferred, required, verify-ca or verify-identity"),
    ("ssl-ca", "a path"),
    ("ssl-cert", "a path"),
    ("ssl-key", "a path"),
    ("connect_timeout", "seconds, more than 0"),
    ("keepalive", "seconds, 0 for never"),
    ("statement_timeout", "seconds, 0 for no limit"),
    ("lock_timeout", "whole seconds, 0 for the server's own"),
    ("statement_cache", "a number from 1 to 10000"),
    ("application_name", "text"),
];

impl MysqlConfig {
    /// Reads a URL: `mysql://user:password@host:3306/database?option=value`, or `mariadb://...`, which is the same.
    /// What is left out is as by [`default`](Self::default). A Unix socket is named by the option `socket`, or as the
    /// host with `/` written as `%2F`.
    ///
    /// # Errors
    /// `Validation`, without the URL: another scheme, several hosts, an unknown option (the known ones are listed),
    /// or a value that does not fit.
    pub fn from_url(url: &str) -> Result<Self> {
        let url = ServerUrl::parse(url)?;
        if !["mysql", "mariadb"].contains(&url.scheme.as_str()) {
            let message = format!("a MySQL URL begins with mysql:// or mariadb://, not {}://", url.scheme);
            return Err(Error::validation(message));
        }
        let mut config = Self::default();
        match url.hosts.as_slice() {
            [] => {}
            [(socket, _)] if socket.starts_with('/') => config.socket = Some(socket.into()),
            [(host, port)] => {
                config.host.clone_from(host);
                config.port = port.unwrap_or(config.port);
            }
            _several => {
                return Err(Error::validation(
                    "a MySQL URL names one host: put a proxy before several servers",
                ));
            }
        }
        config.user = url.user.unwrap_or(config.user);
        config.password = url.password;
        config.database = url.database;
        for (name, value) in &url.options {
            config.set(name, value)?;
        }
        Ok(config)
    }

    /// Reads options by name: those of a URL, with `host`, `port`, `socket`, `user`, `password` and `database`.
    ///
    /// # Errors
    /// As [`from_url`](Self::from_url).
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let mut config = Self::default();
        for (name, value) in pairs {
            config.set(name, value)?;
        }
        Ok(config)
    }

    /// Sets one option by its name, as in a URL. Names may be written with `-` or `_`.
    ///
    /// # Errors
    /// As [`from_url`](Self::from_url).
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        if set_pool_option(&mut self.pool, name, value)? {
            return Ok(());
        }
        let Some(known) = known(name) else {
            return Err(unknown_option("MySQL", &OPTIONS, name));
        };
        let text = || (!value.is_empty()).then(|| value.to_owned());
        let path = || (!value.is_empty()).then(|| value.into());
        let wrong = || wrong_value(&OPTIONS, known, value);
        match known {
            "host" => self.host = text().ok_or_else(wrong)?,
            "port" => self.port = number(value, 1, 65_535).ok_or_else(wrong)? as u16,
            "socket" => self.socket = path(),
            "user" => self.user = text().ok_or_else(wrong)?,
            "password" => self.password = text(),
            "database" => self.database = text(),
            "ssl-mode" => self.ssl_mode = ssl_mode(value).ok_or_else(wrong)?,
            "ssl-ca" => self.ssl_ca = path(),
            "ssl-cert" => self.ssl_cert = path(),
            "ssl-key" => self.ssl_key = path(),
            "connect_timeout" => {
                self.connect_timeout = seconds(value).filter(|time| !time.is_zero()).ok_or_else(wrong)?;
            }
            "keepalive" => self.keepalive = limit(value).ok_or_else(wrong)?,
            "statement_timeout" => self.statement_timeout = limit(value).ok_or_else(wrong)?,
            "lock_timeout" => {
                let longest = 1 << 30;
                self.lock_timeout = number(value, 0, longest)
                    .map(|time| Some(std::time::Duration::from_secs(time)).filter(|time| !time.is_zero()))
                    .ok_or_else(wrong)?;
            }
            "statement_cache" => self.statement_cache = number(value, 1, 10_000).ok_or_else(wrong)? as usize,
            "application_name" => self.application_name = text(),
            _ => return Err(unknown_option("MySQL", &OPTIONS, name)),
        }
        Ok(())
    }
}

/// The option's own spelling, with `-` and `_` taken for the same.
fn known(name: &str) -> Option<&'static str> {
    let plain = |name: &str| name.replace('-', "_");
    OPTIONS.iter().map(|(known, _)| *known).find(|known| plain(known) == plain(name))
}

fn ssl_mode(value: &str) -> Option<SslMode> {
    let value = value.replace('_', "-");
    SslMode::ALL.into_iter().find(|mode| mode.name().eq_ignore_ascii_case(&value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn every_part_of_a_url_is_read() {
        let url = "mariadb://me%40home:p%2Fss@[::1]:3307/my%20db?ssl-mode=verify-ca&ssl_ca=/ca.pem\
                   &connect_timeout=0.5&keepalive=0&statement_timeout=1.5&lock_timeout=3&statement_cache=9\
                   &max_connections=4&idle_timeout=0&application_name=shop";
        let config = MysqlConfig::from_url(url).unwrap();
        assert_eq!((config.host.as_str(), config.port), ("::1", 3307));
        assert_eq!((config.user.as_str(), config.password.as_deref()), ("me@home", Some("p/ss")));
        assert_eq!(config.database.as_deref(), Some("my db"));
        assert_eq!((config.ssl_mode, config.ssl_ca), (SslMode::VerifyCa, Some("/ca.pem".into())));
        assert_eq!((config.connect_timeout, config.keepalive), (Duration::from_millis(500), None));
        assert_eq!(config.statement_timeout, Some(Duration::from_millis(1500)));
        assert_eq!((config.lock_timeout, config.statement_cache), (Some(Duration::from_secs(3)), 9));
        assert_eq!((config.pool.max_connections, config.pool.idle_timeout), (4, None));
        assert_eq!(config.application_name.as_deref(), Some("shop"));
    }

    #[test]
    fn a_url_may_be_short_or_name_a_socket() {
        assert_eq!(MysqlConfig::from_url("mysql://").unwrap(), MysqlConfig::default());
        let config = MysqlConfig::from_url("mysql://app@%2Frun%2Fmysqld.sock/shop").unwrap();
        assert_eq!(config.socket, Some("/run/mysqld.sock".into()));
        assert_eq!(config.describe(), "/run/mysqld.sock/shop");
        let config = MysqlConfig::from_url("mysql:///shop?socket=/run/x").unwrap();
        assert_eq!((config.socket, config.database.as_deref()), (Some("/run/x".into()), Some("shop")));
    }

    #[test]
    fn an_unknown_option_lists_the_known_ones() {
        let error = MysqlConfig::from_url("mysql://h/d?sslmode=required").unwrap_err();
        assert_eq!(error.kind(), ommi_core::ErrorKind::Validation);
        let error = error.to_string();
        assert!(
            error.contains("\"sslmode\"") && error.contains("ssl-mode") && error.contains("idle_timeout")
        );
        let error = MysqlConfig::from_url("mysql://h/d?ssl-mode=on").unwrap_err().to_string();
        assert!(error.contains("verify-identity, not \"on\""), "{error}");
        assert!(MysqlConfig::from_url("postgres://h/d").is_err());
        assert!(MysqlConfig::from_url("mysql://a,b/d").is_err());
    }

    #[test]
    fn a_password_is_never_shown() {
        let config = MysqlConfig::from_url("mysql://app:sesame@h:3307/shop").unwrap();
        let shown = format!("{config:?} {}", config.describe());
        assert!(!shown.contains("sesame") && shown.contains("h:3307/shop"), "{shown}");
    }

    #[test]
    fn the_environment_is_read() {
        let variables = |name: &str| {
            let value = match name {
                "MYSQL_HOST" => "db.example",
                "MYSQL_TCP_PORT" => "3310",
                "MYSQL_PASSWORD" => "old",
                "MYSQL_PWD" => "new",
                "MYSQL_DATABASE" => "shop",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let config = MysqlConfig::from_variables(variables).unwrap();
        assert_eq!((config.describe().as_str(), config.user.as_str()), ("db.example:3310/shop", "root"));
        assert_eq!(config.password.as_deref(), Some("new"));
    }

    #[test]
    fn what_cannot_work_is_refused() {
        let mut config = MysqlConfig::default();
        assert!(config.check().is_ok());
        config.ssl_cert = Some("c.pem".into());
        assert!(config.check().is_err());
    }
}
