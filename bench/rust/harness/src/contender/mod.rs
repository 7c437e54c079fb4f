//! What every contender can do; one file for each library implements it.
//!
//! Each method does all the operations it is given, so that the loop is the library's own and a synchronous one
//! never polls a future. The harness times one call.

mod by_hand;
#[cfg(feature = "servers")]
mod mysql_by_hand;
mod ommi_contender;
#[cfg(feature = "servers")]
mod postgres_by_hand;

pub use by_hand::ByHand;
#[cfg(feature = "servers")]
pub use mysql_by_hand::MysqlByHand;
pub use ommi_contender::OmmiContender;
#[cfg(feature = "servers")]
pub use postgres_by_hand::PostgresByHand;

use crate::{Result, dataset::Row};

/// How many rows `filtered` asks for.
pub const PAGE: usize = 20;
/// How many rows `rows` asks for.
pub const MANY: usize = 1_000;

/// One library, open on a database that already holds the table and its rows.
#[allow(async_fn_in_trait, reason = "used by this crate's harness alone, on one thread")]
pub trait Contender: Sized {
    /// What the library gives for a row.
    type Person: Into<Row>;
    /// What the library stores: an object of the user's own, made before the clock starts.
    type New: From<Row>;

    /// Opens a SQLite file, in WAL mode, with `PRAGMA synchronous = NORMAL`; or the database of a URL.
    async fn open(place: &str) -> Result<Self>;

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

    /// One task for each batch, all at once, each reading its keys one after another.
    async fn tasks(&mut self, _: Vec<Vec<i64>>) -> Result<Vec<Vec<Self::Person>>> {
        Err("it has no tasks".into())
    }
}

/// Spawns a task for each batch and waits for all.
pub async fn in_tasks<P, F>(batches: Vec<Vec<i64>>, read: impl Fn(Vec<i64>) -> F) -> Result<Vec<Vec<P>>>
where
    P: Send + 'static,
    F: Future<Output = Result<Vec<P>>> + Send + 'static,
{
    let tasks: Vec<_> = batches.into_iter().map(|batch| tokio::spawn(read(batch))).collect();
    let mut people = Vec::with_capacity(tasks.len());
    for task in tasks {
        people.push(task.await??);
    }
    Ok(people)
}
