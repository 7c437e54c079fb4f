//! Ommi's engine: what stands between a face and a driver, once for all of them. It plans operations and keeps
//! their statements by shape, sets up schemas, runs transactions and finds the way along relations.
//!
//! Its futures run on any executor. It does no I/O, and starts one thread at most: the one that waits where somebody
//! has to (timeouts, waits between attempts).

mod bind;
mod cache;
mod graph;
mod handle;
mod insert;
mod limits;
pub mod migrations;
mod outcome;
mod planner;
mod query_cache;
mod raw;
mod readiness;
pub mod relations;
mod retry;
mod save;
mod session;
mod setup;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod timer;
mod together;
mod transaction;

pub use graph::{Graph, GraphAdded, GraphEnd, GraphFilled, GraphNode, GraphRows};
pub use handle::{Companions, Handle, HandleOptions};
pub use query_cache::{QueryCache, QueryCacheOptions, QueryCacheStats};
pub use relations::{
    RelationKey, RelationLoad, RelationOptions, RelationWay, relation_query, relation_query_with,
    relation_way,
};
pub use retry::{Attempts, RetryOptions};
pub use save::{RowState, Saving};
pub use session::Session;
pub use timer::{Sleep, sleep};
pub use together::Stored;
pub use transaction::{Tx, TxOptions};
