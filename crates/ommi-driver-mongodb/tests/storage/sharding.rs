//! Shard keys: the commands that spread a collection, and the indexes that it needs for that. The server of the tests is a
//! replica set, which keeps collections whole: it must not mind.

use std::sync::Arc;

use mongodb::bson::{Document, doc};
use ommi_core::driver::Driver;
use ommi_core::schema::{FieldDef, FieldType, ModelDef};
use ommi_core::value::Value;

use super::database::{Database, database};
use super::models::text;

/// Orders of shops, spread by these fields.
fn order(shard: &[(&str, bool)]) -> Arc<ModelDef> {
    ModelDef::builder("Order")
        .table("orders")
        .field(FieldDef::new("shop", FieldType::Text).column("$shop"))
        .field(FieldDef::new("number", FieldType::Int))
        .field(FieldDef::new("code", FieldType::Text))
        .key(["shop", "number"])
        .shard(shard.iter().copied())
        .build()
        .unwrap()
}

/// The command that spreads the model's collection, without the name of the database.
fn command(database: &Database, model: &Arc<ModelDef>) -> Option<Document> {
    let statements = database.driver.create_statements(std::slice::from_ref(model)).unwrap();
    let last: Document = serde_json::from_str(statements.last().unwrap()).unwrap();
    let place = last.get_str("shardCollection").ok()?;
    let (name, collection) = place.split_once('.').unwrap();
    assert!(database.driver.location().ends_with(&format!("/{name}")), "{place}");
    assert_eq!(collection, model.table());
    Some(last.get_document("key").unwrap().clone())
}

/// The keys of the collection's indexes.
fn indexes(database: &Database, collection: &str) -> Vec<Document> {
    let answer = database.command(doc! { "listIndexes": collection });
    let found = answer.get_document("cursor").unwrap().get_array("firstBatch").unwrap().clone();
    found.iter().map(|index| index.as_document().unwrap().get_document("key").unwrap().clone()).collect()
}

#[test]
fn a_collection_is_spread_by_its_shard_key() {
    let Some(database) = database() else { return };
    let key = |shard: &[(&str, bool)]| command(&database, &order(shard));
    assert_eq!(key(&[("shop", false)]), Some(doc! { "%24shop": 1 }));
    assert_eq!(key(&[("number", true), ("shop", false)]), Some(doc! { "number": "hashed", "%24shop": 1 }));
    assert_eq!(key(&[]), None);
    let event = ModelDef::builder("Event")
        .field(FieldDef::new("id", FieldType::Uuid).column("event"))
        .shard([("id", true)]);
    assert_eq!(command(&database, &event.build().unwrap()), Some(doc! { "_id": "hashed" }));
}

#[test]
fn a_shard_key_has_an_index() {
    let Some(database) = database() else { return };
    let id = || ModelDef::builder("Event").field(FieldDef::new("id", FieldType::Uuid));
    let composite = doc! { "%24shop": 1, "number": 1 };
    for (model, wanted) in [
        // The key's own index begins with it.
        (order(&[("shop", false)]), vec![composite.clone()]),
        (order(&[("number", false)]), vec![composite.clone(), doc! { "number": 1 }]),
        (order(&[("shop", true)]), vec![composite.clone(), doc! { "%24shop": "hashed" }]),
        (
            order(&[("shop", false), ("number", true)]),
            vec![composite, doc! { "%24shop": 1, "number": "hashed" }],
        ),
        (id().shard([("id", false)]).build().unwrap(), vec![]),
        (id().shard([("id", true)]).build().unwrap(), vec![doc! { "_id": "hashed" }]),
    ] {
        database.create(&[&model]);
        // What is there already is left alone.
        database.create(&[&model]);
        assert_eq!(indexes(&database, model.table())[1..], wanted);
        database.run(&database.driver.drop_statements(&[model]).unwrap()).unwrap();
    }
}

#[test]
fn rows_of_a_spread_model_are_added_found_and_changed() {
    let Some(database) = database() else { return };
    let model = order(&[("shop", true)]);
    database.create(&[&model]);
    let row = |shop: &str, number| vec![text(shop), Value::Int(number), text("x")];
    let rows = [row("a", 1), row("a", 2), row("b", 1)];
    database.add(&model, &["shop", "number", "code"], &rows).unwrap();
    assert_eq!(database.find(&model, Some(("shop", text("a")))).unwrap().len(), 2);
    // A key that changes stays unique.
    assert_eq!(database.set(&model, "number", Value::Int(7)).unwrap_err().kind(), UNIQUE);
    assert_eq!(database.set(&model, "code", text("y")).unwrap(), 3);
}

const UNIQUE: ommi_core::ErrorKind = ommi_core::ErrorKind::UniqueViolation;
