//! URLs and named options as configurations: `mongodb://app@db.example/shop?replicaSet=rs0&tls=true`.

use std::time::Duration;

use ommi_core::{Error, Result};
use ommi_net::url::{ServerUrl, limit, number, seconds, set_pool_option, unknown_option, wrong_value};

use crate::config::MongodbConfig;

/// Options of ours, beside those of the pool and the standard ones.
const OPTIONS: [(&str, &str); 8] = [
    ("host", "names or addresses, with ports, with commas between"),
    ("port", "a number from 1 to 65535"),
    ("user", "a name"),
    ("password", "text"),
    ("database", "a name"),
    ("connect_timeout", "seconds, more than 0"),
    ("statement_timeout", "seconds, 0 for no limit"),
    ("application_name", "text"),
];

/// The standard options that go to the `mongodb` crate as they are.
const STANDARD: [&str; 29] = [
    "authMechanism",
    "authMechanismProperties",
    "authSource",
    "directConnection",
    "enableOverloadRetargeting",
    "heartbeatFrequencyMS",
    "journal",
    "loadBalanced",
    "localThresholdMS",
    "maxAdaptiveRetries",
    "maxConnecting",
    "maxStalenessSeconds",
    "readConcernLevel",
    "readPreference",
    "readPreferenceTags",
    "replicaSet",
    "retryReads",
    "retryWrites",
    "serverMonitoringMode",
    "serverSelectionTimeoutMS",
    "srvMaxHosts",
    "srvServiceName",
    "tls",
    "tlsAllowInvalidCertificates",
    "tlsCAFile",
    "tlsCertificateKeyFile",
    "tlsInsecure",
    "w",
    "wTimeoutMS",
];

/// Standard options that are refused, each with the reason: what is asked for would not be done.
const REFUSED: [(&str, &str); 16] = [
    ("compressors", "nothing is compressed"),
    ("gssapiServiceName", "Kerberos is not supported"),
    ("proxyHost", "proxies are not supported"),
    ("proxyPassword", "proxies are not supported"),
    ("proxyPort", "proxies are not supported"),
    ("proxyUsername", "proxies are not supported"),
    ("serverSelectionTryOnce", "servers are looked for until connection_timeout"),
    ("socketTimeoutMS", "statement_timeout limits what runs on the server"),
    ("timeoutMS", "statement_timeout, connect_timeout and connection_timeout are its parts"),
    ("tlsAllowInvalidHostnames", "certificates are believed as a whole or not: name theirs by tlsCAFile"),
    ("tlsCertificateKeyFilePassword", "the key's file is read without a password: decrypt it"),
    ("tlsDisableCertificateRevocationCheck", "revocations are not asked for"),
    ("tlsDisableOCSPEndpointCheck", "revocations are not asked for"),
    ("uuidRepresentation", "a UUID is binary of subtype 4, which is the standard one"),
    ("waitQueueMultiple", "the queue for connections has no limit but connection_timeout"),
    ("zlibCompressionLevel", "nothing is compressed"),
];

/// Standard options that have another name or another unit here: milliseconds, where ours are seconds.
const OTHER_NAMES: [(&str, &str); 7] = [
    ("appname", "application_name"),
    ("ssl", "tls"),
    ("maxpoolsize", "max_connections"),
    ("minpoolsize", "min_connections"),
    ("maxidletimems", "idle_timeout"),
    ("waitqueuetimeoutms", "connection_timeout"),
    ("connecttimeoutms", "connect_timeout"),
];

impl MongodbConfig {
    /// Reads a URL: `mongodb://user:password@host1,host2:27018/database?option=value`, or
    /// `mongodb+srv://name/database`, whose servers are asked of DNS when it is connected to. The options are MongoDB's
    /// own and those of the README. What is left out is as by [`default`](Self::default).
    ///
    /// # Errors
    /// `Validation`, without the URL: another scheme, an unknown option (the known ones are listed) or one that is refused,
    /// or a value that does not fit.
    pub fn from_url(url: &str) -> Result<Self> {
        let url = ServerUrl::parse(url)?;
        let srv = match url.scheme.as_str() {
            "mongodb" => false,
            "mongodb+srv" => true,
            other => {
                let message =
                    format!("a MongoDB URL begins with mongodb:// or mongodb+srv://, not {other}://");
                return Err(Error::validation(message));
            }
        };
        if srv && !matches!(url.hosts.as_slice(), [(_, None)]) {
            return Err(Error::validation("a mongodb+srv URL names one host, without a port"));
        }
        let mut config = Self { srv, user: url.user, password: url.password, ..Self::default() };
        config.database = url.database;
        if !url.hosts.is_empty() {
            config.hosts = url.hosts;
        }
        for (name, value) in &url.options {
            config.set(name, value)?;
        }
        Ok(config)
    }

