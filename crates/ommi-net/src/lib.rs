//! What drivers for servers share: the runtime that their connections live on, the pool, sockets, streams of rows,
//! TLS and the options of URLs. It knows no database and no wire protocol.

pub mod batches;
pub mod pool;
#[cfg(unix)]
pub mod reactor;
pub mod runtime;
pub mod socket;
pub mod tls;
pub mod url;

pub use batches::{Batches, Feed};
pub use pool::{Manager, Pool, Pooled};
