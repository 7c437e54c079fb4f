//! `ommi rollback`.

use futures_executor::block_on;
use serde_json::json;

use super::{Ended, check_losses, show_plan};
use crate::arguments::Rollback;
use crate::output::{Outcome, Output, Style, counted};
use crate::place::{Place, options};

pub(super) fn run(arguments: &Rollback, place: &Place, output: &Output) -> Outcome<Ended> {
    let applied = block_on(place.manager.status())?.applied;
    let target = match &arguments.target {
        Some(given) => Some(place.version(given)?),
        None if arguments.all => None,
        // The last one alone: what stands before it stays.
        None => applied.iter().rev().nth(1).map(|own| own.version.clone()),
    };
    let target = target.as_deref();
    let losses = block_on(place.manager.losses_down(target))?;
    if arguments.dry_run {
        let planned = block_on(place.manager.plan_down(target))?;
        show_plan(place, &planned, &losses, output);
        return Ok(Ended::Well);
    }
    check_losses(&losses, arguments.allow_data_loss)?;
    let done = block_on(place.manager.migrate_down(target, &options(arguments.allow_data_loss, false)))?;
    for version in &done {
        let title = place.migration(version).map(|migration| migration.description.as_str());
        let word = output.styled("undone", Style::Waiting);
        output.line(format!("{word} {version} {}", title.unwrap_or_default()));
    }
    match done.len() {
        0 => output.line("nothing to undo"),
        count => output.line(format!("{} undone on {}", counted(count, "migration"), place.location())),
    }
    output.answer(&json!({ "database": place.location(), "undone": done }));
    Ok(Ended::Well)
}
