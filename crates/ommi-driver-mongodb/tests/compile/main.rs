//! What compiled plans do on a real server: what they mean, and which indexes they use.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper that fails should stop its test")]

mod arithmetic;
mod data;
mod database;
mod index_use;
mod joins;
mod models;
mod patterns;
mod sharding;
