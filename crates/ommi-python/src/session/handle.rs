//! `Handle`: a database, as Python's `Ommi` extends it.

use std::sync::Arc;
use std::time::Duration;

use ommi::core::driver::{BoxFuture, Capabilities, IsolationLevel};
use ommi::core::schema::ModelDef;
use ommi::core::{Error, Result};
use ommi::engine::{Handle as Engine, HandleOptions, QueryCache, Session as EngineSession, TxOptions};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple, PyType};

use super::query_cache::CacheOptions;
use super::transaction::Due;
use super::{NativeDriver, Session, Tx, session_here};
use crate::error::{During, from_python, to_python};
use crate::model::{ModelType, companions_of};
use crate::operation::{Job, Operation, engine_task};

/// A database with its plan cache and what was set up in it.
#[pyclass(frozen, subclass, extends = Session, module = "ommi._ommi")]
pub(crate) struct Handle {
    engine: PyOnceLock<Engine>,
}

impl Handle {
    fn engine(&self, py: Python<'_>) -> PyResult<&Engine> {
        self.engine.get(py).ok_or_else(|| PyRuntimeError::new_err("the handle was never opened"))
    }

    /// An operation over models that are described when it runs; in a transaction's block, part of it.
    fn over_models(
        slf: &Bound<'_, Self>,
        models: Vec<Py<ModelType>>,
        run: OverModels,
    ) -> PyResult<Operation> {
        let session = session_here(slf.as_super())?;
        Ok(Operation::new(Job::engine(move |py| {
            let models =
                models.iter().map(|model| ModelType::model(model.bind(py))).collect::<PyResult<_>>()?;
            let future = run(session.get().engine(py)?, models);
            Ok(engine_task(future, During::Other, |py, ()| Ok(py.None())))
        })))
    }
}

/// A change of the schema, as the engine's session makes it.
type OverModels = fn(&EngineSession, Vec<Arc<ModelDef>>) -> BoxFuture<Result<()>>;

/// The isolation level of a name as `IsolationLevel` spells it.
pub(super) fn isolation_level(py: Python<'_>, name: &str) -> PyResult<IsolationLevel> {
    match name {
        "READ_UNCOMMITTED" => Ok(IsolationLevel::ReadUncommitted),
        "READ_COMMITTED" => Ok(IsolationLevel::ReadCommitted),
        "REPEATABLE_READ" => Ok(IsolationLevel::RepeatableRead),
        "SERIALIZABLE" => Ok(IsolationLevel::Serializable),
        other => {
            let error = Error::validation(format!(
                "unknown isolation level {other:?}; the levels are READ_UNCOMMITTED, READ_COMMITTED, REPEATABLE_READ \
                 and SERIALIZABLE"
            ));
            Err(to_python(py, error, During::Other))
        }
    }
}

