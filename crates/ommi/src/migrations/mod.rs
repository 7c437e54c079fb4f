//! Migrations: the difference between two schemas, the runner, and the files that migrations stand in.

mod file;
mod folder;
mod split;
mod sql;

pub use file::{Language, MigrationFile};
pub use folder::Folder;
pub use ommi_engine::migrations::*;
