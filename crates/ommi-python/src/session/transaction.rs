//! `Tx`: a transaction, as Python's transaction block extends it.

use std::sync::Arc;

use ommi::core::Result;
use ommi::core::driver::BoxFuture;
use ommi::engine::{Tx as Engine, TxOptions};
use parking_lot::Mutex;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyTuple, PyType};

use super::Session;
use super::handle::isolation_level;
use crate::error::{During, to_python};
use crate::operation::{Job, Operation, engine_task};

/// A transaction, or a savepoint inside one.
#[pyclass(frozen, subclass, extends = Session, module = "ommi._ommi")]
pub(crate) struct Tx {
    parts: PyOnceLock<Parts>,
}

struct Parts {
    handle: Py<PyAny>,
    engine: Engine,
    due: Due,
}

/// Functions to be called now that the transaction, or a part of it, has ended: the engine puts them here, on whatever
/// thread that happens; whoever awaits the end calls them. Shared by a transaction and those nested in it.
pub(super) type Due = Arc<Mutex<Vec<Py<PyAny>>>>;

impl Tx {
    /// An instance of `kind` for a transaction that has begun.
    pub(super) fn make(
        kind: &Bound<'_, PyType>,
        handle: Py<PyAny>,
        engine: Engine,
        due: Due,
    ) -> PyResult<Py<PyAny>> {
        let py = kind.py();
        let object = kind.call_method1("__new__", (kind,))?;
        let tx = object.cast::<Tx>()?;
        tx.as_super().get().open(py, engine.session())?;
        tx.get()
            .parts
            .set(py, Parts { handle, engine, due })
            .map_err(|_| PyRuntimeError::new_err("the transaction has begun already"))?;
        Ok(object.unbind())
    }

    fn parts(&self, py: Python<'_>) -> PyResult<&Parts> {
        self.parts.get(py).ok_or_else(|| PyRuntimeError::new_err("the transaction was never begun"))
    }

    /// The handle's Python object.
    pub(crate) fn handle_of(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.parts(py)?.handle.clone_ref(py))
    }

    fn run(
        slf: &Bound<'_, Self>,
        start: impl FnOnce(&Engine) -> BoxFuture<Result<()>> + Send + Sync + 'static,
    ) -> Operation {
        let tx = slf.clone().unbind();
        Operation::new(Job::engine(move |py| {
            tx.bind(py).as_super().get().engine(py)?;
            let future = start(&tx.get().parts(py)?.engine);
            Ok(engine_task(future, During::Other, |py, ()| Ok(py.None())))
        }))
    }
}

#[pymethods]
impl Tx {
    #[new]
    #[pyo3(signature = (*_arguments, **_options))]
    fn new(
        _arguments: &Bound<'_, PyTuple>,
        _options: Option<&Bound<'_, PyDict>>,
    ) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Session::unopened()).add_subclass(Self { parts: PyOnceLock::new() })
    }

    fn _commit(slf: &Bound<'_, Self>) -> Operation {
        Self::run(slf, Engine::commit)
    }

    fn _rollback(slf: &Bound<'_, Self>) -> Operation {
        Self::run(slf, Engine::rollback)
    }

    fn _savepoint(slf: &Bound<'_, Self>, name: String) -> Operation {
        Self::run(slf, move |tx| tx.savepoint(&name))
    }

    fn _rollback_to(slf: &Bound<'_, Self>, name: String) -> Operation {
        Self::run(slf, move |tx| tx.rollback_to(&name))
    }

    fn _release(slf: &Bound<'_, Self>, name: String) -> Operation {
        Self::run(slf, move |tx| tx.release(&name))
    }

    /// Begins a transaction inside this one: a savepoint. The value is an instance of `kind`.
    fn _nested(
        slf: &Bound<'_, Self>,
        isolation: Option<String>,
        read_only: bool,
        kind: Py<PyType>,
    ) -> Operation {
        let tx = slf.clone().unbind();
        Operation::new(Job::engine(move |py| {
            tx.bind(py).as_super().get().engine(py)?;
            let isolation = isolation.map(|name| isolation_level(py, &name)).transpose()?;
            let Parts { handle, engine, due } = tx.get().parts(py)?;
            let (handle, due) = (handle.clone_ref(py), due.clone());
            let future = engine.nested_with(TxOptions { isolation, read_only, timeout: None });
            Ok(engine_task(future, During::Other, move |py, inner| {
                Tx::make(kind.bind(py), handle, inner, due)
            }))
        }))
    }

    /// Has `function` put among the due ones after the outermost transaction's commit.
    fn _on_commit(&self, py: Python<'_>, function: Py<PyAny>) -> PyResult<()> {
        let Parts { engine, due, .. } = self.parts(py)?;
        let due = due.clone();
        let added = engine.on_commit(move || due.lock().push(function));
        added.map_err(|error| to_python(py, error, During::Other))
    }

    /// Has `function` put among the due ones after the work was undone.
    fn _on_rollback(&self, py: Python<'_>, function: Py<PyAny>) -> PyResult<()> {
        let Parts { engine, due, .. } = self.parts(py)?;
        let due = due.clone();
        let added = engine.on_rollback(move || due.lock().push(function));
        added.map_err(|error| to_python(py, error, During::Other))
    }

    /// The due functions, in order; none of them is left.
    fn _take_due<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let due = std::mem::take(&mut *self.parts(py)?.due.lock());
        PyList::new(py, due)
    }

    /// Whether neither committed nor rolled back yet.
    #[getter]
    fn is_open(&self, py: Python<'_>) -> bool {
        self.parts.get(py).is_some_and(|parts| parts.engine.is_open())
    }

    /// The handle that the transaction was begun on.
    #[getter]
    fn handle(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.handle_of(py)
    }
}
