//! Setting models up.

use std::sync::Arc;

use futures_util::future::join;
use ommi_core::driver::{FetchOptions, TransactionOptions};
use ommi_core::schema::FieldType;
use ommi_core::value::RowBatch;
use ommi_core::{ErrorKind, query::Operation};

use super::*;
use crate::Session;
use crate::testing::fake::table;
use crate::testing::models;

/// What was sent, without reads of the schema and compilations.
fn changes(fake: &Fake) -> Vec<String> {
    let is_change = |entry: &String| !entry.contains("introspect") && !entry.starts_with("compile");
    fake.take_log().into_iter().filter(is_change).collect()
}

fn count(session: &Session, model: &Arc<ModelDef>) -> Result<usize> {
    use futures_util::TryStreamExt;
    let rows = session.fetch(Operation::Count(Query::new(model.clone())), FetchOptions::default());
    block_on(rows.try_collect::<Vec<_>>()).map(|batches| batches.len())
}

#[test]
fn missing_tables_are_created_after_those_that_they_refer_to() {
    let (handle, fake) = handle();
    wait(handle.use_models(vec![models().post.clone()]));
    let created = changes(&fake);
    assert_eq!(created.len(), 6);
    let position =
        |table: &str| created.iter().position(|create| create == &format!("create {table}")).unwrap();
    assert!(position("Country") < position("User"));
    assert!(position("User") < position("Post"));
    assert!(position("Role") < position("UserRole"));
    assert!(handle.is_ready(&models().user));
}

#[test]
fn existing_tables_are_left_alone() {
    let (handle, fake) = handle();
    fake.add_table(table(&models().country));
    wait(handle.use_models(vec![models().country.clone()]));
    assert!(changes(&fake).is_empty());
}

#[test]
fn new_optional_columns_are_added() {
    let (handle, fake) = handle();
    let mut old = table(&models().country);
    old.columns.retain(|column| column.name != "name");
    let grown = ModelDef::builder("Country")
        .field(models().country.fields()[0].clone())
        .field(models().country.fields()[1].clone().nullable())
        .key(["code"])
        .build()
        .unwrap();
    fake.add_table(old);
    wait(handle.use_models(vec![grown]));
    assert_eq!(changes(&fake), ["add Country.name"]);
}

#[test]
fn every_difference_is_named_at_once_and_nothing_is_changed() {
    let (handle, fake) = handle();
    let mut old = table(&models().user);
    old.columns.retain(|column| column.name != "age" && column.name != "tags");
    for column in &mut old.columns {
        match column.name.as_str() {
            "name" => (column.fits, column.declared) = (vec![FieldType::Bytes], "BLOB".into()),
            "email" => column.nullable = false,
            "id" => column.key = None,
            _other => {}
        }
    }
    old.columns.push(ommi_core::schema::ColumnInfo {
        name: "legacy".into(),
        declared: "TEXT".into(),
        fits: vec![],
        nullable: false,
        key: None,
        has_default: false,
        sampled: false,
    });
    old.columns.push(ommi_core::schema::ColumnInfo {
        name: "stamped".into(),
        declared: "TEXT".into(),
        fits: vec![],
        nullable: false,
        key: None,
        has_default: true,
        sampled: false,
    });
    fake.add_table(old);
    let error = fail(handle.use_models(vec![models().user.clone()]));
    assert_eq!(error.kind(), ErrorKind::IncompatibleSchema);
    let message = error.to_string();
    for part in [
        "User.age has no column \"age\"",
        "User.name holds text and the column \"name\" is declared as BLOB",
        "User.email is optional and the column \"email\" refuses NULL",
        "User: the key is id and that of the table has none",
        "column \"legacy\" is required and no field is stored in it",
    ] {
        assert!(message.contains(part), "{part:?} in {message}");
    }
    assert!(!message.contains("tags"));
    assert!(!message.contains("stamped"), "the database has a value for it");
    assert!(changes(&fake).is_empty());
    assert!(!handle.is_ready(&models().user));
}

#[test]
fn rows_that_were_looked_at_forbid_only_what_they_hold() {
    let (handle, fake) = handle();
    let mut found = table(&models().user);
    for column in &mut found.columns {
        column.sampled = true;
        match column.name.as_str() {
            // Where every row has one, NULL is as possible as before.
            "email" => column.nullable = false,
            "id" => column.name = "_id".into(),
            _other => {}
        }
    }
    found.columns.push(ommi_core::schema::ColumnInfo {
        name: "legacy".into(),
        declared: "string".into(),
        fits: vec![FieldType::Text],
        nullable: false,
        key: None,
        has_default: false,
        sampled: true,
    });
    fake.add_table(found.clone());
    wait(handle.use_models(vec![models().user.clone()]));
    let made = changes(&fake);
    assert!(made.iter().all(|change| !change.starts_with("add ")), "{made:?}");
    let name = found.columns.iter_mut().find(|column| column.name == "name").unwrap();
    name.nullable = true;
    let (handle, fake) = self::handle();
    fake.add_table(found);
    let error = fail(handle.use_models(vec![models().user.clone()]));
    assert!(error.to_string().contains("User.name is not optional"), "{error}");
}

