//! Interleaved rounds: in each, every contender once in random order, each on a fresh copy of the dataset.

use std::io::{IsTerminal, Write};

use fastrand::Rng;
use tokio::runtime::Runtime;

use crate::{
    Result, contender::Contender, database::Database, options::Options, scenario, scenario::Scenario,
};

/// A contender as the harness holds it.
pub struct Entry {
    pub name: &'static str,
    measure: fn(&Runtime, Scenario, &dyn Database, &str, f64, &mut Rng) -> Result<f64>,
}

impl Entry {
    /// The contender `C` under a name.
    pub fn new<C: Contender>(name: &'static str) -> Self {
        Self { name, measure: measure::<C> }
    }
}

/// One contender on one scenario.
pub struct Outcome {
    pub scenario: Scenario,
    pub contender: &'static str,
    /// Seconds per operation, one for each round; or what went wrong.
    pub seconds: Result<Vec<f64>>,
}

/// Measures everything. A contender that fails a scenario is left out of its later rounds.
pub fn run(database: &mut dyn Database, contenders: &[Entry], options: &Options) -> Result<Vec<Outcome>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let possible = database.scenarios();
    let scenarios: Vec<Scenario> =
        options.scenarios.iter().copied().filter(|scenario| possible.contains(scenario)).collect();
    let chosen: Vec<&Entry> = contenders
        .iter()
        .enumerate()
        .filter(|(at, entry)| {
            *at == 0 || options.only.is_empty() || options.only.iter().any(|n| n == entry.name)
        })
        .map(|(_, entry)| entry)
        .collect();
    let mut outcomes: Vec<Outcome> = scenarios
        .iter()
        .flat_map(|&scenario| {
            chosen.iter().map(move |entry| Outcome {
                scenario,
                contender: entry.name,
                seconds: Ok(Vec::new()),
            })
        })
        .collect();
    let mut chance = Rng::with_seed(options.seed);
    for round in 0..options.rounds {
        for (at, scenario) in scenarios.iter().enumerate() {
            show_progress(round, at, &scenarios, options);
            let mut order: Vec<usize> = (0..chosen.len()).collect();
            chance.shuffle(&mut order);
            for turn in order {
                let outcome = &mut outcomes[at * chosen.len() + turn];
                let Ok(seconds) = &mut outcome.seconds else { continue };
                let label = format!("{}_{}_{round}", chosen[turn].name.replace(' ', "_"), scenario.name());
                let place = database.fresh(&label, scenario.writes())?;
                let mut same = Rng::with_seed(options.seed + round as u64);
                let measure = chosen[turn].measure;
                match measure(&runtime, *scenario, database, &place, options.seconds, &mut same) {
                    Ok(took) => seconds.push(took),
                    Err(error) => {
                        eprintln!("\n{}, {}: {error}", chosen[turn].name, scenario.title());
                        outcome.seconds = Err(error);
                    }
                }
                database.discard(&place, scenario.writes())?;
            }
        }
    }
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
    Ok(outcomes)
}

/// Seconds per operation: opens, warms up, times and closes; then checks what was done.
fn measure<C: Contender>(
    runtime: &Runtime,
    scenario: Scenario,
    database: &dyn Database,
    place: &str,
    aim: f64,
    chance: &mut Rng,
) -> Result<f64> {
    let (warm, most) = scenario.counts();
    let (took, count, check) = runtime.block_on(async {
        let mut contender = C::open(place).await?;
        scenario::run(scenario, &mut contender, warm, chance).await?;
        let (took, _) = scenario::run(scenario, &mut contender, warm, chance).await?;
        let count = ((aim / took * warm as f64) as usize).clamp(warm, most);
        let (took, check) = scenario::run(scenario, &mut contender, count, chance).await?;
        contender.close().await?;
        Result::Ok((took, count, check))
    })?;
    scenario::check(check, database.checker(place)?.as_mut())?;
    Ok(took / count as f64)
}

/// A bar on a terminal; nothing elsewhere.
fn show_progress(round: usize, at: usize, scenarios: &[Scenario], options: &Options) {
    if std::io::stderr().is_terminal() {
        let done = round * scenarios.len() + at;
        let full = 30 * done / (options.rounds * scenarios.len());
        let (title, rounds) = (scenarios[at].title(), options.rounds);
        eprint!("\r\x1b[K{:░<30}  round {}/{rounds}  {title}", "█".repeat(full), round + 1);
        let _ = std::io::stderr().flush();
    }
}
