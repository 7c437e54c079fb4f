//! URLs and named options as configurations: `sqlite:///app.db?busy_timeout=250`.

use std::path::PathBuf;
use std::time::Duration;

use ommi_core::{Error, Result};
use percent_encoding::percent_decode_str;

use crate::config::{JournalMode, Location, Mode, SqliteConfig, Synchronous};

/// Every option of a URL or a mapping, with what it takes.
const OPTIONS: [(&str, &str); 13] = [
    ("mode", "ro, rw, rwc or memory"),
    ("journal_mode", "wal, delete, truncate or persist"),
    ("synchronous", "off, normal, full or extra"),
    ("busy_timeout", "milliseconds"),
    ("foreign_keys", "on or off"),
    ("readers", "a number from 1 to 64"),
    ("max_connections", "a number from 1 to 10000"),
    ("connection_timeout", "seconds"),
    ("min_connections", "a number; connections to a file open when they are needed"),
    ("idle_timeout", "seconds; connections to a file do not grow stale"),
    ("max_lifetime", "seconds; connections to a file do not grow stale"),
    ("statement_cache", "a number from 1 to 10000"),
    ("inline_budget", "microseconds, 0 for never"),
];

impl SqliteConfig {
    /// Reads a URL or a plain path.
    ///
    /// `sqlite:///app.db` and `sqlite://app.db` are relative to the working directory, `sqlite:////var/app.db`
    /// is absolute, `sqlite://` and `sqlite://:memory:` are in memory. Options follow a `?`. `%20` and the like
    /// are decoded in URLs; a plain path is taken as it is.
    ///
    /// # Errors
    /// `Validation`: another scheme, an unknown option (the known ones are listed), or a value that does not fit.
    pub fn from_url(url: &str) -> Result<Self> {
        let Some((scheme, rest)) = url.split_once("://") else {
            return Ok(if url == ":memory:" { Self::memory() } else { Self::file(checked_path(url)?) });
        };
        if scheme != "sqlite" && scheme != "sqlite3" {
            return Err(Error::validation(format!("a SQLite URL begins with sqlite://, not {scheme}://")));
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = decode(path)?;
        let path = path.strip_prefix('/').unwrap_or(&path);
        let mut config = match path {
            "" | ":memory:" => Self::memory(),
            path => Self::file(checked_path(path)?),
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            config.set(&decode(name)?, &decode(value)?)?;
        }
        Ok(config)
    }

    /// Reads options by name; `path` (also `filename`, `database`) is the file, and without it the database is
    /// in memory.
    ///
    /// # Errors
    /// As [`from_url`](Self::from_url).
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let pairs: Vec<_> = pairs.into_iter().collect();
        let is_path = |name: &str| matches!(name, "path" | "filename" | "database");
        let mut config = match pairs.iter().find(|(name, _)| is_path(name)) {
            Some((_, path)) if *path == ":memory:" => Self::memory(),
            Some((_, path)) => Self::file(checked_path(path)?),
            None => Self::memory(),
        };
        for (name, value) in pairs.into_iter().filter(|(name, _)| !is_path(name)) {
            config.set(name, value)?;
        }
        Ok(config)
    }

    /// Sets one option by its name, as in a URL.
    ///
    /// # Errors
    /// As [`from_url`](Self::from_url).
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let wrong = || wrong_value(name, value);
        match name {
            "mode" => self.set_mode(value).ok_or_else(wrong)?,
            "journal_mode" => self.journal_mode = journal_mode(value).ok_or_else(wrong)?,
            "synchronous" => self.synchronous = synchronous(value).ok_or_else(wrong)?,
            "busy_timeout" => {
                let limit = u64::from(u32::MAX);
                self.busy_timeout = Duration::from_millis(number(value, 0, limit).ok_or_else(wrong)?);
            }
            "foreign_keys" => self.foreign_keys = switch(value).ok_or_else(wrong)?,
            "readers" => self.readers = number(value, 1, 64).ok_or_else(wrong)? as usize,
            "max_connections" => self.max_connections = number(value, 1, 10_000).ok_or_else(wrong)? as usize,
            "connection_timeout" => self.connection_timeout = seconds(value).ok_or_else(wrong)?,
            // Taken, so that the same options do for every database; there is nothing to do for them here.
            "min_connections" => drop(number(value, 0, 10_000).ok_or_else(wrong)?),
            "idle_timeout" | "max_lifetime" => drop(seconds(value).ok_or_else(wrong)?),
            "statement_cache" => self.statement_cache = number(value, 1, 10_000).ok_or_else(wrong)? as usize,
            "inline_budget" => {
                self.inline_budget = Duration::from_micros(number(value, 0, 1_000_000).ok_or_else(wrong)?);
            }
            _ => return Err(unknown_option(name)),
        }
        Ok(())
    }

    fn set_mode(&mut self, value: &str) -> Option<()> {
        self.mode = match value {
            "ro" => Mode::ReadOnly,
            "rw" => Mode::ReadWrite,
            "rwc" => Mode::Create,
            "memory" => {
                self.location = Location::Memory;
                self.synchronous = Synchronous::Off;
                Mode::Create
            }
            _ => return None,
        };
        Some(())
    }
}

