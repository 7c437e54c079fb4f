//! `Host`: what the command asks the program that it is part of.

use std::sync::Arc;

use ommi::Result;
use ommi::migrations::{Language, Migration, MigrationFile};
use ommi::schema::ModelDef;

/// What the command cannot know by itself.
pub trait Host {
    /// The models that `--models` or the settings name (modules, for Python); nothing where the program knows none.
    ///
    /// # Errors
    /// What is wrong with them.
    fn models(&self, from: &[String]) -> Result<Option<Vec<Arc<ModelDef>>>>;

    /// The migration of a file. Those in SQL need nobody's help.
    ///
    /// # Errors
    /// What is wrong with the file, naming it.
    fn migration(&self, file: &MigrationFile) -> Result<Migration> {
        file.sql()
    }

    /// What new migrations are written in.
    fn language(&self) -> Language {
        Language::Sql
    }
}

/// A host that knows no models: migrations are written by hand, in SQL.
#[derive(Debug, Clone, Copy)]
pub struct SqlOnly;

impl Host for SqlOnly {
    fn models(&self, _from: &[String]) -> Result<Option<Vec<Arc<ModelDef>>>> {
        Ok(None)
    }
}
