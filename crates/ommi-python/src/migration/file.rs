//! `MigrationFile`: a file of a folder of migrations. Those in SQL are read here, those in Python by the Python face.

use std::path::Path;

use ommi::migrations::{Folder, Language, MigrationFile as File};
use pyo3::prelude::*;

use super::Step;
use crate::error::{During, to_python};

/// A file of a migration.
#[pyclass(frozen, module = "ommi._ommi")]
pub(crate) struct MigrationFile {
    pub(crate) file: File,
}

/// The steps up, and those down where there is a way back.
type Steps = (Vec<Step>, Option<Vec<Step>>);

#[pymethods]
impl MigrationFile {
    #[getter]
    fn path(&self) -> String {
        self.file.place()
    }

    /// The digits that its name begins with.
    #[getter]
    fn version(&self) -> String {
        self.file.version.clone()
    }

    #[getter]
    fn description(&self) -> String {
        self.file.description()
    }

    /// Whether it is written in Python.
    #[getter]
    fn is_python(&self) -> bool {
        self.file.language == Language::Python
    }

    #[getter]
    fn text(&self) -> String {
        self.file.text.clone()
    }

    /// The steps of an SQL file.
    fn steps(&self, py: Python<'_>) -> PyResult<Steps> {
        let migration = self.file.sql().map_err(|error| to_python(py, error, During::Migrate))?;
        let made = |steps: Vec<_>| steps.into_iter().map(|step| Step { step }).collect();
        Ok((made(migration.up), migration.down.map(made)))
    }

    fn __repr__(&self) -> String {
        format!("<MigrationFile {}>", self.file.place())
    }
}

/// The files of a folder, in the order of their versions.
#[pyfunction]
pub(crate) fn read_migrations(py: Python<'_>, folder: &str) -> PyResult<Vec<MigrationFile>> {
    let folder = Folder::read(Path::new(folder)).map_err(|error| to_python(py, error, During::Migrate))?;
    Ok(folder.files.into_iter().map(|file| MigrationFile { file }).collect())
}
