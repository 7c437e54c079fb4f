//! Schema statements: MongoDB's commands as canonical Extended JSON.

use std::sync::Arc;

use mongodb::bson::{Bson, doc};
use ommi_core::schema::{FieldType, ModelDef};
use ommi_core::value::Value;
use ommi_core::{Error, Result};

use super::index::{indexes, indexes_of_field};
use super::key::COUNTERS;
use super::shard::{SHARD, shard_key};
use super::text::write;
use super::validator::{property, validator};
use crate::error::broken;
use crate::value::{collection_name, encode, stored_name};

/// Statements that create the models' collections with their validators and indexes, if missing, and spread those with a
/// shard key over the shards of `database`.
///
/// # Errors
/// `Unsupported` for a generated field that is no single integer key, and for what no index can hold; `Schema` for a
/// name that MongoDB does not take.
pub(crate) fn create_statements(database: &str, models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    if models.iter().any(|model| model.generated_key().is_some()) {
        // Made beforehand: the first keys are often asked for by many at once, and each would make it.
        statements.push(write(doc! { "create": COUNTERS })?);
    }
    for model in models {
        check(model)?;
        let name = collection_name(model.table());
        statements.push(write(doc! { "create": name.as_ref(), "validator": validator(model) })?);
        let indexes = indexes(model)?;
        if !indexes.is_empty() {
            statements.push(write(doc! { "createIndexes": name.as_ref(), "indexes": indexes })?);
        }
        if let Some(key) = shard_key(model) {
            let place = format!("{database}.{name}");
            statements.push(write(doc! { SHARD: place, "key": key })?);
        }
    }
    Ok(statements)
}

/// Statements that drop the models' collections with their counters, if present.
///
/// # Errors
/// None of its own.
pub(crate) fn drop_statements(models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    for model in models {
        let name = collection_name(model.table());
        statements.push(write(doc! { "drop": name.as_ref() })?);
        if model.generated_key().is_some() {
            let counter = doc! { "q": { "_id": name.as_ref() }, "limit": 1 };
            statements.push(write(doc! { "delete": COUNTERS, "deletes": [counter] })?);
        }
    }
    Ok(statements)
}

/// Statements that add one column to the model's collection: its default in every document, its rule in the validator
/// (which is merged with the one that is there), and the indexes that are its own.
///
/// # Errors
/// `Unsupported` when rows that exist could not have a value for it, or when the field is part of the key or of a
/// reference over several fields: that takes a migration.
pub(crate) fn add_column_statements(model: &Arc<ModelDef>, field: usize) -> Result<Vec<String>> {
    check(model)?;
    check_addition(model, field)?;
    let definition = &model.fields()[field];
    let (name, column) = (collection_name(model.table()), stored_name(model, field));
    let mut statements = Vec::new();
    if let Some(value) = definition.default.as_ref().filter(|value| !value.is_null()) {
        let value = default(model, field, value)?;
        let change = doc! {
            "q": { column.as_ref(): { "$exists": false } },
            "u": { "$set": { column.as_ref(): value } },
            "multi": true,
        };
        statements.push(write(doc! { "update": name.as_ref(), "updates": [change] })?);
    }
    let mut schema = doc! { "properties": { column.as_ref(): property(definition) } };
    if !definition.nullable {
        schema.insert("required", vec![column.as_ref()]);
    }
    statements.push(write(doc! { "collMod": name.as_ref(), "validator": { "$jsonSchema": schema } })?);
    let indexes = indexes_of_field(model, field)?;
    if !indexes.is_empty() {
        statements.push(write(doc! { "createIndexes": name.as_ref(), "indexes": indexes })?);
    }
    Ok(statements)
}

fn check(model: &ModelDef) -> Result<()> {
    let error =
        |error: Error, field: usize| error.with_model(model.name()).with_field(&model.fields()[field].name);
    let is_integer_key = |field: usize| model.key() == [field] && model.fields()[field].ty == FieldType::Int;
    for (position, field) in model.fields().iter().enumerate() {
        if field.auto && !is_integer_key(position) {
            let message = "values are generated only for a single integer key; make the field the only key, give it a \
                           value, or remove the auto mark";
            return Err(error(Error::unsupported(message), position));
        }
        if model.key().contains(&position) && matches!(field.ty, FieldType::Json | FieldType::List(_)) {
            let message = "MongoDB keeps no nested value and no list as a key; use a scalar";
            return Err(error(Error::unsupported(message), position));
        }
    }
    if model.table() == COUNTERS {
        let message =
            format!("the collection {COUNTERS:?} holds the next generated keys: name the table otherwise");
        return Err(Error::new(ommi_core::ErrorKind::Schema, message).with_model(model.name()));
    }
    for reference in model.references() {
        reference.resolve().map_err(|error| error.with_model(model.name()))?;
    }
    Ok(())
}

fn check_addition(model: &ModelDef, position: usize) -> Result<()> {
    let field = &model.fields()[position];
    let in_long_reference =
        model.references().iter().any(|known| known.fields.len() > 1 && known.fields.contains(&position));
    let reason = if model.key().contains(&position) {
        "it is part of the key"
    } else if !field.nullable && field.default.as_ref().is_none_or(Value::is_null) {
        "it is required, and existing rows have no value for it"
    } else if in_long_reference {
        "it is part of a reference over several fields"
    } else {
        return Ok(());
    };
    let message =
        format!("the column cannot be added to the existing collection: {reason}; write a migration");
    Err(Error::unsupported(message).with_model(model.name()).with_field(&field.name))
}

fn default(model: &ModelDef, position: usize, value: &Value) -> Result<Bson> {
    let field = &model.fields()[position];
    // Extended JSON would read an object's key as the name of a type.
    if let Value::Json(json) = value
        && json.contains("\"$")
    {
        let message =
            "a default with a key that begins with $ cannot be written to existing rows; write a migration";
        return Err(Error::unsupported(message).with_model(model.name()).with_field(&field.name));
    }
    let encoded = encode(value, &field.ty, &format!("{}.{}", model.name(), field.name))?;
    Bson::try_from(encoded).map_err(|_| broken("a default cannot be written"))
}
