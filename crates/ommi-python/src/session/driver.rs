//! `NativeDriver`: a database driver written in Rust, opened from Python's configuration.

use std::sync::Arc;

use ommi::core::driver::Driver;
use ommi::core::{Error, ErrorKind, Result};
use ommi::memory::{MemoryConfig, MemoryDriver};
use ommi::mongodb::{MongodbConfig, MongodbDriver};
use ommi::mysql::{MysqlConfig, MysqlDriver};
use ommi::postgres::{PostgresConfig, PostgresDriver};
use ommi::sqlite::{SqliteConfig, SqliteDriver};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::error::{During, to_python};

/// A driver. Nothing is opened until its first use.
#[pyclass(frozen, module = "ommi._ommi")]
pub(crate) struct NativeDriver {
    pub(super) driver: Arc<dyn Driver>,
}

#[pymethods]
impl NativeDriver {
    /// The driver's name, `sqlite`.
    #[getter]
    fn name(&self) -> &'static str {
        self.driver.name()
    }

    /// Where it is connected to, without any credential.
    #[getter]
    fn location(&self) -> String {
        self.driver.location()
    }

    fn __repr__(&self) -> String {
        format!("<NativeDriver {} {}>", self.driver.name(), self.driver.location())
    }
}

/// Options by name, spelled as in URLs.
type Options = [(String, String)];

/// The driver of a database (`sqlite`, `postgresql`, `mysql`, `mongodb`, `memory`) for a URL, or for SQLite a path. Options are
/// spelled as in URLs and weigh more than the URL's own.
#[pyfunction]
#[pyo3(signature = (database, target, options))]
pub(crate) fn native_driver(
    py: Python<'_>,
    database: &str,
    target: Option<&str>,
    options: &Bound<'_, PyDict>,
) -> PyResult<NativeDriver> {
    let mut pairs = Vec::with_capacity(options.len());
    for (name, value) in options.iter() {
        pairs.push((name.extract::<String>()?, option_text(&value)?));
    }
    let driver = open(database, target, &pairs).map_err(|error| to_python(py, error, During::Connect))?;
    Ok(NativeDriver { driver })
}

fn open(database: &str, target: Option<&str>, options: &Options) -> Result<Arc<dyn Driver>> {
    match database {
        "sqlite" => Ok(Arc::new(SqliteDriver::new(sqlite_config(target, options)?)?)),
        "memory" => {
            let url = with_options(target.unwrap_or("memory://"), options);
            Ok(Arc::new(MemoryDriver::new(MemoryConfig::from_url(&url)?)))
        }
        "mongodb" => Ok(Arc::new(MongodbDriver::new(mongodb_config(target, options)?)?)),
        "mysql" => Ok(Arc::new(MysqlDriver::new(mysql_config(target, options)?)?)),
        "postgresql" => {
            let config = match target {
                Some(url) => PostgresConfig::from_url(&with_options(url, options))?,
                None => {
                    let pairs = options.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                    PostgresConfig::from_pairs(pairs)?
                }
            };
            Ok(Arc::new(PostgresDriver::new(config)?))
        }
        other => Err(Error::new(ErrorKind::Unsupported, format!("there is no driver for {other:?}"))),
    }
}

fn sqlite_config(target: Option<&str>, options: &Options) -> Result<SqliteConfig> {
    let mut config = SqliteConfig::from_url(target.unwrap_or(":memory:"))?;
    for (name, value) in options {
        config.set(name, value)?;
    }
    Ok(config)
}

fn mongodb_config(target: Option<&str>, options: &Options) -> Result<MongodbConfig> {
    let mut config = match target {
        Some(url) => MongodbConfig::from_url(url)?,
        None => MongodbConfig::from_environment()?,
    };
    for (name, value) in options {
        config.set(name, value)?;
    }
    Ok(config)
}

fn mysql_config(target: Option<&str>, options: &Options) -> Result<MysqlConfig> {
    let mut config = match target {
        Some(url) => MysqlConfig::from_url(url)?,
        None => MysqlConfig::from_environment()?,
    };
    for (name, value) in options {
        config.set(name, value)?;
    }
    Ok(config)
}

/// A URL with further options behind its own.
fn with_options(url: &str, options: &Options) -> String {
    let mut url = url.to_owned();
    for (name, value) in options {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.extend(utf8_percent_encode(name, ENCODED));
        url.push('=');
        url.extend(utf8_percent_encode(value, ENCODED));
    }
    url
}

/// Everything but what means itself in every part of a URL.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-').remove(b'.');

/// An option's value as URLs spell it.
fn option_text(value: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(switch) = value.extract::<bool>() {
        return Ok(if switch { "on".into() } else { "off".into() });
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        let parts = value.try_iter()?.map(|part| option_text(&part?)).collect::<PyResult<Vec<_>>>()?;
        return Ok(parts.join(","));
    }
    // A path says itself what it is called; `str` of it is the same.
    Ok(value.str()?.to_str()?.to_owned())
}
