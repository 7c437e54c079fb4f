//! `Suite`: the test binary's main function. Every case is one test, named `database::topic::behaviour`.

use std::process::ExitCode;
use std::sync::Arc;

use futures_executor::block_on;
use libtest_mimic::{Arguments, Failed, Trial};
use ommi_core::Result;

use crate::case::Case;
use crate::cases::TOPICS;
use crate::db::Db;
use crate::fresh::Fresh;

/// All behaviours, on one database or several.
#[derive(Default)]
pub struct Suite {
    trials: Vec<Trial>,
}

impl Suite {
    /// A suite of no tests yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds every behaviour on the database that `open` gives, called `name` in the tests' names. `open` is
    /// called once for each test, from several threads: each call must give an empty database of its own.
    #[must_use]
    pub fn on<F, Opening>(mut self, name: &str, open: F) -> Self
    where
        F: Fn() -> Opening + Send + Sync + 'static,
        Opening: Future<Output = Result<Fresh>>,
    {
        let open = Arc::new(open);
        for topic in TOPICS {
            for case in topic.cases {
                let open = open.clone();
                let name = format!("{name}::{}::{}", topic.name, case.name);
                self.trials.push(Trial::test(name, move || run(case, || block_on(open()))));
            }
        }
        self
    }

    /// Runs what the command line asks for, in the way of every Rust test binary.
    pub fn run(self) -> ExitCode {
        libtest_mimic::run(&Arguments::from_args(), self.trials).exit_code()
    }
}

impl std::fmt::Debug for Suite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Suite").field("tests", &self.trials.len()).finish()
    }
}

fn run(case: &Case, open: impl FnOnce() -> Result<Fresh>) -> Result<(), Failed> {
    let db = open().map(Db::new).map_err(|error| Failed::from(format!("cannot open: {error:?}")))?;
    case.run(&db).map_err(|error| Failed::from(format!("{error:?}")))?;
    block_on(db.handle().close()).map_err(|error| Failed::from(format!("cannot close: {error:?}")))
}
