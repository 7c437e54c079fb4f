//! Compares mappers on SQLite files: each contender does the same work in interleaved rounds, next to rusqlite by
//! hand in the same process. Called by the two programs, `ommi-bench` and `ommi-bench-sqlx`.

pub mod contender;
pub mod dataset;
pub mod measure;
pub mod options;
pub mod report;
pub mod scenario;

use measure::Entry;

/// Any error: a benchmark only reports it.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Runs the benchmark of `name` with those contenders (rusqlite by hand first) as the command line asks.
pub fn main(name: &str, contenders: &[Entry]) -> Result<()> {
    let Some(options) = options::read(contenders)? else { return Ok(()) };
    let outcomes = measure::run(contenders, &options)?;
    report::write(name, &outcomes, &options)?;
    report::print(&options)
}
