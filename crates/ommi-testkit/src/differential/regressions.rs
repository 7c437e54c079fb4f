//! Cases that once failed, one to a line, as JSON.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use libtest_mimic::Failed;
use serde_json::{Value, json};

use super::case::Case;

/// The file of them.
#[derive(Clone)]
pub(super) struct Regressions(Arc<PathBuf>);

impl Regressions {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(Arc::new(path))
    }

    /// All of them; none where there is no file.
    pub(super) fn load(&self) -> Result<Vec<Case>, Failed> {
        let text = match std::fs::read_to_string(self.0.as_path()) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Failed::from(format!("{}: {error}", self.0.display()))),
        };
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(|line| read(line).ok_or_else(|| Failed::from(format!("not a case: {line}")))).collect()
    }

    /// Adds a case.
    pub(super) fn save(&self, case: &Case) -> Result<(), Failed> {
        let line = json!({
            "set": case.set,
            "transaction": case.transaction,
            "rows": case.rows,
            "steps": case.steps,
        });
        let file = OpenOptions::new().create(true).append(true).open(self.0.as_path());
        let written = file.and_then(|mut file| writeln!(file, "{line}"));
        written.map_err(|error| Failed::from(format!("{}: {error}; the case is {line}", self.0.display())))
    }
}

fn read(line: &str) -> Option<Case> {
    let case: Value = serde_json::from_str(line).ok()?;
    Some(Case {
        set: case["set"].as_u64()?,
        transaction: case["transaction"].as_bool()?,
        rows: tapes(&case["rows"])?,
        steps: tapes(&case["steps"])?,
    })
}

fn tapes(value: &Value) -> Option<Vec<Vec<u32>>> {
    let tape = |tape: &Value| -> Option<Vec<u32>> {
        tape.as_array()?.iter().map(|number| u32::try_from(number.as_u64()?).ok()).collect()
    };
    value.as_array()?.iter().map(tape).collect()
}
