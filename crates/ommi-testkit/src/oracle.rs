//! The oracle: a database in memory, which says what a query means. The tested database has to agree.

use std::fmt::Debug;
use std::sync::Arc;

use ommi_core::{Error, Result};
use ommi_driver_memory::{BrokenRules, MemoryConfig, MemoryDriver};
use ommi_engine::{Handle, HandleOptions, Session};

/// The order of values: what rows are sorted by.
pub(crate) use ommi_driver_memory::compare as sort;

/// A session on an empty database in memory; models are set up when first used.
pub(crate) fn oracle() -> Session {
    let driver = MemoryDriver::new(MemoryConfig::default());
    let options = HandleOptions { implicit_setup: true, ..HandleOptions::default() };
    Handle::new(Arc::new(driver), options).session()
}

/// Every rule that an error of the oracle is about.
pub(crate) fn broken_rules(error: &Error) -> impl Iterator<Item = &Error> {
    let others = std::error::Error::source(error).and_then(|source| source.downcast_ref::<BrokenRules>());
    std::iter::once(error).chain(others.into_iter().flat_map(BrokenRules::others))
}

/// Runs the same on the tested database and on the oracle: both give the same, or fail alike.
///
/// # Errors
/// Where they do not; `what` says what was run.
pub(crate) fn agree<T: PartialEq + Debug>(
    [database, oracle]: [&Session; 2],
    run: impl Fn(&Session) -> Result<T>,
    what: impl FnOnce() -> String,
) -> Result<()> {
    match (run(database), run(oracle)) {
        (Ok(found), Ok(expected)) if found == expected => Ok(()),
        (Err(found), Err(expected)) if found.kind() == expected.kind() => Ok(()),
        (found, expected) => Err(Error::query(format!("{}: found {found:?}, expected {expected:?}", what()))),
    }
}
