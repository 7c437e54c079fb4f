//! Streaming needs constant memory. Alone in its program, because it measures the program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
#![cfg(target_os = "linux")]

mod common;

use common::*;
use futures_executor::block_on;
use futures_util::StreamExt;
use ommi_core::driver::Executor;

#[test]
fn a_million_rows_need_little_memory() {
    let driver = memory();
    let mut stream = driver.fetch(numbers(1_000_000), vec![], options(1000));
    let (mut rows, before) = (0, resident());
    let mut most = before;
    while let Some(batch) = block_on(stream.next()) {
        rows += batch.unwrap().len();
        if rows % 50_000 == 0 {
            most = most.max(resident());
        }
    }
    assert_eq!(rows, 1_000_000);
    assert!(most - before < 32 << 20, "{} MiB more", (most - before) >> 20);
}

/// The memory that this process uses, in bytes.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}
