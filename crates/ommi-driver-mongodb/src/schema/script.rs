//! Running schema statements: one command after the other. They leave alone what is there, and MongoDB runs them
//! outside of transactions.

use mongodb::bson::{Bson, Document, RawDocumentBuf, doc, rawdoc};
use ommi_core::{Error, ErrorKind, Result};

use super::answer::first_batch;
use super::shard::SHARD;
use super::text::read;
use crate::connection::{Core, Intent};
use crate::error::broken;

/// The server's numbers for a collection that exists, and for indexes that exist under another name or with other keys.
const EXISTS: i32 = 48;
const OTHER_INDEX: [i32; 2] = [85, 86];

/// Runs schema statements, outside of any transaction.
///
/// # Errors
/// `Query` for a text that is no command; the server's.
pub(crate) async fn run_script(core: &Core, statements: &[String]) -> Result<()> {
    let commands = statements.iter().map(|text| read(text)).collect::<Result<Vec<_>>>()?;
    for command in commands {
        let ran = run(core, &command).await;
        core.existing().forget();
        core.counters().forget();
        ran?;
    }
    Ok(())
}

async fn run(core: &Core, command: &Document) -> Result<()> {
    match command.iter().next() {
        Some((name, Bson::String(collection))) => match name.as_str() {
            "create" => create(core, command, collection).await,
            "createIndexes" => create_indexes(core, command, collection).await,
            "collMod" => modify(core, command, collection).await,
            SHARD => shard(core, command).await,
            _another => send(core, command).await,
        },
        _of_the_database => send(core, command).await,
    }
}

async fn send(core: &Core, command: &Document) -> Result<()> {
    core.command(None, written(command)?, Intent::Manage).await.map(drop)
}

/// Where there are shards: a replica set alone keeps its collections whole.
async fn shard(core: &Core, command: &Document) -> Result<()> {
    if !core.leads_to_shards().await? {
        return Ok(());
    }
    core.administer(written(command)?).await
}

fn written(command: &Document) -> Result<RawDocumentBuf> {
    RawDocumentBuf::try_from(command).map_err(|_| broken("a schema statement cannot be sent"))
}

/// A collection that exists keeps its validator, unless it is empty and has none.
async fn create(core: &Core, command: &Document, collection: &str) -> Result<()> {
    match send(core, command).await {
        Err(error) if refused_by(&error, &[EXISTS]) => {}
        outcome => return outcome,
    }
    let Ok(validator) = command.get_document("validator") else { return Ok(()) };
    if own_validator(core, collection).await?.is_some() {
        return Ok(());
    }
    let first = core.command(None, rawdoc! { "find": collection, "limit": 1 }, Intent::Manage).await?;
    if first_batch(&first).next().is_some() {
        return Ok(());
    }
    send(core, &doc! { "collMod": collection, "validator": validator.clone() }).await
}

/// One that is there by another name, or another one of the name, is left alone: the others are made one by one then.
async fn create_indexes(core: &Core, command: &Document, collection: &str) -> Result<()> {
    match send(core, command).await {
        Err(error) if refused_by(&error, &OTHER_INDEX) => {}
        outcome => return outcome,
    }
    for index in command.get_array("indexes").into_iter().flatten() {
        match send(core, &doc! { "createIndexes": collection, "indexes": [index.clone()] }).await {
            Err(error) if refused_by(&error, &OTHER_INDEX) => {}
            outcome => outcome?,
        }
    }
    Ok(())
}

/// Rules are added to those of the collection; one that has none gets none.
async fn modify(core: &Core, command: &Document, collection: &str) -> Result<()> {
    let wanted =
        command.get_document("validator").and_then(|validator| validator.get_document("$jsonSchema"));
    let Ok(wanted) = wanted else { return send(core, command).await };
    let Some(mut schema) = own_validator(core, collection).await? else { return Ok(()) };
    let mut properties = schema.get_document("properties").cloned().unwrap_or_default();
    properties.extend(wanted.get_document("properties").cloned().unwrap_or_default());
    schema.insert("properties", properties);
    let mut required = schema.get_array("required").cloned().unwrap_or_default();
    for name in wanted.get_array("required").into_iter().flatten() {
        if !required.contains(name) {
            required.push(name.clone());
        }
    }
    if !required.is_empty() {
        schema.insert("required", required);
    }
    send(core, &doc! { "collMod": collection, "validator": { "$jsonSchema": schema } }).await
}

/// The JSON schema of a collection's validator.
async fn own_validator(core: &Core, collection: &str) -> Result<Option<Document>> {
    let command = rawdoc! { "listCollections": 1, "filter": { "name": { "$eq": collection } } };
    let answer = core.command(None, command, Intent::Manage).await?;
    let Some(entry) = first_batch(&answer).next() else {
        return Err(Error::new(
            ErrorKind::ModelNotFound,
            format!("the collection {collection:?} does not exist"),
        ));
    };
    Ok(schema_of(entry).cloned())
}

/// The JSON schema in what the server tells of a collection.
pub(super) fn schema_of(entry: &Document) -> Option<&Document> {
    entry.get_document("options").ok()?.get_document("validator").ok()?.get_document("$jsonSchema").ok()
}

fn refused_by(error: &Error, codes: &[i32]) -> bool {
    crate::error::server_code(error).is_some_and(|code| codes.contains(&code))
}
