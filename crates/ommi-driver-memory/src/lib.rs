//! Ommi in memory: plans interpreted over rows, small, slow and obviously right. It says what every query means;
//! the other databases are compared with it. Tests of programs run on it too. See `README.md`.

mod capability;
mod config;
mod data;
mod database;
mod driver;
mod error;
mod execute;
mod meaning;
mod program;
mod run;
mod schema;
mod transaction;

pub use config::MemoryConfig;
pub use driver::MemoryDriver;
pub use error::BrokenRules;

/// What expressions mean and how values are ordered, for those who compare databases with it.
pub use data::compare;
