//! Collections that somebody else made, dropped, or never made.

use std::sync::Arc;

use futures_executor::block_on;
use mongodb::bson::{Bson, doc, oid::ObjectId};
use ommi_core::ErrorKind;
use ommi_core::driver::{Driver, Executor};
use ommi_core::schema::{FieldDef, FieldType, ModelDef};
use ommi_core::value::Value;

use super::database::database;
use super::models::{text, user};

fn item() -> Arc<ModelDef> {
    ModelDef::builder("Item")
        .table("items")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("name", FieldType::Text).nullable())
        .field(FieldDef::new("price", FieldType::Float).nullable())
        .build()
        .unwrap()
}

#[test]
fn a_collection_without_a_validator_is_known_by_its_documents() {
    let Some(database) = database() else { return };
    database.put(
        "items",
        vec![
            doc! { "_id": 1, "name": "a", "price": 1.5, "tags": ["x"], "odd": 1 },
            doc! { "_id": 2, "name": Bson::Null, "price": 2, "tags": [], "odd": "x" },
            doc! { "_id": 3, "price": 3.5, "odd": ObjectId::new() },
        ],
    );
    let found = block_on(database.driver.introspect(vec!["items".into()])).unwrap().remove(0);
    let column = |name: &str| found.columns.iter().find(|column| column.name == name).unwrap();
    assert!(found.columns.iter().all(|column| column.sampled));
    assert_eq!((column("_id").key, column("_id").nullable), (Some(0), false));
    assert!(column("_id").fits.contains(&FieldType::Int));
    assert!(column("name").nullable && column("name").fits.contains(&FieldType::Text));
    assert!(!column("price").nullable && column("price").fits.contains(&FieldType::Float));
    assert_eq!(column("odd").fits, []);
    assert_eq!(column("odd").declared, "int or objectId or string");
    let rows = database.find(&item(), None).unwrap();
    assert_eq!(rows[1], [Value::Int(2), Value::Null, Value::Float(2.0)]);
    // What others wrote is left alone, and gets no rules.
    database.create(&[&item()]);
    database.put("items", vec![doc! { "_id": 4, "name": 4 }]);
    let error = database.find(&item(), None).unwrap_err();
    assert_eq!((error.kind(), error.model(), error.field()), (ErrorKind::Query, Some("Item"), Some("name")));
}

#[test]
fn an_empty_collection_without_rules_is_as_good_as_none() {
    let Some(database) = database() else { return };
    database.command(doc! { "create": "users" });
    assert!(block_on(database.driver.introspect(vec!["users".into()])).unwrap().is_empty());
    database.create(&[&user()]);
    let error = database.add(&user(), &["age"], &[vec![Value::Int(1)]]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotNullViolation);
}

#[test]
fn a_missing_collection_is_an_error_of_every_operation() {
    let Some(database) = database() else { return };
    let user = user();
    let missing = |outcome: ommi_core::Result<()>| {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelNotFound, "{error}");
        assert!(error.message().contains("users"), "{error}");
    };
    let row = || vec![vec![text("x"), Value::Int(1)]];
    missing(database.find(&user, None).map(drop));
    missing(database.add(&user, &["name", "age"], &row()).map(drop));
    missing(database.set(&user, "age", Value::Int(1)).map(drop));
    assert!(database.documents("users").is_empty());
    database.create(&[&user]);
    database.add(&user, &["name", "age"], &row()).unwrap();
    // Dropped by somebody else: a read that finds nothing notices.
    database.command(doc! { "drop": "users" });
    missing(database.find(&user, None).map(drop));
    missing(database.add(&user, &["name", "age"], &row()).map(drop));
}

#[test]
fn rows_are_added_to_no_collection_that_somebody_else_dropped() {
    let Some(database) = database() else { return };
    let user = user();
    let rows = |count: i64| (0..count).map(|age| vec![text("x"), Value::Int(age)]).collect::<Vec<_>>();
    for count in [1, 2] {
        database.create(&[&user]);
        database.add(&user, &["name", "age"], &rows(1)).unwrap();
        database.command(doc! { "drop": "users" });
        let error = database.add(&user, &["name", "age"], &rows(count)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelNotFound, "{error}");
        assert!(error.message().contains("users"), "{error}");
        let names = database.command(doc! { "listCollections": 1, "filter": { "name": "users" } });
        let found = names.get_document("cursor").unwrap().get_array("firstBatch").unwrap();
        assert!(found.is_empty(), "it was made again: {found:?}");
        // Where it is there again, it is as good as the old one.
        database.create(&[&user]);
        database.add(&user, &["name", "age"], &rows(1)).unwrap();
        database.command(doc! { "drop": "users" });
        database.command(doc! { "create": "users" });
        database.add(&user, &["name", "age"], &rows(count)).unwrap();
        assert_eq!(database.documents("users").len() as i64, count);
        database.command(doc! { "drop": "users" });
    }
}

#[test]
fn a_script_that_is_none_is_refused() {
    let Some(database) = database() else { return };
    for statement in ["DROP TABLE users", "[]", "{}", "{\"frobnicate\": 1}"] {
        let error = database.run(&[statement.to_owned()]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Query, "{statement}: {error}");
    }
    assert!(database.driver.drop_statements(&[user()]).is_ok());
}
