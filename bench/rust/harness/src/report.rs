//! Outcomes to JSON, and the JSON of every program so far to one table: what joins them is the ratio to the
//! driver by hand, which each of them measured in its own process.

use std::{
    fs,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Map, Value, json};

use crate::{Result, database::Database, measure::Outcome, options::Options};

/// The contender that ratios are taken to.
pub const BY_HAND: &str = "by hand";

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}

/// Writes `rust-<name>.json` into the folder of results.
pub fn write(name: &str, database: &dyn Database, outcomes: &[Outcome], options: &Options) -> Result<()> {
    let mut scenarios = Map::new();
    for outcome in outcomes {
        let by_hand = outcomes
            .iter()
            .find(|other| other.scenario == outcome.scenario && other.contender == BY_HAND)
            .and_then(|other| other.seconds.as_ref().ok());
        let entry = match (&outcome.seconds, by_hand) {
            (Ok(seconds), Some(by_hand)) => {
                let ratios: Vec<f64> =
                    by_hand.iter().zip(seconds).map(|(theirs, ours)| theirs / ours).collect();
                json!({ "seconds": median(seconds), "ratio": median(&ratios), "rounds": seconds })
            }
            (Ok(seconds), None) => json!({ "seconds": median(seconds), "rounds": seconds }),
            (Err(error), _) => json!({ "error": error.to_string() }),
        };
        scenarios.entry(outcome.scenario.name()).or_insert_with(|| json!({}))[outcome.contender] = entry;
    }
    let measured = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let found = json!({
        "measured": measured,
        "database": database.name(),
        "settings": {
            "rounds": options.rounds, "seed": options.seed, "server": database.describe(),
            "cores": std::thread::available_parallelism()?.get(),
        },
        "scenarios": scenarios,
    });
    fs::create_dir_all(&options.results)?;
    let path = options.results.join(format!("rust-{name}.json"));
    fs::write(&path, serde_json::to_string_pretty(&found)? + "\n")?;
    eprintln!("wrote {}", fs::canonicalize(path)?.display());
    Ok(())
}

/// Prints one table of all programs that have left their numbers of this database.
pub fn print(database: &dyn Database, options: &Options) -> Result<()> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(&options.results)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("rust-") && name.ends_with(".json") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut found: Vec<Value> = Vec::new();
    for path in paths {
        let numbers: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
        if numbers["database"] == database.name() {
            found.push(numbers);
        }
    }
    let programs: Vec<(usize, Vec<String>)> =
        found.iter().enumerate().map(|(at, each)| (at, contenders(each))).collect();
    let columns: Vec<(usize, &String)> =
        programs.iter().flat_map(|(at, names)| names.iter().map(move |name| (*at, name))).collect();

    print!("{:36}", "");
    for (_, name) in &columns {
        print!("{name:>19}");
    }
    println!();
    for scenario in database.scenarios() {
        print!("{:36}", scenario.title());
        for (at, name) in &columns {
            print!("{:>19}", cell(&found[*at]["scenarios"][scenario.name()][name.as_str()]));
        }
        println!();
    }
    println!(
        "\nTime of one operation, median of interleaved rounds; beside it how many times as fast as the driver by hand\n\
         with cached statements (higher is better), measured in the same process. {}.",
        database.describe()
    );
    Ok(())
}

/// The contenders of one program's JSON, the one by hand first.
fn contenders(found: &Value) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for scenario in found["scenarios"].as_object().into_iter().flat_map(Map::values) {
        for name in scenario.as_object().into_iter().flat_map(Map::keys) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    names.sort_by_key(|name| (name != BY_HAND, name != "ommi", name.clone()));
    names
}

fn cell(entry: &Value) -> String {
    match (entry["seconds"].as_f64(), entry["ratio"].as_f64()) {
        (Some(seconds), Some(ratio)) => format!("{:>9} {ratio:6.2}x", duration(seconds)),
        (Some(seconds), None) => duration(seconds),
        (None, _) if entry["error"].is_string() => "failed".to_owned(),
        (None, _) => "-".to_owned(),
    }
}

fn duration(seconds: f64) -> String {
    if seconds >= 1e-3 { format!("{:.2} ms", seconds * 1e3) } else { format!("{:.2} µs", seconds * 1e6) }
}
