//! `ommi makemigrations`.

use std::fs;

use futures_executor::block_on;
use ommi::migrations::{Hints, Language};
use ommi::schema::{Change, ColumnDef};
use serde_json::json;

use super::Ended;
use crate::arguments::Make;
use crate::drift::{Drift, drift};
use crate::host::Host;
use crate::output::{Failure, Outcome, Output, Style};
use crate::place::Place;
use crate::settings::Settings;
use crate::write::{self, Draft};

pub(super) fn run(arguments: &Make, settings: &Settings, host: &dyn Host, output: &Output) -> Outcome<Ended> {
    let place = match arguments.empty {
        true => Place::offline(settings, host)?,
        false => Place::open(settings, host)?,
    };
    let Drift { before, changes, unknown } = match arguments.empty {
        true => Drift { before: place.manager.replayed(), changes: Vec::new(), unknown: Vec::new() },
        false => found(arguments, &place, settings, host)?,
    };
    for table in unknown {
        output.note(format!("no model knows the table {table}; it is left alone"));
    }
    if changes.is_empty() && !arguments.empty {
        output.line("nothing to do: the database is what the models say");
        output.answer(&json!({ "file": null, "changes": [] }));
        return Ok(Ended::Well);
    }
    let language = if arguments.sql { Language::Sql } else { host.language() };
    let slug = slug(arguments.name.as_deref(), &changes)?;
    let version = place.folder.next_version();
    let parent = place.folder.files.last().map(ommi::migrations::MigrationFile::stem);
    let draft = Draft { before: &before, changes: &changes, slug: &slug, parent: parent.as_deref() };
    let text = match language {
        Language::Python => write::python(&draft)?,
        Language::Sql => write::sql(&draft, place.db.driver().as_ref())?,
    };
    let path = place.folder.path.join(format!("{version}_{slug}.{}", language.ending()));
    let name = path.display().to_string();
    if arguments.dry_run {
        output.line(output.styled(&format!("would write {name}"), Style::Faint));
        output.line(text.trim_end());
    } else {
        fs::write(&path, &text).map_err(|error| Failure::new(format!("{name}: {error}")))?;
        output.line(format!("{} {name}", output.styled("wrote", Style::Good)));
        for change in &changes {
            output.line(format!("  {change} ({})", change.risk().name()));
        }
        output.line("read it, then: ommi migrate");
    }
    looks_like_renames(&changes).iter().for_each(|text| output.note(text));
    output.answer(&json!({
        "file": name,
        "dry_run": arguments.dry_run,
        "text": text,
        "changes": changes.iter().map(|change| json!({
            "change": change.to_string(),
            "risk": change.risk().name(),
        })).collect::<Vec<_>>(),
    }));
    Ok(Ended::Well)
}

/// What the models have and the database has not, once all migrations are applied.
fn found(arguments: &Make, place: &Place, settings: &Settings, host: &dyn Host) -> Outcome<Drift> {
    let status = block_on(place.manager.status())?;
    if !status.problems.is_empty() {
        return Err(Failure::new(status.problems.join("\n")));
    }
    if let Some(version) = status.pending.first() {
        let title = place.migration(version).map(ommi::migrations::Migration::title).unwrap_or_default();
        return Err(Failure::new(format!(
            "the migration {title} was not applied, and the models are compared with the database: ommi migrate first"
        )));
    }
    let models = host.models(&settings.models)?.ok_or_else(|| {
        Failure::usage(match host.language() {
            Language::Python => {
                "no models are named: give --models app.models, or write `models = [\"app.models\"]` under [tool.ommi] in \
                 pyproject.toml"
            }
            Language::Sql => {
                "this program knows no models: use the command of the Python package (pip install ommi), or one of your \
                 own by ommi_cli::run; ommi makemigrations --empty NAME makes a file to be written by hand"
            }
        })
    })?;
    let hints = hints(arguments)?;
    let drift = drift(place, &models, &hints)?;
    check_fills(&drift.changes)?;
    Ok(drift)
}

