//! Operations that are given up, streams that rest, and the end of it all: what ran is stopped on the server, and nobody
//! else notices.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where something is missing")]

mod cancel;
mod close;
mod pool;
mod work;

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "../storage/database.rs"]
mod database;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "../storage/models.rs"]
mod models;