fn journal_mode(value: &str) -> Option<JournalMode> {
    let modes = [JournalMode::Wal, JournalMode::Delete, JournalMode::Truncate, JournalMode::Persist];
    modes.into_iter().find(|mode| mode.name().eq_ignore_ascii_case(value))
}

fn synchronous(value: &str) -> Option<Synchronous> {
    let levels = [Synchronous::Off, Synchronous::Normal, Synchronous::Full, Synchronous::Extra];
    levels.into_iter().find(|level| level.name().eq_ignore_ascii_case(value))
}

fn number(value: &str, least: u64, most: u64) -> Option<u64> {
    value.parse().ok().filter(|number| (least..=most).contains(number))
}

fn seconds(value: &str) -> Option<Duration> {
    value.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
}

fn switch(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "on" | "true" | "1" | "yes" => Some(true),
        "off" | "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

fn decode(part: &str) -> Result<String> {
    let decoded = percent_decode_str(part).decode_utf8();
    decoded.map(Into::into).map_err(|_| Error::validation("the URL's percent-encoding is not valid UTF-8"))
}

fn checked_path(path: &str) -> Result<PathBuf> {
    if path.is_empty() || path.contains('\0') {
        return Err(Error::validation("a database file's path is empty or holds a NUL character"));
    }
    Ok(path.into())
}

fn wrong_value(name: &str, value: &str) -> Error {
    let takes = OPTIONS.iter().find(|(known, _)| *known == name).map_or("", |(_, takes)| takes);
    Error::validation(format!("the option {name} takes {takes}, not {value:?}"))
}

fn unknown_option(name: &str) -> Error {
    let known: Vec<_> = OPTIONS.iter().map(|(name, _)| *name).collect();
    Error::validation(format!("SQLite has no option {name:?}; the options are {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(url: &str) -> PathBuf {
        match SqliteConfig::from_url(url).unwrap().location {
            Location::File(path) => path,
            Location::Memory => panic!("{url} is in memory"),
        }
    }

    #[test]
    fn slashes_tell_relative_from_absolute_paths() {
        assert_eq!(file("sqlite:///app.db"), PathBuf::from("app.db"));
        assert_eq!(file("sqlite:////var/app.db"), PathBuf::from("/var/app.db"));
        assert_eq!(file("sqlite://blog.db"), PathBuf::from("blog.db"));
        assert_eq!(file("sqlite:///data/my%20app%3F.db?mode=rw"), PathBuf::from("data/my app?.db"));
        assert_eq!(file("data/100%.db"), PathBuf::from("data/100%.db"));
    }

    #[test]
    fn memory_has_several_names() {
        for url in
            ["sqlite://", "sqlite://:memory:", "sqlite:///:memory:", ":memory:", "sqlite:///x.db?mode=memory"]
        {
            assert_eq!(SqliteConfig::from_url(url).unwrap().location, Location::Memory, "{url}");
        }
    }

    #[test]
    fn options_are_read() {
        let url = "sqlite:///a.db?mode=ro&journal_mode=DELETE&synchronous=normal&busy_timeout=250&foreign_keys=off\
                   &readers=2&max_connections=9&connection_timeout=0.5&idle_timeout=60";
        let config = SqliteConfig::from_url(url).unwrap();
        assert_eq!((config.mode, config.journal_mode), (Mode::ReadOnly, JournalMode::Delete));
        assert_eq!(
            (config.synchronous, config.busy_timeout),
            (Synchronous::Normal, Duration::from_millis(250))
        );
        assert_eq!((config.foreign_keys, config.readers), (false, 2));
        assert_eq!((config.max_connections, config.connection_timeout), (9, Duration::from_millis(500)));
    }

    #[test]
    fn an_unknown_option_lists_the_known_ones() {
        let error = SqliteConfig::from_url("sqlite:///a.db?jounal_mode=wal").unwrap_err().to_string();
        assert!(error.contains("\"jounal_mode\"") && error.contains("journal_mode, synchronous"), "{error}");
        let error = SqliteConfig::from_url("sqlite:///a.db?readers=0").unwrap_err().to_string();
        assert_eq!(error, "the option readers takes a number from 1 to 64, not \"0\"");
        assert!(SqliteConfig::from_url("postgres://x").is_err());
    }
}
