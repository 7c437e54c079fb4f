//! What every contender can do; one file for each library implements it.
//!
//! Each method does all the operations it is given, so that the loop is the library's own and a synchronous one
//! never polls a future. The harness times one call.

mod by_hand;
mod ommi_contender;

use std::path::Path;

pub use by_hand::ByHand;
pub use ommi_contender::OmmiContender;

use crate::{Result, dataset::Row};

/// How many rows `filtered` asks for.
pub const PAGE: usize = 20;
/// How many rows `rows` asks for.
pub const MANY: usize = 1_000;

/// One library, open on one SQLite file in WAL mode that already holds the table of `dataset`.
#[allow(async_fn_in_trait, reason = "used by this crate's harness alone, on one thread")]
pub trait Contender: Sized {
    /// What the library gives for a row.
    type Person: Into<Row>;
    /// What the library stores: an object of the user's own, made before the clock starts.
    type New: From<Row>;

    /// Opens `path` with `PRAGMA synchronous = NORMAL`.
    async fn open(path: &Path) -> Result<Self>;

    /// Closes every connection.
    async fn close(self) -> Result<()>;

    /// One committed INSERT for each; the new keys.
    async fn insert(&mut self, people: Vec<Self::New>) -> Result<Vec<i64>>;

    /// All in one transaction.
    async fn insert_bulk(&mut self, people: Vec<Self::New>) -> Result<()>;

    /// One read for each key.
    async fn get(&mut self, keys: &[i64]) -> Result<Vec<Self::Person>>;

    /// For each (age, least score): the first `PAGE` people by key of that age with that score or more.
    async fn filtered(&mut self, asked: &[(i64, f64)]) -> Result<Vec<Vec<Self::Person>>>;

    /// The first `MANY` people by key, `times` times; the last result.
    async fn rows(&mut self, times: usize) -> Result<Vec<Self::Person>>;

    /// For each (key, score): one UPDATE, all inside one transaction.
    async fn update_in_transaction(&mut self, changes: &[(i64, f64)]) -> Result<()>;
}