fn hints(arguments: &Make) -> Outcome<Hints> {
    let mut hints = Hints::default();
    for rename in &arguments.rename {
        let wrong = || Failure::usage(format!("--rename {rename}: write TABLE:NEW, or TABLE.COLUMN:NEW"));
        let (old, new) = rename.split_once(':').ok_or_else(wrong)?;
        match old.rsplit_once('.') {
            Some((table, column)) => {
                hints.renamed_columns.push((table.to_owned(), column.to_owned(), new.to_owned()));
            }
            None => hints.renamed_tables.push((old.to_owned(), new.to_owned())),
        }
    }
    for fill in &arguments.fill {
        let wrong = || Failure::usage(format!("--fill {fill}: write TABLE.COLUMN=VALUE"));
        let (place, value) = fill.split_once('=').ok_or_else(wrong)?;
        let (table, column) = place.rsplit_once('.').ok_or_else(wrong)?;
        for value in write::values(value) {
            hints.fills.push((table.to_owned(), column.to_owned(), value));
        }
    }
    Ok(hints)
}

/// A required column in a table that is there: what do the rows get?
fn check_fills(changes: &[Change]) -> Outcome<()> {
    let unfilled = |change: &Change| match change {
        Change::AddColumn { table, column, fill: None } if !column.can_be_left_out() => {
            Some(format!("{table}.{}", column.name))
        }
        _other => None,
    };
    let names: Vec<String> = changes.iter().filter_map(unfilled).collect();
    let Some(first) = names.first() else { return Ok(()) };
    Err(Failure::new(format!(
        "rows that exist need a value in the new column {}: give one by --fill '{first}=VALUE', give the field a Default, \
         or make it Optional",
        names.join(", ")
    )))
}

/// Columns that go where others of their type come: what a rename looks like that was not declared.
fn looks_like_renames(changes: &[Change]) -> Vec<String> {
    let dropped = changes.iter().filter_map(|change| match change {
        Change::DropColumn { table, column, .. } => Some((table, column)),
        _other => None,
    });
    let comes = |table: &str, old: &ColumnDef| {
        changes.iter().find_map(|change| match change {
            Change::AddColumn { table: of, column, .. } if of == table && column.name != old.name => {
                column.ty.is_like(&old.ty).then_some(column)
            }
            _other => None,
        })
    };
    let told = |(table, old): (&String, &ColumnDef)| {
        let new = comes(table, old)?;
        let (old, new) = (&old.name, &new.name);
        Some(format!(
            "{table}.{old} goes with its values, and {table}.{new} comes. If it was renamed, remove this file and run: \
             ommi makemigrations --rename {table}.{old}:{new}"
        ))
    };
    dropped.filter_map(told).collect()
}

/// What the file is named by.
fn slug(given: Option<&str>, changes: &[Change]) -> Outcome<String> {
    let words = match (given, changes) {
        (Some(given), _) => given.to_owned(),
        (None, []) => "empty".to_owned(),
        (None, [change]) => word(change),
        (None, [first, ..]) => format!("{}_and_more", word(first)),
    };
    let lower = words.to_lowercase();
    let parts = lower.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let slug: String = parts.collect::<Vec<_>>().join("_").chars().take(60).collect();
    if slug.is_empty() {
        return Err(Failure::usage(format!(
            "a migration is named by letters and digits, and {words:?} has none"
        )));
    }
    Ok(slug)
}

fn word(change: &Change) -> String {
    match change {
        Change::CreateTable(table) => format!("create_{}", table.name),
        Change::DropTable(table) => format!("drop_{}", table.name),
        Change::RenameTable { to, .. } => format!("rename_{to}"),
        Change::AddColumn { table, column, .. } => format!("add_{table}_{}", column.name),
        Change::DropColumn { table, column, .. } => format!("drop_{table}_{}", column.name),
        Change::AlterColumn { table, to, .. } => format!("alter_{table}_{}", to.name),
        Change::RenameColumn { table, to, .. } => format!("rename_{table}_{to}"),
        Change::AddIndex { table, .. } | Change::DropIndex { table, .. } => format!("index_{table}"),
        Change::AddReference { table, .. } | Change::DropReference { table, .. } => {
            format!("reference_{table}")
        }
    }
}
