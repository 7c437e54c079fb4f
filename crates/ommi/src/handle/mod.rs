//! The handle: opening a database, and where operations are started from.

mod db;
mod entity;
mod graph;
mod ommi;
mod raw;
mod registry;
mod store;
mod transactions;
mod tx;
mod upsert;

pub use db::Db;
pub use graph::{Graph, Node};
pub use ommi::{Ommi, OmmiBuilder};
pub use raw::{BindValue, RawQuery, RawRow};
pub use registry::{DriverFactory, register_driver};
pub use transactions::{RetriedTransactions, Transactions};
pub use tx::Tx;
