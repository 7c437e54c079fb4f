//! Ommi on MySQL and MariaDB: pooled connections, prepared statements, streams in constant memory, all of it behind
//! the interface of `ommi_core::driver`. See `README.md` for what it promises and how it is built.

mod bind;
mod capability;
mod compiled;
mod config;
mod connection;
mod core;
mod driver;
mod error;
mod execute;
mod held;
mod insert;
mod manager;
mod operation;
mod read;
mod schema;
mod script;
mod seat;
mod server;
mod stream;
mod transaction;
mod url;
mod value;

pub use config::{MysqlConfig, SslMode};
pub use driver::MysqlDriver;
