//! Updates and deletes: one command where that is all or nothing by itself, else several in a transaction.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use mongodb::bson::raw::RawDocument;
use mongodb::bson::{Document, RawDocumentBuf};
use ommi_core::driver::{Params, Statement};
use ommi_core::{Error, ErrorKind, Result};

use crate::command::{Commands, Job};
use crate::connection::Intent;
use crate::error::in_model;
use crate::portion::Portions;
use crate::program::{Program, Rekey, Work, Write};
use crate::read::{documents, is_last};

/// So many documents are found at a time.
const FOUND: u32 = 10_000;

/// Runs an update or a delete; gives the number of rows that it found.
pub(crate) async fn write(
    commands: &mut Commands<'_>,
    statement: Arc<Statement>,
    params: Params,
) -> Result<u64> {
    let program = Program::of(&statement)?;
    let outcome = run(commands, &statement, program, &params).await;
    outcome.map_err(|error| in_model(error, &program.model).with_statement(&statement.text))
}

async fn run(
    commands: &mut Commands<'_>,
    statement: &Statement,
    program: &Program,
    params: &Params,
) -> Result<u64> {
    commands.note(&statement.text);
    let found = match &program.work {
        Work::Update(write) | Work::Delete(write) => {
            // Values that cannot be sent are refused before anything is.
            let check = write.found.is_none().then(|| write.command(params, None)).transpose()?;
            commands.require(&program.collections).await?;
            match (write.is_single, check) {
                (true, Some(command)) => counted(&commands.run(command, Intent::Write).await?)?,
                (_, _) => commands.atomically(&Writing { write, params }).await?,
            }
        }
        Work::Rekey(rekey) => {
            commands.require(&program.collections).await?;
            commands.atomically(&Rekeying { rekey, params }).await?
        }
        Work::Read(_) | Work::Insert(_) => {
            return Err(Error::new(ErrorKind::Internal, "what reads or adds rows is no update or delete"));
        }
    };
    if found == 0 {
        commands.verify(&program.collections).await?;
    }
    Ok(found)
}

/// The number of documents that a command was about.
fn counted(answer: &Document) -> Result<u64> {
    let number = answer.get_i32("n").map(i64::from).or_else(|_| answer.get_i64("n"));
    number
        .ok()
        .and_then(|number| u64::try_from(number).ok())
        .ok_or_else(|| Error::query("the server's answer does not say how many documents were changed"))
}

/// An update or a delete of several documents.
struct Writing<'a> {
    write: &'a Write,
    params: &'a Params,
}

impl Job for Writing<'_> {
    type Outcome = u64;

    fn run<'r>(&'r self, commands: &'r mut Commands<'_>) -> BoxFuture<'r, Result<u64>> {
        let Writing { write, params } = self;
        async move {
            let Some(ids) = write.ids(params, FOUND)? else {
                return counted(&commands.run(write.command(params, None)?, Intent::Write).await?);
            };
            let mut portions = Portions::default();
            each(commands, ids, |document| {
                let id = document.get("_id").ok().flatten().ok_or_else(incomplete)?;
                portions.push(id);
                Ok(())
            })
            .await?;
            let mut written = 0;
            for ids in portions.finish() {
                let command = write.command(params, Some(ids))?;
                written += counted(&commands.run(command, Intent::Write).await?)?;
            }
            Ok(written)
        }
        .boxed()
    }
}

/// An update of keys.
struct Rekeying<'a> {
    rekey: &'a Rekey,
    params: &'a Params,
}

impl Job for Rekeying<'_> {
    type Outcome = u64;

    fn run<'r>(&'r self, commands: &'r mut Commands<'_>) -> BoxFuture<'r, Result<u64>> {
        let Rekeying { rekey, params } = self;
        async move {
            let changed = rekey.changed.command(params, FOUND)?;
            let (mut old, mut new) = (Portions::default(), Portions::default());
            let mut count = 0;
            each(commands, changed, |document| {
                let part = |name| document.get(name).ok().flatten().ok_or_else(incomplete);
                old.push(part("old")?);
                new.push(part("new")?);
                count += 1;
                Ok(())
            })
            .await?;
            // All of them first: a new key may be the old one of another.
            for ids in old.finish() {
                commands.run(rekey.remove(ids), Intent::Write).await?;
            }
            for documents in new.finish() {
                commands.run(rekey.add(documents), Intent::Write).await?;
            }
            Ok(count)
        }
        .boxed()
    }
}

/// Reads all documents of a command's cursor.
async fn each(
    commands: &mut Commands<'_>,
    command: RawDocumentBuf,
    mut take: impl FnMut(&RawDocument) -> Result<()>,
) -> Result<()> {
    let mut cursor = commands.open(command, FOUND, false).await?;
    while let Some(answer) = commands.next(&mut cursor).await? {
        for document in documents(&answer) {
            take(document?)?;
        }
        if is_last(&answer) {
            break;
        }
    }
    Ok(())
}

fn incomplete() -> Error {
    Error::new(ErrorKind::Internal, "a document was found without its key")
}
