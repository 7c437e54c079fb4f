//! Migrations: the way from one schema to another, and the runner that takes a database along it.

mod difference;
mod history;
mod manager;
mod migration;
mod order;
mod run;

pub use difference::{Hints, difference};
pub use history::{Applied, HISTORY_TABLE};
pub use manager::SchemaManager;
pub use migration::{Migration, Step};
pub use run::{Planned, RunOptions, Status};
