//! `ommi diagram`.

use std::fs;

use futures_executor::block_on;
use ommi::Ommi;
use ommi::migrations::{HISTORY_TABLE, Language};
use ommi::schema::SchemaDef;
use serde_json::json;

use super::Ended;
use crate::arguments::{Diagram, Format};
use crate::diagram::{Picture, draw};
use crate::host::Host;
use crate::output::{Failure, Outcome, Output, Style, counted};
use crate::settings::Settings;

pub(super) fn run(
    arguments: &Diagram,
    settings: &Settings,
    host: &dyn Host,
    output: &Output,
) -> Outcome<Ended> {
    let format = format(arguments)?;
    let schema = match arguments.of_database {
        true => of_database(settings)?,
        false => of_models(settings, host)?,
    };
    let picture = Picture::of(&schema);
    let text = draw(&picture, format);
    let (tables, references) = (picture.tables.len(), picture.links.len());
    if let Some(file) = &arguments.output {
        let name = file.display().to_string();
        fs::write(settings.here.join(file), &text)
            .map_err(|error| Failure::new(format!("{name}: {error}")))?;
        let count = format!("{}, {}", counted(tables, "table"), counted(references, "reference"));
        output.line(format!("{} {name}: {count}", output.styled("wrote", Style::Good)));
    } else {
        output.line(text.trim_end());
    }
    if tables == 0 {
        output.note("there are no tables");
    }
    output.answer(&json!({
        "file": arguments.output.as_ref().map(|file| file.display().to_string()),
        "format": match format {
            Format::Mermaid => "mermaid",
            Format::Svg => "svg",
        },
        "tables": tables,
        "references": references,
        "text": text,
    }));
    Ok(Ended::Well)
}

/// The format that is asked for, or that the file's name ends with.
fn format(arguments: &Diagram) -> Outcome<Format> {
    if let Some(format) = arguments.format {
        return Ok(format);
    }
    let Some(file) = &arguments.output else { return Ok(Format::Mermaid) };
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("svg") => Ok(Format::Svg),
        Some("mmd" | "mermaid") => Ok(Format::Mermaid),
        _other => Err(Failure::usage(format!(
            "--output {}: the name does not say the format: let it end with .svg, .mmd or .mermaid, or give --format",
            file.display()
        ))),
    }
}

fn of_models(settings: &Settings, host: &dyn Host) -> Outcome<SchemaDef> {
    let models = host.models(&settings.models)?.ok_or_else(|| {
        Failure::usage(match host.language() {
            Language::Python => {
                "no models are named: give --models app.models, or write `models = [\"app.models\"]` under [tool.ommi] in \
                 pyproject.toml; --of-database draws the tables of the database"
            }
            Language::Sql => {
                "this program knows no models: use the command of the Python package (pip install ommi), or one of your \
                 own by ommi_cli::run; --of-database draws the tables of the database"
            }
        })
    })?;
    Ok(SchemaDef::of(&models)?)
}

/// The tables that the database has, but for the one that keeps the migrations' history.
fn of_database(settings: &Settings) -> Outcome<SchemaDef> {
    let db = block_on(Ommi::builder().implicit_setup(false).connect(settings.url()?))?;
    let mut schema = block_on(db.driver().describe())?;
    schema.tables.retain(|table| table.name != HISTORY_TABLE);
    Ok(schema)
}
