//! The differential test: generated models, rows and operations, run on the tested database and on the oracle, which
//! must agree on rows, order, counts, errors and what the tables hold afterwards.
//!
//! Everything generated is made from lists of numbers, so that any list of numbers is a test, and a shorter one or one
//! of smaller numbers is a simpler test: that is how failures shrink.

mod case;
mod compare;
mod early;
mod expr;
mod function;
mod group;
mod models;
mod overflow;
mod path;
mod put;
mod regressions;
mod rows;
mod step;
mod subquery;
mod tape;
mod value;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use futures_executor::block_on;
use libtest_mimic::{Arguments, Failed, Trial};
use ommi_core::Result;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use crate::db::Db;
use crate::fresh::Fresh;
use case::{Case, World};
use regressions::Regressions;

/// The cases that are run on one set of models before its tables are dropped.
const CASES_OF_SET: u32 = 20;

/// The tests that the cases of one database are spread over.
const TESTS: u64 = 8;

/// The differential test, on one database or several.
///
/// `OMMI_DIFFERENTIAL_CASES` says how many cases are run on each database (2,000 without it) and
/// `OMMI_DIFFERENTIAL_SEED` which ones: the same number means the same cases.
pub struct Differential {
    trials: Vec<Trial>,
    regressions: Regressions,
}

impl Differential {
    /// A test that keeps the cases that failed, as small as they could be made, in a file, and tries those first.
    pub fn new(regressions: impl Into<PathBuf>) -> Self {
        Self { trials: Vec::new(), regressions: Regressions::new(regressions.into()) }
    }

    /// Adds the database that `open` gives, called `name`. As for [`Suite::on`](crate::Suite::on), each call must give
    /// an empty database of its own.
    #[must_use]
    pub fn on<F, Opening>(mut self, name: &str, open: F) -> Self
    where
        F: Fn() -> Opening + Send + Sync + 'static,
        Opening: Future<Output = Result<Fresh>>,
    {
        let open = Arc::new(open);
        let (again, regressions) = (open.clone(), self.regressions.clone());
        self.trials.push(Trial::test(format!("{name}::regressions"), move || {
            on_fresh(|| block_on(again()), |db| replay(db, &regressions))
        }));
        for part in 0..TESTS {
            let (open, regressions) = (open.clone(), self.regressions.clone());
            self.trials.push(Trial::test(format!("{name}::generated_{part}"), move || {
                on_fresh(|| block_on(open()), |db| generated(db, part, &regressions))
            }));
        }
        self
    }

    /// Runs what the command line asks for, in the way of every Rust test binary.
    pub fn run(self) -> ExitCode {
        libtest_mimic::run(&Arguments::from_args(), self.trials).exit_code()
    }
}

impl std::fmt::Debug for Differential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Differential").field("tests", &self.trials.len()).finish()
    }
}

fn on_fresh(
    open: impl FnOnce() -> Result<Fresh>,
    run: impl FnOnce(&Db) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let db = open().map(Db::new).map_err(failed)?;
    run(&db)?;
    block_on(db.handle().close()).map_err(failed)
}

fn failed(error: ommi_core::Error) -> Failed {
    Failed::from(format!("{error:?}"))
}

/// Cases that once failed.
fn replay(db: &Db, regressions: &Regressions) -> Result<(), Failed> {
    for case in regressions.load()? {
        let world = World::new(db, case.set).map_err(failed)?;
        let outcome = world.run(&case);
        world.end().map_err(failed)?;
        outcome.map_err(|difference| Failed::from(format!("{case:?}: {difference}")))?;
    }
    Ok(())
}

/// One part of the generated cases.
fn generated(db: &Db, part: u64, regressions: &Regressions) -> Result<(), Failed> {
    let cases = number("OMMI_DIFFERENTIAL_CASES", 2000)?;
    let seed = number("OMMI_DIFFERENTIAL_SEED", 0)?;
    let sets = cases.div_ceil(u64::from(CASES_OF_SET));
    for set in (part..sets).step_by(TESTS as usize) {
        let set = tape::mixed(seed, set);
        let world = World::new(db, set).map_err(failed)?;
        let outcome = generated_on(&world, set);
        let ended = world.end();
        if let Err((case, difference)) = outcome {
            regressions.save(&case)?;
            return Err(Failed::from(difference));
        }
        ended.map_err(failed)?;
    }
    Ok(())
}

/// Generated cases on one set of models, or the smallest one that fails.
fn generated_on(world: &World<'_>, set: u64) -> Result<(), (Case, String)> {
    let config = Config {
        cases: CASES_OF_SET,
        failure_persistence: None,
        max_shrink_iters: 4000,
        ..Config::default()
    };
    let seed: Vec<u8> = (0..4).flat_map(|part| tape::mixed(set, part).to_le_bytes()).collect();
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let outcome = runner.run(&tapes(), |(transaction, rows, steps)| {
        let case = Case { set, transaction, rows, steps };
        world.run(&case).map_err(TestCaseError::fail)
    });
    match outcome {
        Ok(()) => Ok(()),
        Err(TestError::Fail(reason, (transaction, rows, steps))) => {
            Err((Case { set, transaction, rows, steps }, reason.message().to_owned()))
        }
        Err(TestError::Abort(reason)) => Err((
            Case { set, transaction: true, rows: Vec::new(), steps: Vec::new() },
            reason.message().to_owned(),
        )),
    }
}

/// What a case is made from: whether it runs in a transaction, rows, and operations.
fn tapes() -> impl Strategy<Value = (bool, Vec<Vec<u32>>, Vec<Vec<u32>>)> {
    let tape = |longest: usize| proptest::collection::vec(any::<u32>(), 0..longest);
    (
        proptest::bool::weighted(0.7),
        proptest::collection::vec(tape(24), 0..24),
        proptest::collection::vec(tape(48), 1..12),
    )
}

fn number(variable: &str, otherwise: u64) -> Result<u64, Failed> {
    match std::env::var(variable) {
        Ok(value) => {
            value.parse().map_err(|_| Failed::from(format!("{variable} is a number, not {value:?}")))
        }
        Err(_) => Ok(otherwise),
    }
}
