//! Migrations: steps and files as Python sees them, and the engine's runner over a handle.

mod file;
mod run;
mod step;

pub(crate) use file::{MigrationFile, read_migrations};
pub(crate) use run::{Given, Migrations, migration_of};
pub(crate) use step::Step;
