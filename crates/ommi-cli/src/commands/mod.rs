//! The commands, one file each.

mod check;
mod diagram;
mod init;
mod inspect;
mod makemigrations;
mod migrate;
mod rollback;
mod sql;
mod status;

use ommi::migrations::{Loss, Planned};
use serde_json::{Value, json};

use crate::arguments::{Arguments, Command};
use crate::host::Host;
use crate::output::{Failure, Outcome, Output, Style};
use crate::place::Place;
use crate::settings::Settings;

/// How a command ended that did not fail: the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Well = 0,
    Found = 1,
}

/// Runs the command that the arguments name.
pub(crate) fn run(arguments: &Arguments, host: &dyn Host, output: &Output) -> Outcome<Ended> {
    let settings = Settings::find(&arguments.common)?;
    match &arguments.command {
        Command::Init(own) => init::run(own, &settings, host, output),
        Command::Inspect(own) => inspect::run(own, &settings, output),
        Command::Makemigrations(own) => makemigrations::run(own, &settings, host, output),
        Command::Migrate(own) => migrate::run(own, &Place::open(&settings, host)?, output),
        Command::Rollback(own) => rollback::run(own, &Place::open(&settings, host)?, output),
        Command::Status => status::run(&Place::open(&settings, host)?, output),
        Command::Check => check::run(&settings, host, output),
        Command::Diagram(own) => diagram::run(own, &settings, host, output),
        Command::Sql(own) => sql::run(own, &Place::offline(&settings, host)?, output),
    }
}

/// Refuses a run that would lose data without leave, and says how much.
fn check_losses(losses: &[Loss], allowed: bool) -> Outcome<()> {
    if losses.is_empty() || allowed {
        return Ok(());
    }
    let line = |loss: &Loss| format!("\n  {}: {} ({})", loss.version, loss.step, touched(loss));
    let lines: String = losses.iter().map(line).collect();
    Err(Failure::new(format!("data would be lost:{lines}\nNothing was changed. To do it: --allow-data-loss")))
}

/// How many rows a step touches.
fn touched(loss: &Loss) -> String {
    match loss.rows {
        Some(1) => "1 row has a value there".to_owned(),
        Some(rows) => format!("{rows} rows have a value there"),
        None => "rows not known before it is run".to_owned(),
    }
}

/// Prints what a run would do.
fn show_plan(place: &Place, planned: &[Planned], losses: &[Loss], output: &Output) {
    for one in planned {
        output.line(format!("{} {}", one.version, one.description));
        for step in &one.steps {
            output.line(format!("  {step}"));
        }
        for statement in &one.statements {
            let text = format!("{};", statement.trim()).replace('\n', "\n    ");
            output.line(output.styled(&format!("    {text}"), Style::Faint));
        }
    }
    for loss in losses {
        let text = format!("{} loses data: {} ({})", loss.version, loss.step, touched(loss));
        output.line(output.styled(&text, Style::Bad));
    }
    if planned.is_empty() {
        output.line("nothing to do");
    }
    output.answer(&json!({
        "database": place.location(),
        "dry_run": true,
        "migrations": planned.iter().map(planned_value).collect::<Vec<_>>(),
        "losses": losses.iter().map(loss_value).collect::<Vec<_>>(),
    }));
}

fn planned_value(planned: &Planned) -> Value {
    json!({
        "version": planned.version,
        "description": planned.description,
        "steps": planned.steps,
        "statements": planned.statements,
    })
}

fn loss_value(loss: &Loss) -> Value {
    json!({ "version": loss.version, "step": loss.step, "rows": loss.rows })
}
