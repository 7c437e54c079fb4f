//! `ommi check`: whether the database is what the migrations and the models say.

use futures_executor::block_on;
use ommi::migrations::Hints;
use serde_json::json;

use super::Ended;
use crate::drift::{Drift, drift};
use crate::host::Host;
use crate::output::{Outcome, Output, Style};
use crate::place::Place;
use crate::settings::Settings;

pub(super) fn run(settings: &Settings, host: &dyn Host, output: &Output) -> Outcome<Ended> {
    let place = Place::open(settings, host)?;
    let status = block_on(place.manager.status())?;
    let mut found = status.problems.clone();
    found.extend(status.pending.iter().map(|version| {
        let title = place.migration(version).map(ommi::migrations::Migration::title).unwrap_or_default();
        format!("the migration {title} was not applied: ommi migrate")
    }));
    // What is pending would be told twice, as a difference too.
    let models = if found.is_empty() { host.models(&settings.models)? } else { None };
    if let Some(models) = models {
        let Drift { changes, unknown, .. } = drift(&place, &models, &Hints::default())?;
        found
            .extend(changes.iter().map(|change| format!("the models want to {change}: ommi makemigrations")));
        for table in unknown {
            output.note(format!("no model knows the table {table}; it is left alone"));
        }
    }
    for problem in &found {
        output.line(format!("{} {problem}", output.styled("found", Style::Bad)));
    }
    if found.is_empty() {
        output.line(format!("{} is what the migrations and models say", place.location()));
    }
    output.answer(&json!({ "database": place.location(), "found": found }));
    Ok(if found.is_empty() { Ended::Well } else { Ended::Found })
}
