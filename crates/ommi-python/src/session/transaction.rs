//! `Tx`: a transaction, as Python's transaction block extends it.

use ommi::core::Result;
use ommi::core::driver::BoxFuture;
use ommi::engine::Tx as Engine;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple, PyType};

use super::Session;
use crate::error::During;
use crate::operation::{Job, Operation, engine_task};

/// A transaction, or a savepoint inside one.
#[pyclass(frozen, subclass, extends = Session, module = "ommi._ommi")]
pub(crate) struct Tx {
    parts: PyOnceLock<(Py<PyAny>, Engine)>,
}

impl Tx {
    /// An instance of `kind` for a transaction that has begun.
    pub(super) fn make(kind: &Bound<'_, PyType>, handle: Py<PyAny>, engine: Engine) -> PyResult<Py<PyAny>> {
        let py = kind.py();
        let object = kind.call_method1("__new__", (kind,))?;
        let tx = object.cast::<Tx>()?;
        tx.as_super().get().open(py, engine.session())?;
        tx.get()
            .parts
            .set(py, (handle, engine))
            .map_err(|_| PyRuntimeError::new_err("the transaction has begun already"))?;
        Ok(object.unbind())
    }

    fn parts(&self, py: Python<'_>) -> PyResult<&(Py<PyAny>, Engine)> {
        self.parts.get(py).ok_or_else(|| PyRuntimeError::new_err("the transaction was never begun"))
    }

    /// The handle's Python object.
    pub(crate) fn handle_of(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.parts(py)?.0.clone_ref(py))
    }

    fn run(
        slf: &Bound<'_, Self>,
        start: impl FnOnce(&Engine) -> BoxFuture<Result<()>> + Send + Sync + 'static,
    ) -> Operation {
        let tx = slf.clone().unbind();
        Operation::new(Job::engine(move |py| {
            tx.bind(py).as_super().get().engine(py)?;
            let future = start(&tx.get().parts(py)?.1);
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
    fn _nested(slf: &Bound<'_, Self>, kind: Py<PyType>) -> Operation {
        let tx = slf.clone().unbind();
        Operation::new(Job::engine(move |py| {
            tx.bind(py).as_super().get().engine(py)?;
            let (handle, engine) = tx.get().parts(py)?;
            let (handle, future) = (handle.clone_ref(py), engine.nested());
            Ok(engine_task(future, During::Other, move |py, inner| Tx::make(kind.bind(py), handle, inner)))
        }))
    }

    /// Whether neither committed nor rolled back yet.
    #[getter]
    fn is_open(&self, py: Python<'_>) -> bool {
        self.parts.get(py).is_some_and(|(_, engine)| engine.is_open())
    }

    /// The handle that the transaction was begun on.
    #[getter]
    fn handle(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.handle_of(py)
    }
}