    /// Reads options by name: those of a URL, with `host`, `port`, `user`, `password` and `database`.
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

    /// Sets one option by its name, as in a URL. Names are told apart without case, and may be written with `-` or `_`
    /// between their words.
    ///
    /// # Errors
    /// As [`from_url`](Self::from_url).
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        if let Some((ours, value)) = in_our_words(name, value)? {
            return self.set(ours, &value);
        }
        if set_pool_option(&mut self.pool, name, value)? {
            return Ok(());
        }
        if let Some((known, _)) = OPTIONS.iter().find(|(known, _)| is_named(known, name)) {
            return self.set_own(known, value);
        }
        if let Some((known, reason)) = REFUSED.iter().find(|(known, _)| is_named(known, name)) {
            let message = format!("MongoDB's option {known} is refused: {reason}; leave it out");
            return Err(Error::validation(message));
        }
        let Some(known) = STANDARD.iter().find(|known| is_named(known, name)) else {
            return Err(unknown_option("MongoDB", &all_options(), name));
        };
        // Tags may be given several times: the first set that finds a server counts, and the empty one finds any.
        let is_list = *known == "readPreferenceTags";
        if !is_list {
            self.options.retain(|(other, _)| other != known);
        }
        if is_list || !value.is_empty() {
            self.options.push((known, value.to_owned()));
        }
        Ok(())
    }

    fn set_own(&mut self, known: &'static str, value: &str) -> Result<()> {
        let text = || (!value.is_empty()).then(|| value.to_owned());
        let wrong = || wrong_value(&OPTIONS, known, value);
        match known {
            "host" => self.hosts = hosts(value).ok_or_else(wrong)?,
            "port" => {
                let port = number(value, 1, 65_535).ok_or_else(wrong)? as u16;
                for (_, each) in &mut self.hosts {
                    *each = Some(port);
                }
            }
            "user" => self.user = text(),
            "password" => self.password = text(),
            "database" => self.database = text(),
            "connect_timeout" => {
                self.connect_timeout = seconds(value).filter(|time| !time.is_zero()).ok_or_else(wrong)?;
            }
            "statement_timeout" => self.statement_timeout = limit(value).ok_or_else(wrong)?,
            "application_name" => self.application_name = text(),
            _not_ours => return Err(unknown_option("MongoDB", &all_options(), known)),
        }
        Ok(())
    }
}

/// The hosts of a list, with their ports.
fn hosts(value: &str) -> Option<Vec<(String, Option<u16>)>> {
    if value.starts_with('/') {
        return Some(vec![(value.to_owned(), None)]);
    }
    let parsed = ServerUrl::parse(&format!("mongodb://{value}/")).ok()?;
    let is_plain = parsed.user.is_none() && parsed.database.is_none() && parsed.options.is_empty();
    (is_plain && !parsed.hosts.is_empty()).then_some(parsed.hosts)
}

/// A standard option as one of ours: its name and its value.
fn in_our_words(name: &str, value: &str) -> Result<Option<(&'static str, String)>> {
    let plain = without_marks(name);
    let Some((_, ours)) = OTHER_NAMES.iter().find(|(theirs, _)| *theirs == plain) else {
        return Ok(None);
    };
    if !plain.ends_with("ms") {
        // There, no connections at the most means any number of them.
        let value = if plain == "maxpoolsize" && value == "0" { "10000" } else { value };
        return Ok(Some((ours, value.to_owned())));
    }
    let milliseconds = number(value, 0, 1 << 40).map(Duration::from_millis);
    let wrong = || Error::validation(format!("the option {name} takes milliseconds, not {value:?}"));
    Ok(Some((ours, milliseconds.ok_or_else(wrong)?.as_secs_f64().to_string())))
}

fn is_named(known: &str, name: &str) -> bool {
    without_marks(known) == without_marks(name)
}

fn without_marks(name: &str) -> String {
    name.chars().filter(|character| !matches!(character, '-' | '_')).collect::<String>().to_ascii_lowercase()
}

/// For messages: every option that there is, beside those of the pool.
fn all_options() -> Vec<(&'static str, &'static str)> {
    OPTIONS.into_iter().chain(STANDARD.iter().map(|name| (*name, ""))).collect()
}

#[cfg(test)]
mod tests;
