//! Ommi on PostgreSQL: short reads pipelined over a few shared connections, everything else on one of its own, all of
//! it behind the interface of `ommi_core::driver`. See `README.md` for what it promises and how it is built.

mod attend;
mod cancel;
mod capability;
mod cells;
mod commands;
mod config;
mod connection;
mod copy;
mod drive;
mod driver;
mod error;
mod execute;
mod guard;
mod insert;
mod lane;
mod loan;
mod open;
mod paging;
mod passfile;
mod reading;
mod rows;
mod schema;
mod session;
mod statement;
mod task;
mod tls;
mod transaction;
mod url;
mod value;

pub use config::{Address, Pooler, PostgresConfig, SslMode, Target};
pub use driver::PostgresDriver;
