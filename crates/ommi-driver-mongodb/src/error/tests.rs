use mongodb::bson::{Document, doc};
use ommi_core::schema::{FieldDef, FieldType, ModelDef};

use super::message::{index_name, redacted};
use super::*;

fn server(code: i32, message: &str, details: &Document, labels: &[&str]) -> Error {
    Failure { code, message, details, labels }.error()
}

fn plain(code: i32, message: &str) -> Error {
    server(code, message, &Document::new(), &[])
}

/// Neither the error nor its source shows a value.
#[track_caller]
fn hides(error: &Error, value: &str) {
    let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    assert!(!error.to_string().contains(value) && !source.contains(value), "{error} / {source}");
}

#[test]
fn a_duplicate_names_its_index_and_columns_and_not_the_value() {
    let message = "E11000 duplicate key error collection: shop.users index: uq_users_e%2Email dup key: { e%2Email: \"ada\" }";
    let details = doc! { "keyPattern": { "e%2Email": 1 }, "keyValue": { "e%2Email": "ada" } };
    let error = server(11000, message, &details, &[]);
    assert_eq!(error.kind(), ErrorKind::UniqueViolation);
    assert_eq!(error.constraint(), Some("uq_users_e%2Email"));
    assert_eq!(error.columns(), ["e.mail"]);
    hides(&error, "ada");
}

#[test]
fn a_duplicate_key_names_the_key_of_the_model() {
    let model = ModelDef::builder("User")
        .field(FieldDef::new("id", FieldType::Int).column("user_id"))
        .build()
        .unwrap();
    let message = "E11000 duplicate key error collection: shop.users index: _id_ dup key: { _id: 7 }";
    let error = in_model(plain(11000, message), &model);
    assert_eq!(error.columns(), ["user_id"]);
    assert_eq!(error.message(), "another row already has this value (user_id)");
}

#[test]
fn a_cut_message_about_a_duplicate_is_completed_by_the_model() {
    let model = |other: FieldType| {
        ModelDef::builder("User")
            .field(FieldDef::new("id", FieldType::Int))
            .field(FieldDef::new("email", FieldType::Text).column("mail").unique())
            .field(FieldDef::new("other", other).unique())
            .build()
            .unwrap()
    };
    let error = in_model(cut_duplicate(), &model(FieldType::Int));
    assert_eq!((error.kind(), error.columns()), (ErrorKind::UniqueViolation, &["mail".to_owned()][..]));
    assert_eq!(in_model(cut_duplicate(), &model(FieldType::Text)).columns(), [] as [&str; 0]);
}

fn refused(rule: Document) -> Error {
    let account = doc! { "errInfo": { "failingDocumentId": "ada", "details": {
    "operatorName": "$jsonSchema", "schemaRulesNotSatisfied": [rule] } } };
    server(121, "Document failed validation", &account, &[])
}

#[test]
fn validation_names_the_column_and_not_the_value() {
    let missing = refused(doc! { "operatorName": "required", "missingProperties": ["na%2Eme", "age"] });
    assert_eq!((missing.kind(), missing.columns()), (ErrorKind::NotNullViolation, &["na.me".to_owned()][..]));
    let property = |operator: &str, found: &str| {
        refused(
            doc! { "operatorName": "properties", "propertiesNotSatisfied": [{ "propertyName": "age", "details": [
            { "operatorName": operator, "consideredType": found, "consideredValue": "ada" } ] }] },
        )
    };
    for (operator, found, kind) in [
        ("bsonType", "null", ErrorKind::NotNullViolation),
        ("bsonType", "string", ErrorKind::Query),
        ("maxLength", "string", ErrorKind::CheckViolation),
        ("enum", "string", ErrorKind::CheckViolation),
    ] {
        let error = property(operator, found);
        assert_eq!((error.kind(), error.columns()), (kind, &["age".to_owned()][..]), "{operator}");
        hides(&error, "ada");
    }
    assert_eq!(plain(121, "Document failed validation").kind(), ErrorKind::Constraint);
}

#[test]
fn lost_races_and_lost_servers_are_told_apart() {
    let transient = ["TransientTransactionError"];
    for (code, labels, kind) in [
        (112, &transient[..], ErrorKind::Conflict),
        (112, &[], ErrorKind::Conflict),
        (251, &transient, ErrorKind::Conflict),
        (251, &[], ErrorKind::Transaction),
        (9999, &transient, ErrorKind::Conflict),
        (10107, &transient, ErrorKind::Conflict),
        (10107, &[], ErrorKind::Connection),
        (24, &transient, ErrorKind::Conflict),
        (11600, &transient, ErrorKind::Connection),
        (11600, &[], ErrorKind::Connection),
        (189, &[], ErrorKind::Connection),
        (11601, &[], ErrorKind::Cancelled),
        (50, &[], ErrorKind::Timeout),
        (24, &[], ErrorKind::Lock),
        (18, &[], ErrorKind::Connection),
        (26, &[], ErrorKind::ModelNotFound),
        (73, &[], ErrorKind::Schema),
        (10334, &[], ErrorKind::Validation),
        (9999, &[], ErrorKind::Query),
    ] {
        let error = server(code, "some words", &Document::new(), labels);
        assert_eq!(error.kind(), kind, "{code} {labels:?}: {error}");
    }
    let standalone = plain(20, "Transaction numbers are only allowed on a replica set member or mongos");
    assert_eq!(standalone.kind(), ErrorKind::Unsupported);
    assert!(standalone.message().contains("standalone"), "{standalone}");
}

#[test]
fn errors_inside_of_an_answer_are_found() {
    let answer = doc! { "ok": 1, "writeErrors": [{ "index": 0, "code": 112, "errmsg": "x" }] };
    assert_eq!(Failure::within(&answer).unwrap().kind(), ErrorKind::Conflict);
    let answer = doc! { "ok": 1, "n": 1, "writeConcernError": { "code": 64, "errmsg": "waiting timed out" } };
    let error = Failure::within(&answer).unwrap();
    assert!(error.kind() == ErrorKind::Timeout && error.message().contains("was not confirmed"), "{error}");
    assert!(Failure::within(&doc! { "ok": 1, "n": 1 }).is_none());
}

#[test]
fn values_are_taken_out_of_messages() {
    for (message, shown) in [
        (
            "$add only supports numeric or date types, not string",
            "$add only supports numeric or date types, not string",
        ),
        ("Failed to parse number 'ada' in $convert", "Failed to parse number ... in $convert"),
        ("no { a: \"ada\", b: [1] } here", "no ... here"),
        ("value: 4711 is out of range", "value: ... is out of range"),
        ("not authorized on shop to execute command { insert: \"ada\" }", "not authorized on shop"),
        ("cut \"ada", "cut ..."),
    ] {
        assert_eq!(redacted(message), shown);
    }
    hides(&plain(9999, "Plan failed for { name: \"ada\" }"), "ada");
    assert_eq!(index_name("E11000 x index: a b dup key: {}"), Some("a b"));
}
