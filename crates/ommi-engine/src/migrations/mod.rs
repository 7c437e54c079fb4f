//! Migrations: the way from one schema to another, and the runner that takes a database along it.

mod difference;
mod edit;
mod history;
mod loss;
mod manager;
mod migration;
mod offline;
mod order;
mod run;
mod script;

pub use difference::{Hints, difference};
pub use edit::{Alteration, Edit, IndexName};
pub use history::{Applied, HISTORY_TABLE};
pub use loss::Loss;
pub use manager::SchemaManager;
pub use migration::{Migration, Step};
pub use run::{Planned, RunOptions, Status};
