//! Ommi on MongoDB: collections of documents behind the interface of `ommi_core::driver`, with the same meaning as on
//! SQL databases. See `README.md` for what it promises and how it is built.

mod capability;
mod client;
mod command;
mod compile;
mod config;
mod connection;
mod driver;
mod error;
mod explain;
mod hub;
mod insert;
mod pool;
mod portion;
mod program;
mod read;
mod registry;
mod schema;
mod seat;
mod session;
mod shards;
mod stream;
mod task;
mod transaction;
mod url;
mod value;
mod write;

pub use config::MongodbConfig;
pub use driver::MongodbDriver;
