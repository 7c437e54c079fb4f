//! The history: a table with a row for each migration that was applied, or is being so.

use std::sync::{Arc, OnceLock};

use futures_util::TryStreamExt;
use ommi_core::driver::FetchOptions;
use ommi_core::query::{Operation, Query};
use ommi_core::schema::{FieldDef, FieldType, ModelDef, TableDef};
use ommi_core::value::{RowBatch, Value};
use ommi_core::{Error, ErrorKind, Result};

use super::Migration;
use crate::Handle;

/// The name of the table.
pub const HISTORY_TABLE: &str = "ommi_migrations";

/// A migration that the database knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its version.
    pub version: String,
    /// Its description when it was applied.
    pub description: String,
    /// Its checksum when it was applied.
    pub checksum: Option<String>,
    /// When it was begun.
    pub applied_at: jiff::Timestamp,
    /// Who applied it.
    pub applied_by: String,
    /// How long it took; nothing where it was not brought to its end.
    pub milliseconds: Option<i64>,
}

/// The history's model.
pub(super) fn model() -> Result<Arc<ModelDef>> {
    static MODEL: OnceLock<Arc<ModelDef>> = OnceLock::new();
    if let Some(model) = MODEL.get() {
        return Ok(model.clone());
    }
    let text = |name: &str| FieldDef::new(name, FieldType::Text);
    let model = ModelDef::builder("Migration")
        .table(HISTORY_TABLE)
        .field(text("version"))
        .field(text("description"))
        .field(text("checksum").nullable())
        .field(FieldDef::new("applied_at", FieldType::Timestamp))
        .field(text("applied_by"))
        .field(FieldDef::new("milliseconds", FieldType::Int).nullable())
        .key(["version"])
        .build()?;
    Ok(MODEL.get_or_init(|| model).clone())
}

/// The history's table.
pub(super) fn table() -> Result<TableDef> {
    TableDef::of(&*model()?)
}

pub(super) fn written(checksum: u64) -> String {
    format!("{checksum:016x}")
}

/// What tells the row of a migration.
pub(super) fn key(migration: &Migration) -> (&'static str, Value) {
    ("version", Value::Text(migration.version.clone()))
}

/// The row of a migration that is begun now.
pub(super) fn row(migration: &Migration, applied_by: &str) -> Vec<(&'static str, Value)> {
    let now = jiff::Timestamp::now();
    let now = jiff::Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
    vec![
        ("version", Value::Text(migration.version.clone())),
        ("description", Value::Text(migration.description.clone())),
        ("checksum", migration.checksum.map_or(Value::Null, |checksum| Value::Text(written(checksum)))),
        ("applied_at", Value::Timestamp(now)),
        ("applied_by", Value::Text(applied_by.to_owned())),
        ("milliseconds", Value::Null),
    ]
}

/// All rows, in the order of their versions.
pub(super) async fn read(handle: &Handle) -> Result<Vec<Applied>> {
    let rows = handle.session().fetch(Operation::Fetch(Query::new(model()?)), FetchOptions::default());
    let batches: Vec<RowBatch> = rows.try_collect().await?;
    let mut applied = Vec::new();
    for batch in &batches {
        for number in 0..batch.len() {
            let values = batch.row(number).map(|cell| cell.to_value()).collect::<Result<Vec<_>>>()?;
            applied.push(entry(values)?);
        }
    }
    applied.sort_by(|one: &Applied, other| one.version.cmp(&other.version));
    Ok(applied)
}

fn entry(values: Vec<Value>) -> Result<Applied> {
    let row: [Value; 6] = values.try_into().map_err(|_| unreadable())?;
    match row {
        [
            Value::Text(version),
            Value::Text(description),
            checksum,
            Value::Timestamp(applied_at),
            Value::Text(applied_by),
            milliseconds,
        ] => Ok(Applied {
            version,
            description,
            checksum: if let Value::Text(checksum) = checksum { Some(checksum) } else { None },
            applied_at,
            applied_by,
            milliseconds: if let Value::Int(milliseconds) = milliseconds { Some(milliseconds) } else { None },
        }),
        _other => Err(unreadable()),
    }
}

fn unreadable() -> Error {
    Error::new(ErrorKind::Schema, format!("the table {HISTORY_TABLE:?} holds something else than a history"))
}
