//! The command line.

use std::path::PathBuf;

use crate::{Result, measure::Entry, scenario::Scenario};

/// How to measure.
pub struct Options {
    pub rounds: usize,
    /// Aimed length of one measurement, in seconds.
    pub seconds: f64,
    pub seed: u64,
    pub scenarios: Vec<Scenario>,
    /// Names of contenders; all if empty. The one by hand always runs.
    pub only: Vec<String>,
    /// Folder of the JSON files.
    pub results: PathBuf,
}

const HELP: &str = "\
--rounds N         interleaved rounds (9)
--quick            two short rounds: does it run, not how fast
--only NAMES       contenders, with commas between them
--scenario NAMES   scenarios, with commas between them
--seed N           of the data and of the order
--results FOLDER   where the JSON goes";

/// Reads the command line; `None` if it asked for help, which is printed.
pub fn read(contenders: &[Entry]) -> Result<Option<Options>> {
    let mut options = Options {
        rounds: 9,
        seconds: 0.15,
        seed: 20_260_101,
        scenarios: Scenario::ALL.to_vec(),
        only: Vec::new(),
        results: PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../results"),
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--rounds" => options.rounds = value()?.parse()?,
            "--seed" => options.seed = value()?.parse()?,
            "--results" => options.results = value()?.into(),
            "--only" => options.only = value()?.split(',').map(str::to_owned).collect(),
            "--scenario" => options.scenarios = value()?.split(',').map(scenario).collect::<Result<_>>()?,
            // The programs with several databases have read it.
            "--database" => drop(value()?),
            "--quick" => (options.rounds, options.seconds) = (2, 0.02),
            "--help" | "-h" => {
                let names: Vec<_> = contenders.iter().map(|entry| entry.name).collect();
                let scenarios = Scenario::ALL.map(Scenario::name);
                println!("{HELP}\n\ncontenders: {}\nscenarios: {}", names.join(", "), scenarios.join(", "));
                return Ok(None);
            }
            other => return Err(format!("unknown argument {other}; --help lists them").into()),
        }
    }
    Ok(Some(options))
}

fn scenario(name: &str) -> Result<Scenario> {
    let found = Scenario::ALL.into_iter().find(|scenario| scenario.name() == name);
    Ok(found.ok_or_else(|| {
        format!("no such scenario: {name}; there are {:?}", Scenario::ALL.map(Scenario::name))
    })?)
}