#[pymethods]
impl Handle {
    #[new]
    #[pyo3(signature = (*_arguments, **_options))]
    fn new(
        _arguments: &Bound<'_, PyTuple>,
        _options: Option<&Bound<'_, PyDict>>,
    ) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Session::unopened()).add_subclass(Self { engine: PyOnceLock::new() })
    }

    fn _open(
        slf: &Bound<'_, Self>,
        driver: &Bound<'_, NativeDriver>,
        implicit: bool,
        query_cache: Option<CacheOptions>,
    ) -> PyResult<()> {
        let py = slf.py();
        let query_cache = query_cache.map(|options| options.checked(py)).transpose()?;
        let options = HandleOptions { implicit_setup: implicit, query_cache, ..HandleOptions::default() };
        let engine = Engine::new(driver.get().driver.clone(), options);
        engine.set_companions(Arc::new(|model: &Arc<ModelDef>| {
            Python::try_attach(|py| companions_of(py, model))
                .unwrap_or_else(|| Err(PyRuntimeError::new_err("the interpreter is shutting down")))
                .map_err(from_python)
        }));
        slf.as_super().get().open(py, engine.session())?;
        slf.get().engine.set(py, engine).map_err(|_| PyRuntimeError::new_err("the handle is open already"))
    }

    fn _use_models(slf: &Bound<'_, Self>, models: Vec<Py<ModelType>>) -> PyResult<Operation> {
        Self::over_models(slf, models, EngineSession::use_models)
    }

    fn _remove_models(slf: &Bound<'_, Self>, models: Vec<Py<ModelType>>) -> PyResult<Operation> {
        Self::over_models(slf, models, EngineSession::remove_models)
    }

    fn _recreate_models(slf: &Bound<'_, Self>, models: Vec<Py<ModelType>>) -> PyResult<Operation> {
        Self::over_models(slf, models, EngineSession::recreate_models)
    }

    /// Begins a transaction; the value is an instance of `kind`, a subclass of `Tx`. The timeout is in seconds.
    fn _begin(
        slf: &Bound<'_, Self>,
        isolation: String,
        read_only: bool,
        timeout: Option<f64>,
        kind: Py<PyType>,
    ) -> Operation {
        let handle = slf.clone().unbind();
        Operation::new(Job::engine(move |py| {
            handle.bind(py).as_super().get().engine(py)?;
            let isolation = Some(isolation_level(py, &isolation)?);
            // What is longer than can be counted is no limit.
            let timeout = timeout.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            let options = TxOptions { isolation, read_only, timeout };
            let future = handle.get().engine(py)?.begin(options);
            Ok(engine_task(future, During::Other, move |py, tx| {
                Tx::make(kind.bind(py), handle.into_any(), tx, Due::default())
            }))
        }))
    }

    fn _close(slf: &Bound<'_, Self>) -> Operation {
        let handle = slf.clone().unbind();
        Operation::new(Job::engine(move |py| {
            let future = handle.get().engine(py)?.close();
            Ok(engine_task(future, During::Other, |py, ()| Ok(py.None())))
        }))
    }

    /// Whether the handle was closed.
    #[getter]
    fn closed(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.engine(py)?.is_closed())
    }

    /// The driver's name.
    #[getter]
    fn driver_name(&self, py: Python<'_>) -> PyResult<&'static str> {
        Ok(self.engine(py)?.driver().name())
    }

    /// Where the database is, without any credential.
    #[getter]
    fn location(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.engine(py)?.driver().location())
    }

    /// The number of reads and writes that were sent.
    fn _operations(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(self.engine(py)?.operations())
    }

    /// Hits, misses, evictions and size of the query cache.
    fn _query_cache_stats(&self, py: Python<'_>) -> PyResult<(u64, u64, u64, usize)> {
        let stats = self.engine(py)?.query_cache().map(QueryCache::stats).unwrap_or_default();
        Ok((stats.hits, stats.misses, stats.evictions, stats.size))
    }

    fn _clear_query_cache(&self, py: Python<'_>) -> PyResult<()> {
        if let Some(cache) = self.engine(py)?.query_cache() {
            cache.clear();
        }
        Ok(())
    }

    /// The pool's numbers by name, or None where there is no pool.
    fn _pool_stats<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some(stats) = self.engine(py)?.driver().pool_stats() else { return Ok(None) };
        let dict = PyDict::new(py);
        for (name, number) in [
            ("open", stats.open),
            ("idle", stats.idle),
            ("used", stats.used),
            ("waiting", stats.waiting),
            ("max", stats.max),
        ] {
            dict.set_item(name, number)?;
        }
        for (name, count) in
            [("created", stats.created), ("closed", stats.closed), ("timeouts", stats.timeouts)]
        {
            dict.set_item(name, count)?;
        }
        let holders = stats.holders.into_iter();
        let holders: Vec<_> =
            holders.map(|holder| (holder.purpose, holder.held.as_secs_f64(), holder.statement)).collect();
        dict.set_item("holders", holders)?;
        Ok(Some(dict))
    }

    /// What the database can do beyond the common contract.
    fn capabilities<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        // All of them by name: the compiler says when there is a new one.
        let Capabilities {
            savepoints,
            isolation,
            concurrent_writers,
            statement_rollback,
            row_waits,
            transactional_schema,
            fixed_columns,
            foreign_keys,
            references_at_statement_end,
            cascades_before_checks,
            unique_at_statement_end,
            own_references_follow,
            conditions_in_order,
            float_nan,
            float_infinity,
            float_remainder,
            decimal_limit,
            decimal_digits,
            timestamp_microseconds,
            bytes_order,
            indexed_length,
            indexed_bytes,
            row_locks,
            lock_without_waiting,
            raw_statements,
            schema_changes,
        } = self.engine(py)?.driver().capabilities().clone();
        let dict = PyDict::new(py);
        for (name, has) in [
            ("savepoints", savepoints),
            ("concurrent_writers", concurrent_writers),
            ("statement_rollback", statement_rollback),
            ("row_waits", row_waits),
            ("transactional_schema", transactional_schema),
            ("fixed_columns", fixed_columns),
            ("foreign_keys", foreign_keys),
            ("references_at_statement_end", references_at_statement_end),
            ("cascades_before_checks", cascades_before_checks),
            ("unique_at_statement_end", unique_at_statement_end),
            ("own_references_follow", own_references_follow),
            ("conditions_in_order", conditions_in_order),
            ("float_nan", float_nan),
            ("float_infinity", float_infinity),
            ("float_remainder", float_remainder),
            ("timestamp_microseconds", timestamp_microseconds),
            ("bytes_order", bytes_order),
            ("row_locks", row_locks),
            ("lock_without_waiting", lock_without_waiting),
            ("raw_statements", raw_statements),
            ("schema_changes", schema_changes),
        ] {
            dict.set_item(name, has)?;
        }
        dict.set_item("decimal_limit", decimal_limit.map(|limit| (limit.whole, limit.fraction)))?;
        dict.set_item("decimal_digits", decimal_digits)?;
        dict.set_item("indexed_length", indexed_length)?;
        dict.set_item("indexed_bytes", indexed_bytes)?;
        let levels: Vec<_> = isolation.iter().map(|level| level_name(*level)).collect();
        dict.set_item("isolation", levels)?;
        Ok(dict)
    }
}

fn level_name(level: IsolationLevel) -> &'static str {
    match level {
        IsolationLevel::ReadUncommitted => "READ_UNCOMMITTED",
        IsolationLevel::ReadCommitted => "READ_COMMITTED",
        IsolationLevel::RepeatableRead => "REPEATABLE_READ",
        IsolationLevel::Serializable => "SERIALIZABLE",
    }
}
