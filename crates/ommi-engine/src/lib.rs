//! Ommi's engine: what stands between a face and a driver, once for all of them. It plans operations and keeps
//! their statements by shape, sets up schemas, runs transactions and finds the way along relations.
//!
//! Its futures run on any executor; it starts no thread and does no I/O of its own.

mod bind;
mod cache;
mod handle;
mod insert;
mod planner;
mod readiness;
pub mod relations;
mod session;
mod setup;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod transaction;

pub use handle::{Companions, Handle, HandleOptions};
pub use relations::{RelationLoad, relation_query};
pub use session::Session;
pub use transaction::Tx;
