//! The pool's behaviour, with a manager whose server is made up. Time stands still except where all tasks wait.

mod fake;
mod faults;
mod leaks;
mod queue;
mod upkeep;

use std::time::Duration;

use futures_util::FutureExt;
use ommi_core::driver::{PoolOptions, PoolStats};
use tokio::time::Instant;

use super::{Pool, Pooled};
use fake::{Fake, Server};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A server, and a pool with at most so many connections to it.
fn pool_of(max: usize) -> (Server, Pool<Fake>) {
    pool_with(PoolOptions { max_connections: max, ..PoolOptions::default() })
}

fn pool_with(options: PoolOptions) -> (Server, Pool<Fake>) {
    let server = Server::default();
    let pool = Pool::new(server.manager(), options, "fake://here").unwrap();
    (server, pool)
}

async fn get(pool: &Pool<Fake>) -> Pooled<Fake> {
    pool.get("statement").await.unwrap()
}

/// Lets every other task run until it waits for something.
async fn settled() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// Starts a future: it is polled once and must not be done then.
fn begun<F: Future + Unpin>(mut future: F) -> F {
    assert!((&mut future).now_or_never().is_none(), "it was to wait");
    future
}

/// What is open, idle, used and waiting.
fn counts(stats: &PoolStats) -> (usize, usize, usize, usize) {
    (stats.open, stats.idle, stats.used, stats.waiting)
}
