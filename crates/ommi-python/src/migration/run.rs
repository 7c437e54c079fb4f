//! `Migrations`: the engine's runner over the database of a handle.

use ommi::core::Result;
use ommi::core::driver::BoxFuture;
use ommi::engine::{Handle as Engine, HandleOptions};
use ommi::migrations::{Migration, Planned, RunOptions, SchemaManager, Status};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::Step;
use crate::error::{During, to_python};
use crate::operation::{Job, Operation, engine_task};
use crate::session::Handle;

/// Migrations with the database that they are for.
#[pyclass(frozen, module = "ommi._ommi")]
pub(crate) struct Migrations {
    handle: Py<Handle>,
    migrations: Vec<Migration>,
}

/// A version, a description, the file and its text where there is one, the steps up and down.
pub(crate) type Given<'py> =
    (String, String, Option<String>, Option<String>, Vec<Bound<'py, Step>>, Option<Vec<Bound<'py, Step>>>);

/// The migration that was described.
pub(crate) fn migration_of(given: Given<'_>) -> Migration {
    let (version, description, file, text, up, down) = given;
    let steps = |steps: Vec<Bound<'_, Step>>| steps.iter().map(|step| step.get().step.clone()).collect();
    let mut migration = Migration::new(version, description).up(steps(up));
    if let Some(down) = down {
        migration = migration.down(steps(down));
    }
    if let Some(file) = file {
        migration = migration.file(file);
    }
    match text {
        Some(text) => migration.source(&text),
        None => migration,
    }
}

impl Migrations {
    /// An operation of the runner.
    fn run<T: 'static>(
        slf: &Bound<'_, Self>,
        start: impl FnOnce(SchemaManager) -> BoxFuture<Result<T>> + Send + Sync + 'static,
        finish: impl FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + Sync + 'static,
    ) -> Operation {
        let this = slf.clone().unbind();
        Operation::new(Job::engine(move |py| {
            let manager = this.get().manager(py)?;
            Ok(engine_task(start(manager), During::Migrate, finish))
        }))
    }

    fn manager(&self, py: Python<'_>) -> PyResult<SchemaManager> {
        let driver = self.handle.bind(py).as_super().get().engine(py)?.handle().driver().clone();
        // The history is no model of the handle's, so it is looked at through a handle of its own.
        let options = HandleOptions { implicit_setup: false, ..HandleOptions::default() };
        let mut manager = SchemaManager::new(Engine::new(driver, options));
        for migration in &self.migrations {
            let added = manager.add_migration(migration.clone());
            added.map_err(|error| to_python(py, error, During::Migrate))?;
        }
        Ok(manager)
    }
}

/// What a run may do; without a name, the one that the engine finds.
fn options(allow_data_loss: bool, allow_out_of_order: bool, applied_by: Option<String>) -> RunOptions {
    let usual = RunOptions { allow_data_loss, allow_out_of_order, ..RunOptions::default() };
    match applied_by {
        Some(applied_by) => RunOptions { applied_by, ..usual },
        None => usual,
    }
}

fn versions(py: Python<'_>, versions: Vec<String>) -> PyResult<Py<PyAny>> {
    Ok(PyList::new(py, versions)?.into_any().unbind())
}

fn planned(py: Python<'_>, planned: Vec<Planned>) -> PyResult<Py<PyAny>> {
    let rows = planned.into_iter().map(|one| (one.version, one.description, one.steps, one.statements));
    Ok(PyList::new(py, rows.collect::<Vec<_>>())?.into_any().unbind())
}

fn status(py: Python<'_>, status: Status) -> PyResult<Py<PyAny>> {
    let applied = status.applied.into_iter().map(|own| {
        let microseconds = own.applied_at.as_microsecond();
        (own.version, own.description, microseconds, own.applied_by, own.milliseconds)
    });
    let dict = PyDict::new(py);
    dict.set_item("applied", applied.collect::<Vec<_>>())?;
    dict.set_item("pending", status.pending)?;
    dict.set_item("problems", status.problems)?;
    Ok(dict.into_any().unbind())
}

#[pymethods]
impl Migrations {
    #[new]
    fn new(handle: Py<Handle>, migrations: Vec<Given<'_>>) -> Self {
        Self { handle, migrations: migrations.into_iter().map(migration_of).collect() }
    }

    fn status(slf: &Bound<'_, Self>) -> Operation {
        Self::run(slf, |manager| Box::pin(async move { manager.status().await }), status)
    }

    #[pyo3(signature = (target, allow_data_loss, allow_out_of_order, applied_by))]
    fn migrate_up(
        slf: &Bound<'_, Self>,
        target: Option<String>,
        allow_data_loss: bool,
        allow_out_of_order: bool,
        applied_by: Option<String>,
    ) -> Operation {
        let options = options(allow_data_loss, allow_out_of_order, applied_by);
        let start = move |manager: SchemaManager| -> BoxFuture<_> {
            Box::pin(async move { manager.migrate_up(target.as_deref(), &options).await })
        };
        Self::run(slf, start, versions)
    }

    #[pyo3(signature = (target, allow_data_loss, applied_by))]
    fn migrate_down(
        slf: &Bound<'_, Self>,
        target: Option<String>,
        allow_data_loss: bool,
        applied_by: Option<String>,
    ) -> Operation {
        let options = options(allow_data_loss, false, applied_by);
        let start = move |manager: SchemaManager| -> BoxFuture<_> {
            Box::pin(async move { manager.migrate_down(target.as_deref(), &options).await })
        };
        Self::run(slf, start, versions)
    }

    #[pyo3(signature = (target))]
    fn plan_up(slf: &Bound<'_, Self>, target: Option<String>) -> Operation {
        let start = move |manager: SchemaManager| -> BoxFuture<_> {
            Box::pin(async move { manager.plan_up(target.as_deref()).await })
        };
        Self::run(slf, start, planned)
    }

    #[pyo3(signature = (target))]
    fn plan_down(slf: &Bound<'_, Self>, target: Option<String>) -> Operation {
        let start = move |manager: SchemaManager| -> BoxFuture<_> {
            Box::pin(async move { manager.plan_down(target.as_deref()).await })
        };
        Self::run(slf, start, planned)
    }

    /// Takes steps by themselves, noted nowhere; the value is the list of them in words.
    fn make(slf: &Bound<'_, Self>, steps: Vec<Bound<'_, Step>>) -> Operation {
        let steps: Vec<_> = steps.iter().map(|step| step.get().step.clone()).collect();
        let start = move |manager: SchemaManager| -> BoxFuture<_> {
            Box::pin(async move { manager.make(&steps).await })
        };
        Self::run(slf, start, versions)
    }
}