#[test]
fn the_first_operation_creates_what_is_missing_once() {
    let (handle, fake) = implicit();
    let user = &models().lonely;
    assert!(handle.session().fetch_now(&all(user), &mut RowBatch::default()).is_none());
    let delete = || handle.session().write(Operation::Delete(Query::new(user.clone())));
    let (first, second) = block_on(join(delete(), delete()));
    assert_eq!((first.unwrap(), second.unwrap()), (1, 1));
    assert_eq!(changes(&fake), ["create Lonely", "write [Lonely] []", "write [Lonely] []"]);
    assert!(handle.session().fetch_now(&all(user), &mut RowBatch::default()).is_some());
}

#[test]
fn a_missing_table_that_only_a_second_connection_could_create() {
    let capabilities = ommi_core::driver::Capabilities { transactional_schema: false, ..Fake::capable() };
    let fake = Fake::with(capabilities);
    let options = HandleOptions { implicit_setup: true, ..HandleOptions::default() };
    let handle = Handle::new(fake.clone(), options);
    fake.has_connections(1);
    let tx = wait(handle.begin(TransactionOptions::default()));
    let error = count(&tx.session(), &models().country).unwrap_err();
    assert_eq!((error.kind(), error.model()), (ErrorKind::PoolExhausted, Some("Country")));
    assert!(error.message().contains("max_connections"), "{error}");
    // Outside of the transaction there is a connection for it, and with two of them inside as well.
    fake.has_connections(2);
    count(&tx.session(), &models().country).unwrap();
    wait(tx.rollback());
    fake.has_connections(1);
    count(&handle.session(), &models().role).unwrap();
}

#[test]
fn implicit_setup_alters_nothing() {
    let (handle, fake) = implicit();
    let mut old = table(&models().lonely);
    old.columns.clear();
    fake.add_table(old);
    assert_eq!(count(&handle.session(), &models().lonely).unwrap(), 1);
    assert_eq!(changes(&fake), ["fetch [Lonely] []"]);
}

#[test]
fn companions_are_set_up_together() {
    let (handle, fake) = implicit();
    handle.set_companions(Arc::new(|_| Ok(vec![models().country.clone(), models().lonely.clone()])));
    count(&handle.session(), &models().lonely).unwrap();
    assert_eq!(changes(&fake), ["create Lonely", "create Country", "fetch [Lonely] []"]);
}

#[test]
fn setup_in_a_transaction_is_known_to_others_after_the_commit() {
    let (handle, fake) = implicit();
    let tx = wait(handle.begin(TransactionOptions::default()));
    count(&tx.session(), &models().lonely).unwrap();
    count(&tx.session(), &models().lonely).unwrap();
    assert!(!handle.is_ready(&models().lonely));
    wait(tx.commit());
    assert!(handle.is_ready(&models().lonely));
    assert_eq!(
        changes(&fake),
        [
            "begin Serializable",
            "tx create Lonely",
            "tx fetch [Lonely] []",
            "tx fetch [Lonely] []",
            "tx commit"
        ]
    );
}

#[test]
fn setup_in_a_transaction_is_forgotten_by_a_rollback() {
    let (handle, _) = implicit();
    let tx = wait(handle.begin(TransactionOptions::default()));
    let inner = wait(tx.nested());
    count(&inner.session(), &models().lonely).unwrap();
    wait(inner.rollback());
    assert!(!tx.has_set_up(std::slice::from_ref(&models().lonely)));
    wait(tx.commit());
    assert!(!handle.is_ready(&models().lonely));
}

#[test]
fn removed_models_are_no_longer_ready() {
    let (handle, fake) = implicit();
    let (user, post) = (&models().user, &models().post);
    wait(handle.use_models(vec![post.clone()]));
    handle.session().fetch_now(&all(user), &mut RowBatch::default()).unwrap().unwrap();
    fake.take_log();
    wait(handle.remove_models(vec![user.clone(), post.clone()]));
    assert_eq!(changes(&fake), ["drop Post", "drop User"]);
    assert!(!handle.is_ready(user));
    assert!(handle.session().fetch_now(&all(user), &mut RowBatch::default()).is_none());
}

#[test]
fn recreated_models_are_dropped_and_created() {
    let (handle, fake) = handle();
    wait(handle.recreate_models(vec![models().lonely.clone()]));
    assert_eq!(changes(&fake), ["drop Lonely", "create Lonely"]);
    assert!(handle.is_ready(&models().lonely));
}

#[test]
fn two_models_may_share_a_table() {
    let (handle, fake) = handle();
    let view = ModelDef::builder("Other")
        .table("Lonely")
        .field(models().lonely.fields()[0].clone())
        .build()
        .unwrap();
    wait(handle.use_models(vec![models().lonely.clone(), view]));
    assert_eq!(changes(&fake), ["create Lonely"]);
}
