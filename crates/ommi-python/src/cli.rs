//! The command `ommi` of the package: models and migrations of Python, for the command that is written in Rust.

use std::sync::Arc;

use ommi::core::{Error, ErrorKind, Result};
use ommi::migrations::{Language, Migration, MigrationFile};
use ommi::schema::ModelDef;
use ommi_cli::Host;
use pyo3::prelude::*;

use crate::migration::{Given, MigrationFile as PythonFile, migration_of};
use crate::model::ModelType;

struct Package;

impl Host for Package {
    fn models(&self, from: &[String]) -> Result<Option<Vec<Arc<ModelDef>>>> {
        if from.is_empty() {
            return Ok(None);
        }
        attached(|py| {
            let models = py.import("ommi.cli")?.call_method1("models", (from.to_vec(),))?;
            let models = models.try_iter()?.map(|model| ModelType::model(model?.cast::<ModelType>()?));
            models.collect::<PyResult<_>>().map(Some)
        })
    }

    fn migration(&self, file: &MigrationFile) -> Result<Migration> {
        match file.language {
            Language::Sql => file.sql(),
            Language::Python => attached(|py| {
                let given = PythonFile { file: file.clone() };
                let said = py.import("ommi.cli")?.call_method1("migration", (given,))?;
                Ok(migration_of(said.extract::<Given<'_>>()?))
            }),
        }
    }

    fn language(&self) -> Language {
        Language::Python
    }
}

/// Runs Python; an exception becomes an error that says what it says.
fn attached<T>(run: impl FnOnce(Python<'_>) -> PyResult<T>) -> Result<T> {
    Python::attach(|py| {
        run(py).map_err(|error| {
            let value = error.value(py);
            let said = value.to_string();
            let is_ours = py
                .import("ommi.errors")
                .and_then(|errors| errors.getattr("DatabaseError"))
                .and_then(|kind| value.is_instance(&kind))
                .unwrap_or(false);
            let kind = error.get_type(py).name().map_or_else(|_| "Exception".into(), |name| name.to_string());
            Error::new(ErrorKind::Schema, if is_ours { said } else { format!("{kind}: {said}") })
        })
    })
}

/// Runs the command of these arguments, the first of which is the program's name; gives the exit code.
#[pyfunction]
pub(crate) fn run_command(py: Python<'_>, arguments: Vec<String>) -> u8 {
    py.detach(|| ommi_cli::run(arguments.into_iter().map(Into::into), &Package))
}
