//! Compares mappers on one database: each contender does the same work in interleaved rounds, next to the driver by
//! hand in the same process. Called by the programs.

pub mod contender;
pub mod database;
pub mod dataset;
pub mod measure;
pub mod options;
pub mod report;
pub mod scenario;

use database::Database;
use measure::Entry;

/// Any error: a benchmark only reports it.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Runs the benchmark of `name` with those contenders (the driver by hand first) as the command line asks, on what
/// `prepare` makes with a seed.
pub fn main<D: Database>(
    name: &str,
    prepare: impl FnOnce(u64) -> Result<D>,
    contenders: &[Entry],
) -> Result<()> {
    let Some(options) = options::read(contenders)? else { return Ok(()) };
    let mut database = prepare(options.seed)?;
    let outcomes = measure::run(&mut database, contenders, &options)?;
    report::write(name, &database, &outcomes, &options)?;
    report::print(&database, &options)
}
