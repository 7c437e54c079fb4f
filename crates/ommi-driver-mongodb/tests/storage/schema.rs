//! Collections, validators and indexes as the models ask for them.

use std::sync::Arc;

use futures_executor::block_on;
use mongodb::bson::{Bson, Document, doc};
use ommi_core::ErrorKind;
use ommi_core::driver::{Driver, Executor};
use ommi_core::schema::{FieldDef, FieldType, ModelDef};
use ommi_core::value::Value;

use super::database::{Database, database};
use super::models::{odd, text, user, visit};

/// The collection's indexes beside that of `_id`: name, keys and whether unique.
fn indexes(database: &Database, collection: &str) -> Vec<(String, Vec<String>, bool)> {
    let answer = database.command(doc! { "listIndexes": collection });
    let found = answer.get_document("cursor").unwrap().get_array("firstBatch").unwrap();
    let index = |index: &Document| {
        let keys = index.get_document("key").unwrap().keys().cloned().collect();
        (index.get_str("name").unwrap().to_owned(), keys, index.get_bool("unique").unwrap_or(false))
    };
    found.iter().filter_map(Bson::as_document).skip(1).map(index).collect()
}

#[test]
fn a_model_gets_its_indexes() {
    let Some(database) = database() else { return };
    database.create(&[&user(), &visit()]);
    let index = |name: &str, keys: &[&str], unique| {
        (name.into(), keys.iter().map(|key| (*key).into()).collect(), unique)
    };
    assert_eq!(
        indexes(&database, "users"),
        [index("uq_users_email", &["email"], true), index("ix_users_name_age", &["name", "age"], false)]
    );
    assert_eq!(
        indexes(&database, "visits"),
        [index("pk_visits", &["place", "user_id"], false), index("ix_visits_user_id", &["user_id"], false)]
    );
}

#[test]
fn statements_can_be_run_again() {
    let Some(database) = database() else { return };
    let statements = database.driver.create_statements(&[user(), visit(), odd()]).unwrap();
    database.run(&statements).unwrap();
    // Somebody made an index of the same fields, or of the same name.
    database.command(doc! { "dropIndexes": "users", "index": ["uq_users_email", "ix_users_name_age"] });
    database.command(doc! { "createIndexes": "users", "indexes": [
        { "key": { "name": 1, "age": 1 }, "name": "own" }, { "key": { "age": 1 }, "name": "ix_users_name_age" } ] });
    database.run(&statements).unwrap();
    let names: Vec<_> = indexes(&database, "users").into_iter().map(|(name, _, _)| name).collect();
    assert_eq!(names, ["own", "ix_users_name_age", "uq_users_email"]);
    database.run(&database.driver.drop_statements(&[user(), visit(), odd()]).unwrap()).unwrap();
    database.run(&database.driver.drop_statements(&[user(), visit(), odd()]).unwrap()).unwrap();
    assert!(block_on(database.driver.introspect(vec!["users".into(), "visits".into()])).unwrap().is_empty());
}

#[test]
fn the_schema_is_read_back_as_it_was_written() {
    let Some(database) = database() else { return };
    let every = every_type();
    database.create(&[&user(), &visit(), &odd(), &every]);
    for model in [user(), visit(), odd(), every] {
        let found = block_on(database.driver.introspect(vec![model.table().to_owned()])).unwrap().remove(0);
        assert_eq!(found.name, model.table());
        assert_eq!(found.columns.len(), model.fields().len());
        for (position, field) in model.fields().iter().enumerate() {
            let column =
                found.columns.iter().find(|column| column.name == field.column).expect(&field.column);
            assert!(column.fits.contains(&field.ty), "{column:?}");
            assert_eq!(column.declared, field.ty.to_string());
            assert_eq!(column.key, model.key().iter().position(|key| *key == position), "{column:?}");
            assert!(column.nullable == field.nullable && !column.sampled, "{column:?}");
        }
    }
}

fn every_type() -> Arc<ModelDef> {
    let types = [
        FieldType::Bool,
        FieldType::Int,
        FieldType::Float,
        FieldType::Text,
        FieldType::Bytes,
        FieldType::Decimal,
        FieldType::Uuid,
        FieldType::DateTime,
        FieldType::NaiveDateTime,
        FieldType::Timestamp,
        FieldType::Date,
        FieldType::Time,
        FieldType::Duration,
        FieldType::Json,
        FieldType::List(Box::new(FieldType::Text)),
    ];
    let key = ModelDef::builder("Every").field(FieldDef::new("key", FieldType::Uuid)).key(["key"]);
    let all = types.into_iter().enumerate().fold(key, |model, (number, ty)| {
        let field = FieldDef::new(format!("f{number}"), ty);
        model.field(if number % 2 == 0 { field.nullable() } else { field })
    });
    all.build().unwrap()
}

