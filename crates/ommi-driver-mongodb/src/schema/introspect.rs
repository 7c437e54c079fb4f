//! Collections as they are: by the validator that Ommi gave them, or another with a JSON schema, or by a sample of their
//! documents.

use std::collections::{BTreeMap, BTreeSet};

use mongodb::bson::raw::RawArrayBuf;
use mongodb::bson::{Bson, Document, rawdoc};
use ommi_core::Result;
use ommi_core::schema::{ColumnInfo, FieldType, TableInfo};

use super::answer::first_batch;
use super::fits::{declared_type, fits};
use super::script::schema_of;
use crate::connection::{Core, Intent};
use crate::value::{collection_name, column_name};

/// So many documents are looked at where no validator tells what they hold.
const SAMPLE: i32 = 100;

/// The collections of these tables that exist. An empty one without a schema is as good as none.
///
/// # Errors
/// The server's.
pub(crate) async fn introspect(core: &Core, tables: &[String]) -> Result<Vec<TableInfo>> {
    let mut names = RawArrayBuf::new();
    for table in tables {
        names.push(collection_name(table).as_ref());
    }
    let command = rawdoc! { "listCollections": 1, "filter": { "name": { "$in": names } } };
    let answer = core.command(None, command, Intent::Manage).await?;
    let entries: Vec<&Document> = first_batch(&answer).collect();
    let mut found = Vec::new();
    for table in tables {
        let stored = collection_name(table);
        let is_it = |entry: &&&Document| entry.get_str("name").is_ok_and(|name| name == stored);
        let Some(entry) = entries.iter().find(is_it) else { continue };
        let columns = match schema_of(entry) {
            Some(schema) => Some(by_schema(schema)),
            None => by_sample(core, &stored).await?,
        };
        found.extend(columns.map(|columns| TableInfo { name: table.clone(), columns }));
    }
    Ok(found)
}

fn by_schema(schema: &Document) -> Vec<ColumnInfo> {
    let Ok(properties) = schema.get_document("properties") else { return Vec::new() };
    let list = |rule: &Document, name: &str| -> Vec<String> {
        let items = rule.get_array(name).into_iter().flatten();
        items.filter_map(Bson::as_str).map(str::to_owned).collect()
    };
    let required = list(schema, "required");
    let parts = properties.get_document("_id").map(|rule| list(rule, "required")).unwrap_or_default();
    let mut columns = Vec::new();
    for (stored, rule) in properties.iter().filter_map(|(name, rule)| Some((name, rule.as_document()?))) {
        let is_id = stored == "_id";
        if is_id && !parts.is_empty() {
            continue;
        }
        let types = match rule.get("bsonType") {
            Some(Bson::String(name)) => vec![name.clone()],
            _list_or_nothing => list(rule, "bsonType"),
        };
        let plain: Vec<&str> = types.iter().map(String::as_str).filter(|name| *name != "null").collect();
        let declared = declared_type(rule.get_str("description").ok(), &plain);
        let title = rule.get_str("title").ok().filter(|_| is_id);
        let key = if is_id { Some(0) } else { parts.iter().position(|part| part == stored) };
        columns.push(ColumnInfo {
            name: title.map_or_else(|| column_name(stored).into_owned(), str::to_owned),
            fits: declared.clone().map_or_else(|| fits(&plain), with_mixed),
            declared: declared.map_or_else(|| plain.join(" or "), |ty| ty.to_string()),
            nullable: !is_id && key.is_none() && !required.contains(stored),
            key,
            has_default: is_id && plain.contains(&"long"),
            sampled: false,
        });
    }
    columns
}

/// Dates with and without a zone stand in fields of both kinds only where they are text, as those fields are.
fn with_mixed(ty: FieldType) -> Vec<FieldType> {
    match ty {
        FieldType::NaiveDateTime => vec![ty, FieldType::DateTime],
        other => vec![other],
    }
}

/// What one field of the sampled documents holds.
#[derive(Default)]
struct Seen {
    types: BTreeSet<&'static str>,
    times: usize,
}

async fn by_sample(core: &Core, collection: &str) -> Result<Option<Vec<ColumnInfo>>> {
    let command = rawdoc! { "find": collection, "limit": SAMPLE, "batchSize": SAMPLE, "singleBatch": true };
    let answer = core.command(None, command, Intent::Manage).await?;
    let documents: Vec<&Document> = first_batch(&answer).collect();
    if documents.is_empty() {
        return Ok(None);
    }
    let mut order = Vec::new();
    let mut seen: BTreeMap<&str, Seen> = BTreeMap::new();
    for (name, value) in documents.iter().copied().flatten() {
        let entry = seen.entry(name).or_insert_with(|| {
            order.push(name.as_str());
            Seen::default()
        });
        if *value != Bson::Null {
            entry.times += 1;
            entry.types.insert(type_name(value));
        }
    }
    let parts: Vec<&String> = match documents[0].get_document("_id") {
        Ok(id) => id.keys().collect(),
        Err(_) => Vec::new(),
    };
    let column = |name: &str| {
        let types: Vec<&str> = seen[name].types.iter().copied().collect();
        ColumnInfo {
            name: column_name(name).into_owned(),
            fits: fits(&types),
            declared: types.join(" or "),
            nullable: seen[name].times < documents.len(),
            key: if name == "_id" { Some(0) } else { parts.iter().position(|part| *part == name) },
            has_default: name == "_id",
            sampled: true,
        }
    };
    let is_shown = |name: &&str| *name != "_id" || parts.is_empty();
    Ok(Some(order.into_iter().filter(is_shown).map(column).collect()))
}

fn type_name(value: &Bson) -> &'static str {
    match value {
        Bson::Double(_) => "double",
        Bson::String(_) => "string",
        Bson::Array(_) => "array",
        Bson::Document(_) => "object",
        Bson::Boolean(_) => "bool",
        Bson::Null => "null",
        Bson::RegularExpression(_) => "regex",
        Bson::JavaScriptCode(_) => "javascript",
        Bson::JavaScriptCodeWithScope(_) => "javascriptWithScope",
        Bson::Int32(_) => "int",
        Bson::Int64(_) => "long",
        Bson::Timestamp(_) => "timestamp",
        Bson::Binary(_) => "binData",
        Bson::ObjectId(_) => "objectId",
        Bson::DateTime(_) => "date",
        Bson::Symbol(_) => "symbol",
        Bson::Decimal128(_) => "decimal",
        Bson::Undefined => "undefined",
        Bson::MaxKey => "maxKey",
        Bson::MinKey => "minKey",
        Bson::DbPointer(_) => "dbPointer",
    }
}
