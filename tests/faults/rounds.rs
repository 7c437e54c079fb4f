//! Many rounds of faults and cancellations: no file descriptor, connection or memory is left over.

use std::time::Duration;

use ommi::prelude::*;

use crate::bounded;
use crate::operation::{OPERATIONS, connect};
use crate::proxy::{Fault, Proxy, Way};
use crate::server::{Kind, Server};

/// How many rounds, and from where on caches and pools are full. Where a connection was lost, the crate for MongoDB waits for
/// half a second before it asks the server whether it is there.
fn rounds(kind: Kind) -> (usize, usize) {
    match kind {
        Kind::Postgres | Kind::Mysql => (1000, 200),
        Kind::Mongodb => (200, 40),
    }
}

/// So many connections more may the crate for MongoDB open, for orders to stop something.
const SPARE: usize = 2;

/// What all rounds may add to the memory: the allocator's own slack, far less than one row each.
const SLACK: usize = 8 * 1024 * 1024;

pub async fn many_rounds_of_faults_leave_nothing_behind(kind: Kind) {
    if !is_alone() {
        return run_alone(&format!("{}::many_rounds_of_faults_leave_nothing_behind", kind.name()));
    }
    let Some(server) = Server::reach(kind).await else { return };
    let proxy = Proxy::to(server.port).await;
    let before_all = descriptors();
    let db = connect(&server.url_by(proxy.port, "max_connections=4&connection_timeout=3")).await;
    let (rounds, warm_from) = rounds(kind);
    let mut warm = (0, 0);
    for round in 0..rounds {
        if round == warm_from {
            warm = (settled_descriptors(&db, &proxy).await, memory());
        }
        faulty_round(&db, &proxy, round).await;
    }
    let end = (settled_descriptors(&db, &proxy).await, memory());
    // A connection is two descriptors of ours and two of the proxy; the pool may be fuller than it was.
    assert!(end.0 <= warm.0 + 16, "file descriptors: {} after {} before", end.0, warm.0);
    assert!(end.1 <= warm.1 + SLACK, "memory: {} bytes after {} before", end.1, warm.1);
    let stats = db.driver().pool_stats().unwrap();
    let most = if kind == Kind::Mongodb { 4 + SPARE } else { 4 };
    assert!(stats.created > rounds as u64 / 10 && stats.open <= most, "{stats:?}");
    db.close().await.unwrap();
    bounded("the end of all connections", until(|| proxy.open() == 0)).await;
    drop(db);
    bounded("the end of all descriptors", until(|| descriptors() <= before_all)).await;
}

/// Descriptors and memory are the whole process's. nextest gives each test a process of its own.
fn is_alone() -> bool {
    ["NEXTEST", "OMMI_TEST_ALONE"].iter().any(|name| std::env::var_os(name).is_some())
}

/// Runs a test in a process of its own.
fn run_alone(test: &str) {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    let status = command.args(["--exact", test]).env("OMMI_TEST_ALONE", "1").status().unwrap();
    assert!(status.success(), "{test}, in a process of its own");
}

/// Some operations at once, of which some are cut, some cancelled and some left alone.
async fn faulty_round(db: &Ommi, proxy: &Proxy, round: usize) {
    let way = if round.is_multiple_of(2) { Way::ToClient } else { Way::ToServer };
    match round % 5 {
        0 | 1 => proxy.arm(way, (round * 37 % 1500) as u64, Fault::Cut),
        2 => proxy.arm(way, (round * 53 % 700) as u64, Fault::Garble),
        3 if round % 20 == 3 => proxy.cut_all(),
        _ => {}
    }
    let work = (0..3).map(|place| {
        let operation = OPERATIONS[(round + place * 3) % OPERATIONS.len()];
        let patience = Duration::from_micros(if (round + place).is_multiple_of(3) {
            (round % 50) as u64 * 40
        } else {
            20_000_000
        });
        // What becomes of it is the other tests' matter.
        async move { drop(tokio::time::timeout(patience, operation.run(db, 5)).await) }
    });
    bounded("a round", futures_util::future::join_all(work)).await;
    proxy.disarm();
    if round % 50 == 49 {
        let old = db.find::<crate::operation::Note>().filter(crate::operation::Note::ATTEMPT.eq(5));
        let _ = bounded("tidying up", old.delete()).await;
    }
}

/// The descriptors once nothing is under way.
async fn settled_descriptors(db: &Ommi, proxy: &Proxy) -> usize {
    let settled = || {
        let stats = db.driver().pool_stats().unwrap();
        stats.used == 0 && stats.waiting == 0 && proxy.open() >= stats.open
    };
    bounded("the end of what is under way", until(settled)).await;
    descriptors()
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

/// The resident memory, in bytes.
fn memory() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).and_then(|pages| pages.parse().ok()).map_or(0, |pages: usize| pages * 4096)
}