#[test]
fn the_validator_keeps_what_the_model_asks_for() {
    let Some(database) = database() else { return };
    let user = user();
    database.create(&[&user]);
    let add = |fields: &[&str], row: Vec<Value>| database.add(&user, fields, &[row]).map(drop);
    let missing = add(&["age"], vec![Value::Int(1)]).unwrap_err();
    assert_eq!((missing.kind(), missing.columns()), (ErrorKind::NotNullViolation, &["name".to_owned()][..]));
    let long = add(&["name", "age"], vec![text("äöüßäö"), Value::Int(1)]).unwrap_err();
    assert_eq!((long.kind(), long.columns()), (ErrorKind::CheckViolation, &["name".to_owned()][..]));
    add(&["name", "age"], vec![text("äöü😀ß"), Value::Int(1)]).unwrap();
}

#[test]
fn nulls_may_repeat_in_a_unique_field_and_values_may_not() {
    let Some(database) = database() else { return };
    let user = user();
    database.create(&[&user]);
    let row = |email: Option<&str>| vec![text("x"), Value::Int(1), email.map_or(Value::Null, text)];
    database.add(&user, &["name", "age", "email"], &[row(None), row(None), row(Some("a"))]).unwrap();
    let error = database.add(&user, &["name", "age", "email"], &[row(Some("a"))]).unwrap_err();
    assert_eq!((error.constraint(), error.columns()), (Some("uq_users_email"), &["email".to_owned()][..]));
}

#[test]
fn an_added_column_gets_its_default_its_rule_and_its_index() {
    let Some(database) = database() else { return };
    database.create(&[&user()]);
    database.add(&user(), &["name", "age"], &[vec![text("ada"), Value::Int(1)]]).unwrap();
    let grown = ModelDef::builder("User")
        .table("users")
        .field(FieldDef::new("id", FieldType::Int).column("user_id"))
        .field(FieldDef::new("name", FieldType::Text).max_length(5))
        .field(FieldDef::new("rank", FieldType::Int).default(3))
        .field(FieldDef::new("code", FieldType::Text).nullable().unique())
        .field(FieldDef::new("note", FieldType::Text))
        .build()
        .unwrap();
    for name in ["rank", "code"] {
        let field = grown.require_field(name).unwrap();
        let statements = database.driver.add_column_statements(&grown, field).unwrap();
        database.run(&statements).unwrap();
        database.run(&statements).unwrap();
    }
    assert_eq!(database.documents("users")[0].get("rank"), Some(&Bson::Int64(3)));
    assert!(indexes(&database, "users").contains(&("uq_users_code".into(), vec!["code".into()], true)));
    let found = block_on(database.driver.introspect(vec!["users".into()])).unwrap().remove(0);
    let nullable =
        |name: &str| found.columns.iter().find(|column| column.name == name).map(|column| column.nullable);
    assert_eq!((nullable("rank"), nullable("code"), nullable("age")), (Some(false), Some(true), Some(false)));
    let note = grown.require_field("note").unwrap();
    let error = database.driver.add_column_statements(&grown, note).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Unsupported, Some("note")));
}

#[test]
fn what_mongodb_cannot_keep_is_refused_before_anything_is_sent() {
    let Some(database) = database() else { return };
    let refused = |model: Arc<ModelDef>, kind| {
        let error = database.driver.create_statements(&[model]).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    };
    let id = || ModelDef::builder("M").field(FieldDef::new("id", FieldType::Int));
    let list = FieldType::List(Box::new(FieldType::Int));
    refused(id().field(FieldDef::new("tags", list).unique()).build().unwrap(), ErrorKind::Unsupported);
    refused(
        ModelDef::builder("M").field(FieldDef::new("data", FieldType::Json)).key(["data"]).build().unwrap(),
        ErrorKind::Unsupported,
    );
    refused(id().field(FieldDef::new("n", FieldType::Int).auto()).build().unwrap(), ErrorKind::Unsupported);
    refused(id().table("ommi_counters").build().unwrap(), ErrorKind::Schema);
}
