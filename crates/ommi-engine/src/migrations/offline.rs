//! Migrations as text for a database that is not at hand: what they find is what those before them leave.

use ommi_core::Result;
use ommi_core::driver::RowWrite;
use ommi_core::schema::SchemaDef;

use super::manager::of;
use super::script::{changes, script};
use super::{Migration, Planned, RunOptions, SchemaManager, history};

impl SchemaManager {
    /// The tables that the migrations leave, as far as their changes tell. What statements make is not known: changes that
    /// work on it are left out.
    pub fn replayed(&self) -> SchemaDef {
        let mut schema = SchemaDef::default();
        for step in self.migrations.iter().flat_map(|migration| &migration.up) {
            let mut after = schema.clone();
            let changes = step.changes(&schema).unwrap_or_default();
            if changes.iter().try_for_each(|change| after.apply(change)).is_ok() {
                schema = after;
            }
        }
        schema
    }

    /// The statements of the migrations behind the version `after` and up to `target`, with those that write the history.
    /// Nothing is asked of the database.
    ///
    /// # Errors
    /// `Schema` for an unknown version, and for a step that does not fit what those before it leave.
    pub fn offline(
        &self,
        after: Option<&str>,
        target: Option<&str>,
        options: &RunOptions,
    ) -> Result<Vec<Planned>> {
        self.check_target(after)?;
        self.check_target(target)?;
        let (mut schema, mut planned) = (SchemaDef::default(), Vec::new());
        for migration in &self.migrations {
            let version = migration.version.as_str();
            if after.is_some_and(|after| version <= after) {
                changes(&mut schema, &migration.up).map_err(|error| of(migration, error))?;
            } else if target.is_none_or(|target| version <= target) {
                let is_first = planned.is_empty() && after.is_none();
                planned.push(self.written(migration, &mut schema, is_first, options)?);
            }
        }
        Ok(planned)
    }

    fn written(
        &self,
        migration: &Migration,
        schema: &mut SchemaDef,
        is_first: bool,
        options: &RunOptions,
    ) -> Result<Planned> {
        let driver = self.handle.driver();
        let mut statements = Vec::new();
        if is_first {
            statements.extend(driver.create_statements(&[history::model()?])?);
        }
        let note = RowWrite::Insert(history::row(migration, &options.applied_by));
        statements.push(driver.row_statement(&history::table()?, &note)?);
        let script = script(driver.as_ref(), schema, &migration.up).map_err(|error| of(migration, error))?;
        statements.extend(script.statements);
        statements.push(self.took(migration, 0)?);
        Ok(Planned {
            version: migration.version.clone(),
            description: migration.description.clone(),
            steps: script.words,
            statements,
        })
    }
}
