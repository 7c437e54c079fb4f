//! Options of the query cache, as Python gives them.

use std::time::Duration;

use ommi::core::{Error, Result};
use ommi::engine::QueryCacheOptions;
use pyo3::prelude::*;

use crate::error::{During, to_python};

/// A span of time: a number of seconds or a `timedelta`.
#[derive(FromPyObject)]
pub(crate) enum Seconds {
    #[pyo3(transparent)]
    Span(Duration),
    #[pyo3(transparent)]
    Number(f64),
}

impl Seconds {
    /// The span, which is longer than nothing.
    fn read(self) -> Result<Duration> {
        let span = match self {
            Seconds::Span(span) => Some(span),
            // What is longer than can be counted is no limit.
            Seconds::Number(seconds) if seconds > 0.0 => {
                Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
            }
            Seconds::Number(_) => None,
        };
        span.filter(|span| !span.is_zero()).ok_or_else(|| {
            Error::validation("a ttl is a number of seconds above 0, or a timedelta; None sets no limit")
        })
    }

    /// As [`read`](Self::read), for Python.
    pub(crate) fn positive(self, py: Python<'_>) -> PyResult<Duration> {
        self.read().map_err(|error| to_python(py, error, During::Other))
    }
}

/// `ommi.QueryCache`.
#[derive(FromPyObject)]
pub(super) struct CacheOptions {
    max_size: usize,
    ttl: Option<Seconds>,
    max_bytes: usize,
}

impl CacheOptions {
    /// The engine's options.
    pub(super) fn checked(self, py: Python<'_>) -> PyResult<QueryCacheOptions> {
        let ttl = self.ttl.map(|ttl| ttl.positive(py)).transpose()?;
        let options = QueryCacheOptions { max_size: self.max_size, ttl, max_bytes: self.max_bytes };
        options.check().map_err(|error| to_python(py, error, During::Other))?;
        Ok(options)
    }
}
