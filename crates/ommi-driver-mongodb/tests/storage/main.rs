//! How rows, schemas and keys are stored, and how the server is reached: on a real server, in a database of its own for
//! each test.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where something is missing")]

mod connect;
mod counter;
mod data;
mod database;
mod foreign;
mod models;
mod schema;
mod sharding;
mod standalone;
mod tls;
mod x509;
