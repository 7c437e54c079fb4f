//! Which database in memory: one of its own, or one that the process shares by name.

use std::time::Duration;

use ommi_core::{Error, Result};
use percent_encoding::percent_decode_str;

/// Options that other databases have; they change nothing here.
const OPTIONS: [&str; 5] =
    ["connection_timeout", "idle_timeout", "max_connections", "max_lifetime", "min_connections"];

/// Which database in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryConfig {
    /// Drivers of one name share a database, which lasts until the last of them is closed. Without a name the
    /// database is the driver's own.
    pub name: Option<String>,
}

impl MemoryConfig {
    /// Reads a URL: `memory://` is a database of its own, `memory://name` one that the process shares.
    ///
    /// # Errors
    /// `Validation`: another scheme, an unknown option, or one whose value is no number.
    pub fn from_url(url: &str) -> Result<Self> {
        let Some(rest) = url.strip_prefix("memory:") else {
            return Err(Error::validation("the URL of a database in memory begins with memory://"));
        };
        let (name, options) = rest.split_once('?').unwrap_or((rest, ""));
        for pair in options.split('&').filter(|pair| !pair.is_empty()) {
            let (option, value) = pair.split_once('=').unwrap_or((pair, ""));
            check_option(option, value)?;
        }
        let name = percent_decode_str(name.trim_start_matches('/')).decode_utf8();
        let name = name.map_err(|_| Error::validation("the URL's percent-encoding is not valid UTF-8"))?;
        Ok(Self { name: (!name.is_empty()).then(|| name.into_owned()) })
    }

    /// Where it is, for people.
    pub(crate) fn describe(&self) -> String {
        match &self.name {
            Some(name) => format!("memory, shared as {name:?}"),
            None => "memory".to_owned(),
        }
    }
}

fn check_option(option: &str, value: &str) -> Result<()> {
    if !OPTIONS.contains(&option) {
        let known = OPTIONS.join(", ");
        let message = format!("a database in memory has no option {option:?}; it takes {known}");
        return Err(Error::validation(message));
    }
    let is_number = value.parse().ok().is_some_and(|number| Duration::try_from_secs_f64(number).is_ok());
    if is_number { Ok(()) } else { Err(Error::validation(format!("the option {option} takes a number"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(url: &str) -> Option<String> {
        MemoryConfig::from_url(url).unwrap().name
    }

    #[test]
    fn a_name_is_optional() {
        for url in ["memory:", "memory://", "memory:///", "memory://?max_connections=3"] {
            assert_eq!(name(url), None, "{url}");
        }
        assert_eq!(name("memory://my%20tests").as_deref(), Some("my tests"));
    }

    #[test]
    fn an_unknown_option_lists_the_known_ones() {
        let error = MemoryConfig::from_url("memory://x?cache=1").unwrap_err().to_string();
        assert!(error.contains("\"cache\"") && error.contains("max_connections"), "{error}");
        assert!(MemoryConfig::from_url("memory://x?max_connections=many").is_err());
        assert!(MemoryConfig::from_url("sqlite://x").is_err());
    }
}
