//! `ommi status`.

use futures_executor::block_on;
use serde_json::json;

use super::Ended;
use crate::output::{Outcome, Output, Style, counted};
use crate::place::Place;

pub(super) fn run(place: &Place, output: &Output) -> Outcome<Ended> {
    let status = block_on(place.manager.status())?;
    output.line(place.location());
    for own in &status.applied {
        let took = own.milliseconds.map_or_else(|| "not finished".into(), |taken| format!("{taken} ms"));
        let about = format!("{}, {}, {took}", own.applied_at.strftime("%Y-%m-%d %H:%M UTC"), own.applied_by);
        let (word, about) = (output.styled("applied", Style::Good), output.styled(&about, Style::Faint));
        output.line(format!("  {word}  {} {}  {about}", own.version, own.description));
    }
    for version in &status.pending {
        let migration = place.migration(version);
        let title = migration.map(|migration| migration.description.as_str()).unwrap_or_default();
        let file = migration.and_then(|migration| migration.file.as_deref()).unwrap_or_default();
        let (word, file) = (output.styled("pending", Style::Waiting), output.styled(file, Style::Faint));
        output.line(format!("  {word}  {version} {title}  {file}"));
    }
    for problem in &status.problems {
        output.line(format!("  {}  {problem}", output.styled("problem", Style::Bad)));
    }
    match status.pending.len() {
        0 => output.line("nothing is pending"),
        count => output.line(format!("{} to apply: ommi migrate", counted(count, "migration"))),
    }
    let applied = status.applied.iter().map(|own| {
        json!({
            "version": own.version,
            "description": own.description,
            "applied_at": own.applied_at.to_string(),
            "applied_by": own.applied_by,
            "milliseconds": own.milliseconds,
        })
    });
    output.answer(&json!({
        "database": place.location(),
        "applied": applied.collect::<Vec<_>>(),
        "pending": status.pending,
        "problems": status.problems,
    }));
    Ok(Ended::Well)
}
