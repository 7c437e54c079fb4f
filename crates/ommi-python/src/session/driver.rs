//! `NativeDriver`: a database driver written in Rust, opened from Python's configuration.

use std::sync::Arc;

use ommi::core::Result;
use ommi::core::driver::Driver;
use ommi::sqlite::{SqliteConfig, SqliteDriver};
use pyo3::prelude::*;
use pyo3::types::PyDict;

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

/// The SQLite driver for a URL, a path or `:memory:`; without one, in memory. Options are spelled as in URLs and
/// weigh more than the URL's own.
#[pyfunction]
#[pyo3(signature = (target, options))]
pub(crate) fn sqlite_driver(
    py: Python<'_>,
    target: Option<&str>,
    options: &Bound<'_, PyDict>,
) -> PyResult<NativeDriver> {
    let mut pairs = Vec::with_capacity(options.len());
    for (name, value) in options.iter() {
        pairs.push((name.extract::<String>()?, option_text(&value)?));
    }
    let driver = open_sqlite(target, &pairs).map_err(|error| to_python(py, error, During::Connect))?;
    Ok(NativeDriver { driver: Arc::new(driver) })
}

fn open_sqlite(target: Option<&str>, options: &[(String, String)]) -> Result<SqliteDriver> {
    let mut config = SqliteConfig::from_url(target.unwrap_or(":memory:"))?;
    for (name, value) in options {
        config.set(name, value)?;
    }
    SqliteDriver::new(config)
}

/// An option's value as URLs spell it.
fn option_text(value: &Bound<'_, PyAny>) -> PyResult<String> {
    match value.extract::<bool>() {
        Ok(true) => Ok("on".into()),
        Ok(false) => Ok("off".into()),
        Err(_) => Ok(value.str()?.to_str()?.to_owned()),
    }
}
