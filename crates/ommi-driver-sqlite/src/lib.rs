//! Ommi on SQLite: one writing thread, several reading ones, short reads on the caller's own, all of it behind
//! the interface of `ommi_core::driver`. See `README.md` for what it promises and how it is built.

mod aggregate;
mod capability;
mod change;
mod collation;
mod config;
mod connection;
mod cursor;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod descriptors;
mod driver;
mod dropped;
mod error;
mod execute;
mod feed;
mod function;
mod guard;
mod inline;
mod lane;
mod locks;
mod memory;
mod pace;
mod readers;
mod reply;
mod schema;
mod source;
mod statement;
mod threads;
mod transaction;
mod url;
mod value;
mod written;

pub use config::{JournalMode, Location, Mode, SqliteConfig, Synchronous};
pub use driver::SqliteDriver;
