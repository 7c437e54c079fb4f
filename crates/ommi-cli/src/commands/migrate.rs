//! `ommi migrate`.

use futures_executor::block_on;
use serde_json::json;

use super::{Ended, check_losses, show_plan};
use crate::arguments::Migrate;
use crate::output::{Outcome, Output, Style, counted};
use crate::place::{Place, options};

pub(super) fn run(arguments: &Migrate, place: &Place, output: &Output) -> Outcome<Ended> {
    let target = arguments.target.as_deref().map(|given| place.version(given)).transpose()?;
    let target = target.as_deref();
    let losses = block_on(place.manager.losses_up(target))?;
    if arguments.dry_run {
        let planned = block_on(place.manager.plan_up(target))?;
        show_plan(place, &planned, &losses, output);
        return Ok(Ended::Well);
    }
    check_losses(&losses, arguments.allow_data_loss)?;
    let options = options(arguments.allow_data_loss, arguments.out_of_order);
    let mut done = Vec::new();
    // One after the other, so that each is told when it is there.
    for version in block_on(place.manager.status())?.pending {
        if target.is_some_and(|target| version.as_str() > target) {
            break;
        }
        for applied in block_on(place.manager.migrate_up(Some(&version), &options))? {
            let title = place.migration(&applied).map(|migration| migration.description.as_str());
            let word = output.styled("applied", Style::Good);
            output.line(format!("{word} {applied} {}", title.unwrap_or_default()));
            done.push(applied);
        }
    }
    match done.len() {
        0 => output.line(format!("{} is up to date", place.location())),
        count => output.line(format!("{} applied to {}", counted(count, "migration"), place.location())),
    }
    output.answer(&json!({ "database": place.location(), "applied": done }));
    Ok(Ended::Well)
}
