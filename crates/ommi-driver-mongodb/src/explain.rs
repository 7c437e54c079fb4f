//! How the server would run a statement: the stages of its plan, one line each.

use mongodb::bson::{Bson, Document, RawDocumentBuf, rawdoc};
use ommi_core::driver::{Params, Statement};
use ommi_core::{Error, ErrorKind, Result};

use crate::connection::Intent;
use crate::hub::Hub;
use crate::program::{Program, Work};
use crate::value::column_name;

/// The collection, and the plan's stages, those that others feed on further in.
pub(crate) async fn explain(hub: &Hub, statement: &Statement, params: &Params) -> Result<Vec<String>> {
    let outcome = run(hub, statement, params).await;
    outcome.map_err(|error| error.with_statement(&statement.text))
}

async fn run(hub: &Hub, statement: &Statement, params: &Params) -> Result<Vec<String>> {
    let program = Program::of(statement)?;
    let command = command(program, params)?;
    hub.existing().require(hub, &program.collections).await?;
    let asked = rawdoc! { "explain": command, "verbosity": "queryPlanner" };
    let answer = hub.command(None, asked, Intent::Manage).await?;
    let mut lines = vec![column_name(program.collection()).into_owned()];
    describe(&answer, 1, &mut lines);
    Ok(lines)
}

/// What finds the documents is what matters, where others are written by it.
fn command(program: &Program, params: &Params) -> Result<RawDocumentBuf> {
    match &program.work {
        Work::Read(read) => read.command(params, BATCH),
        Work::Update(write) | Work::Delete(write) => match write.ids(params, BATCH)? {
            Some(found) => Ok(found),
            None => write.command(params, None),
        },
        Work::Rekey(rekey) => rekey.changed.command(params, BATCH),
        Work::Insert(_) => Err(Error::new(ErrorKind::Internal, "there is no plan of an insert")),
    }
}

/// Any number will do: nothing is read.
const BATCH: u32 = 1000;

/// The parts of an answer that lead to stages.
const LEADING: [&str; 8] = [
    "stages",
    "queryPlanner",
    "winningPlan",
    "queryPlan",
    "inputStage",
    "inputStages",
    "innerStage",
    "outerStage",
];

/// What is told of a stage beside its name.
const TOLD: [&str; 5] = ["indexName", "direction", "indexBounds", "foreignCollection", "strategy"];

fn describe(part: &Document, depth: usize, lines: &mut Vec<String>) {
    let mut depth = depth;
    if let Ok(stage) = part.get_str("stage") {
        let told =
            TOLD.iter().filter_map(|name| part.get(name).map(|value| format!(" {name}={}", plain(value))));
        lines.push(format!("{}{stage}{}", "  ".repeat(depth), told.collect::<String>()));
        depth += 1;
    }
    for (name, value) in part {
        match value {
            // A stage of an aggregation: the first one has a plan of its own.
            Bson::Document(inner) if name == "$cursor" => describe(inner, depth, lines),
            inner if name.starts_with('$') => {
                lines.push(format!("{}{name}{}", "  ".repeat(depth), looked_up(inner)));
            }
            Bson::Document(inner) if LEADING.contains(&name.as_str()) => describe(inner, depth, lines),
            Bson::Array(inner) if LEADING.contains(&name.as_str()) => {
                inner.iter().filter_map(Bson::as_document).for_each(|each| describe(each, depth, lines));
            }
            _other => {}
        }
    }
}

/// Where a `$lookup` looks.
fn looked_up(stage: &Bson) -> String {
    let told = |name| stage.as_document().and_then(|stage| stage.get_str(name).ok());
    match (told("from"), told("localField"), told("foreignField")) {
        (Some(from), Some(local), Some(foreign)) => format!(" {local} = {from}.{foreign}"),
        (Some(from), _, _) => format!(" {from}"),
        (None, _, _) => String::new(),
    }
}

fn plain(value: &Bson) -> String {
    match value {
        Bson::String(text) => text.clone(),
        other => other.to_string(),
    }
}
