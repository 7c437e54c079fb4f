//! `ommi inspect`: models for the tables of a database that is there.

use futures_executor::block_on;
use ommi::Ommi;
use ommi::migrations::HISTORY_TABLE;
use serde_json::json;

use super::Ended;
use crate::arguments::Inspect;
use crate::inspect;
use crate::output::{Failure, Outcome, Output};
use crate::settings::Settings;

pub(super) fn run(arguments: &Inspect, settings: &Settings, output: &Output) -> Outcome<Ended> {
    let db = block_on(Ommi::builder().implicit_setup(false).connect(settings.url()?))?;
    let location = format!("{} {}", db.driver().name(), db.driver().location());
    let mut schema = block_on(db.driver().describe())?;
    schema.tables.retain(|table| table.name != HISTORY_TABLE);
    for wanted in &arguments.tables {
        if schema.table(wanted).is_none() {
            let known: Vec<_> = schema.tables.iter().map(|table| table.name.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(Failure::usage(format!("{location} has no table {wanted}; there are: {known}")));
        }
    }
    if !arguments.tables.is_empty() {
        schema.tables.retain(|table| arguments.tables.contains(&table.name));
    }
    if schema.tables.is_empty() {
        return Err(Failure::new(format!("{location} has no tables: there is nothing to write models for")));
    }
    let text = inspect::models(&schema, arguments.style, &location);
    output.line(text.trim_end());
    output.answer(&json!({ "database": location, "models": text }));
    Ok(Ended::Well)
}
