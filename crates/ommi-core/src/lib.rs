//! Ommi's vocabulary: what a model, a value, a query, a plan, an error and a driver are.
//!
//! No I/O, no SQL and no runtime live here. Every other crate of Ommi speaks in these words.

pub mod driver;
pub mod error;
pub mod plan;
pub mod query;
pub mod schema;
pub mod value;

pub use error::{Error, ErrorKind, Result};
