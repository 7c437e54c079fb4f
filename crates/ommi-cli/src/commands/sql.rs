//! `ommi sql`.

use serde_json::json;

use super::{Ended, planned_value};
use crate::arguments::Sql;
use crate::output::{Outcome, Output};
use crate::place::{Place, options};

pub(super) fn run(arguments: &Sql, place: &Place, output: &Output) -> Outcome<Ended> {
    let versions = arguments.versions.as_deref().unwrap_or_default();
    let (after, target) = versions.split_once(':').unwrap_or(("", versions));
    let version = |given: &str| match given {
        "" => Ok(None),
        given => place.version(given).map(Some),
    };
    let (after, target) = (version(after)?, version(target)?);
    let planned = place.manager.offline(after.as_deref(), target.as_deref(), &options(true, false))?;
    let driver = place.db.driver();
    let (begin, end) = brackets(driver.name(), driver.capabilities().transactional_schema);
    for one in &planned {
        output.line(format!("-- {} {}", one.version, one.description));
        begin.iter().for_each(|line| output.line(line));
        for statement in &one.statements {
            output.line(format!("{};", statement.trim()));
        }
        end.iter().for_each(|line| output.line(line));
        output.line("");
    }
    output.answer(&json!({ "migrations": planned.iter().map(planned_value).collect::<Vec<_>>() }));
    Ok(Ended::Well)
}

/// What stands around the statements of a migration, so that all of them are run or none.
fn brackets(driver: &str, is_transactional: bool) -> (&'static [&'static str], &'static [&'static str]) {
    match (driver, is_transactional) {
        // A table that is made anew is gone for a moment, and others refer to it.
        ("sqlite", _) => (
            &["PRAGMA foreign_keys = OFF;", "BEGIN IMMEDIATE;"],
            &["PRAGMA foreign_key_check;", "COMMIT;", "PRAGMA foreign_keys = ON;"],
        ),
        (_, true) => (&["BEGIN;"], &["COMMIT;"]),
        (_, false) => (&[], &[]),
    }
}
