//! `ommi init`.

use std::fs;
use std::path::Path;

use ommi::migrations::Language;
use serde_json::json;

use super::Ended;
use crate::arguments::Init;
use crate::host::Host;
use crate::output::{Failure, Outcome, Output};
use crate::settings::{FILE, Settings};

pub(super) fn run(arguments: &Init, settings: &Settings, host: &dyn Host, output: &Output) -> Outcome<Ended> {
    let folder = settings.migrations.display().to_string();
    let mut made = Vec::new();
    if !settings.migrations.is_dir() {
        made.push(format!("{folder}/"));
        if !arguments.dry_run {
            fs::create_dir_all(&settings.migrations)
                .map_err(|error| Failure::new(format!("{folder}: the folder cannot be made: {error}")))?;
        }
    }
    // Programs in Rust name their database by --database or OMMI_DATABASE.
    if host.language() == Language::Python && write_settings(settings, arguments.dry_run)? {
        made.push(FILE.to_owned());
    }
    for name in &made {
        output.line(format!("{} {name}", if arguments.dry_run { "would write" } else { "wrote" }));
    }
    if made.is_empty() {
        output.line("everything is there already");
    } else if host.language() == Language::Python {
        output.line("next: ommi makemigrations, then ommi migrate");
    } else {
        output.line("next: ommi makemigrations --empty NAME, then ommi migrate");
    }
    output.answer(&json!({ "dry_run": arguments.dry_run, "written": made }));
    Ok(Ended::Well)
}

/// Adds `[tool.ommi]` to the end of the file, unless it has one; makes the file where there is none.
fn write_settings(settings: &Settings, dry_run: bool) -> Outcome<bool> {
    let before = match Path::new(FILE).is_file() {
        true => fs::read_to_string(FILE)?,
        false => String::new(),
    };
    let document: toml::Table =
        before.parse().map_err(|error: toml::de::Error| Failure::usage(format!("{FILE}: {error}")))?;
    if document.get("tool").is_some_and(|tool| tool.get("ommi").is_some()) {
        return Ok(false);
    }
    if dry_run {
        return Ok(true);
    }
    let mut text = before;
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str("[tool.ommi]\n");
    // A URL with a password belongs into the environment, not into a file that everybody gets.
    let database = settings.database.as_deref().filter(|url| !url.contains('@'));
    text.push_str(&format!("database = {}\n", toml::Value::from(database.unwrap_or("sqlite:///app.db"))));
    let models =
        if settings.models.is_empty() { vec!["app.models".to_owned()] } else { settings.models.clone() };
    text.push_str(&format!("models = {}\n", toml::Value::from(models)));
    let folder = settings.migrations.display().to_string();
    text.push_str(&format!("migrations = {}\n", toml::Value::from(folder)));
    fs::write(FILE, text)?;
    Ok(true)
}
