//! CREATE, DROP and ADD COLUMN: text, and what SQLite makes of it.

use std::sync::Arc;

use ommi_core::ErrorKind;
use ommi_core::schema::{Action, FieldDef, FieldType, ModelDef, ModelLink, ReferenceDef};
use ommi_core::value::Value;
use ommi_sql::{Dialect, add_column_statements, create_statements, drop_statements};
use rusqlite::Connection;

use crate::database::database;
use crate::models::{PERSON, POST, SEAT, list, to};

fn create(model: &Arc<ModelDef>) -> Vec<String> {
    create_statements(&[Arc::clone(model)], Dialect::Sqlite).unwrap()
}

fn run(connection: &Connection, statements: &[String]) {
    for statement in statements {
        connection.execute_batch(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

#[test]
fn every_type_has_its_declared_name() {
    let types = [
        FieldType::Bool,
        FieldType::Int,
        FieldType::Float,
        FieldType::Text,
        FieldType::Bytes,
        FieldType::Decimal,
        FieldType::Uuid,
        FieldType::DateTime,
        FieldType::Timestamp,
        FieldType::Date,
        FieldType::Time,
        FieldType::Duration,
        FieldType::Json,
        list(FieldType::Int),
    ];
    let builder = ModelDef::builder("All").field(FieldDef::new("id", FieldType::Int));
    let model = types.into_iter().enumerate().fold(builder, |builder, (position, ty)| {
        builder.field(FieldDef::new(format!("f{position}"), ty).nullable())
    });
    assert_eq!(
        create(&model.build().unwrap()),
        [concat!(
            r#"CREATE TABLE IF NOT EXISTS "All" ( "id" INTEGER NOT NULL PRIMARY KEY, "f0" BOOLEAN, "f1" INTEGER, "#,
            r#""f2" REAL, "f3" TEXT, "f4" BLOB, "f5" DECIMAL_TEXT, "f6" UUID_TEXT, "f7" DATETIME_TEXT, "#,
            r#""f8" TIMESTAMP_TEXT, "f9" DATE_TEXT, "f10" TIME_TEXT, "f11" INTERVAL, "f12" JSON_TEXT, "f13" JSON_TEXT )"#
        )]
    );
}

#[test]
fn a_single_integer_key_is_the_row_id() {
    let connection = database(&[&PERSON]);
    connection
        .execute_batch(
            "INSERT INTO people (name) VALUES ('a'); INSERT INTO people (id, name) VALUES (NULL, 'b')",
        )
        .unwrap();
    let last: i64 =
        connection.query_row("SELECT max(id) FROM people WHERE id = rowid", [], |row| row.get(0)).unwrap();
    assert_eq!(last, 2);
}

#[test]
fn composite_keys_and_references_are_table_clauses() {
    assert_eq!(
        create(&SEAT),
        [
            r#"CREATE TABLE IF NOT EXISTS "seats" ( "row" INTEGER NOT NULL, "letter" TEXT NOT NULL, "taken" BOOLEAN NOT NULL, PRIMARY KEY ("row", "letter") )"#
        ]
    );
    assert_eq!(
        create(&POST),
        [
            r#"CREATE TABLE IF NOT EXISTS "posts" ( "id" INTEGER NOT NULL PRIMARY KEY, "title" TEXT NOT NULL, "author_id" INTEGER NOT NULL, FOREIGN KEY ("author_id") REFERENCES "people" ("id") ON DELETE CASCADE )"#
        ]
    );
}

#[test]
fn constraints_and_indexes() {
    let model = ModelDef::builder("User")
        .table("users")
        .field(FieldDef::new("code", FieldType::Text).unique().max_length(3))
        .field(FieldDef::new("email", FieldType::Text).nullable().unique().column("mail"))
        .field(FieldDef::new("age", FieldType::Int).default(7_i64))
        .index(None, ["age", "email"], false)
        .index(Some("one_age".into()), ["age"], true)
        .key(["code"])
        .build()
        .unwrap();
    assert_eq!(
        create(&model),
        [
            r#"CREATE TABLE IF NOT EXISTS "users" ( "code" TEXT NOT NULL PRIMARY KEY CHECK (length("code") <= 3), "mail" TEXT UNIQUE, "age" INTEGER NOT NULL DEFAULT 7 )"#,
            r#"CREATE INDEX IF NOT EXISTS "ix_users_age_mail" ON "users" ("age", "mail")"#,
            r#"CREATE UNIQUE INDEX IF NOT EXISTS "one_age" ON "users" ("age")"#,
        ]
    );
    let connection = database(&[&model]);
    run(&connection, &create(&model));
    connection.execute_batch("INSERT INTO users (code) VALUES ('äöü')").unwrap();
    assert!(connection.execute_batch("INSERT INTO users (code, age) VALUES ('four', 8)").is_err());
}

#[test]
fn defaults_are_stored_as_values_are() {
    let decimal: ommi_core::value::Value = Value::Int(12).coerce(&FieldType::Decimal).unwrap();
    let cases = [
        (FieldType::Bool, Value::Bool(true), "1"),
        (FieldType::Int, Value::Int(i64::MIN), "-9223372036854775808"),
        (FieldType::Float, Value::Float(1.0), "1.0"),
        (FieldType::Float, Value::Float(f64::NEG_INFINITY), "-Inf"),
        (FieldType::Text, Value::Text("it's \"🦀\"?".into()), "it's \"🦀\"?"),
        (FieldType::Bytes, Value::Bytes(vec![0x61, 0x27]), "a'"),
        (FieldType::Decimal, decimal, "12"),
        (FieldType::Duration, Value::Duration(-5), "-5"),
        (FieldType::Json, Value::Json(r#"{"a":1}"#.into()), r#"{"a":1}"#),
    ];
    for (ty, value, stored) in cases {
        let field = FieldDef { default: Some(value), ..FieldDef::new("value", ty) };
        let model =
            ModelDef::builder("M").field(FieldDef::new("id", FieldType::Int)).field(field).build().unwrap();
        let created = database(&[&model]);
        created.execute_batch("INSERT INTO M DEFAULT VALUES").unwrap();
        let altered = Connection::open_in_memory().unwrap();
        altered
            .execute_batch("CREATE TABLE M (id INTEGER PRIMARY KEY); INSERT INTO M DEFAULT VALUES")
            .unwrap();
        run(&altered, &add_column_statements(&model, 1, Dialect::Sqlite).unwrap());
        for connection in [created, altered] {
            let text: String =
                connection.query_row("SELECT CAST(value AS TEXT) FROM M", [], |row| row.get(0)).unwrap();
            assert_eq!(text, stored);
        }
    }
}

#[test]
fn defaults_of_times_have_microseconds() {
    let model = ModelDef::builder("M")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef {
            default: Some(Value::Timestamp(Default::default())),
            ..FieldDef::new("at", FieldType::Timestamp)
        })
        .field(FieldDef {
            default: Some(Value::Time(Default::default())),
            ..FieldDef::new("time", FieldType::Time)
        })
        .build()
        .unwrap();
    let text = &create(&model)[0];
    assert!(text.contains("DEFAULT '1970-01-01 00:00:00+00:00'"), "{text}");
    assert!(text.contains("DEFAULT '00:00:00'"), "{text}");
}

#[test]
fn nan_is_no_default_in_sqlite() {
    let field = FieldDef::new("value", FieldType::Float).default(f64::NAN);
    let model = ModelDef::builder("M").field(field).build().unwrap();
    let error = create_statements(&[model], Dialect::Sqlite).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Unsupported, Some("value")));
}

#[test]
fn a_value_that_sqlite_cannot_generate_is_an_error() {
    let model = ModelDef::builder("M")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("serial", FieldType::Int).auto())
        .build()
        .unwrap();
    let error = create_statements(&[model], Dialect::Sqlite).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().starts_with("M.serial: values are generated only"), "{error}");
}

fn referring_to_name(on_update: Action) -> Arc<ModelDef> {
    let reference =
        ReferenceDef { target_fields: vec!["name".into()], on_update, ..to(&PERSON, Action::Restrict) };
    ModelDef::builder("Fan")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("of", FieldType::Text))
        .reference(["of"], reference)
        .build()
        .unwrap()
}

#[test]
fn a_reference_to_a_field_that_is_not_unique_is_no_foreign_key() {
    let statements = create(&referring_to_name(Action::Cascade));
    assert!(!statements[0].contains("FOREIGN KEY"), "{statements:?}");
}

#[test]
fn an_unresolved_reference_names_its_model() {
    let missing =
        ModelLink::new("Ghost", || Err(ommi_core::Error::new(ErrorKind::Schema, "there is no model Ghost")));
    let reference = ReferenceDef { target: missing, ..to(&PERSON, Action::Restrict) };
    let model = ModelDef::builder("M")
        .field(FieldDef::new("id", FieldType::Int))
        .reference(["id"], reference)
        .build()
        .unwrap();
    let error = create_statements(&[model], Dialect::Sqlite).unwrap_err();
    assert_eq!(error.to_string(), "M: there is no model Ghost");
}

#[test]
fn tables_are_dropped_in_the_order_given() {
    let statements = drop_statements(&[Arc::clone(&POST), Arc::clone(&PERSON)], Dialect::Sqlite).unwrap();
    assert_eq!(statements, [r#"DROP TABLE IF EXISTS "posts""#, r#"DROP TABLE IF EXISTS "people""#]);
}

#[test]
fn an_empty_table_stands_for_one_that_is_still_referred_to() {
    let statements = drop_statements(&[Arc::clone(&PERSON), Arc::clone(&POST)], Dialect::Sqlite).unwrap();
    assert_eq!(
        statements,
        [
            r#"DROP TABLE IF EXISTS "people""#,
            r#"CREATE TABLE "people" ("id", UNIQUE ("id"))"#,
            r#"DROP TABLE IF EXISTS "posts""#,
            r#"DROP TABLE IF EXISTS "people""#,
        ]
    );
}

#[test]
fn tables_that_refer_to_each_other_are_dropped_together() {
    let connection = database(&[&PERSON, &POST]);
    connection
        .execute_batch("PRAGMA foreign_keys = ON; INSERT INTO people (name) VALUES ('a'); INSERT INTO posts VALUES (1, 't', 1)")
        .unwrap();
    for models in [[Arc::clone(&PERSON), Arc::clone(&POST)], [Arc::clone(&POST), Arc::clone(&PERSON)]] {
        let statements = drop_statements(&models, Dialect::Sqlite).unwrap();
        connection.execute_batch("BEGIN; PRAGMA defer_foreign_keys = ON").unwrap();
        run(&connection, &statements);
        connection.execute_batch("COMMIT").unwrap();
        run(&connection, &create_statements(&models, Dialect::Sqlite).unwrap());
        connection
            .execute_batch("INSERT INTO people (name) VALUES ('a'); INSERT INTO posts VALUES (1, 't', 1)")
            .unwrap();
    }
}

fn grown() -> Arc<ModelDef> {
    ModelDef::builder("Post")
        .table("posts")
        .field(FieldDef::new("id", FieldType::Int))
        .field(FieldDef::new("title", FieldType::Text))
        .field(FieldDef::new("author", FieldType::Int).column("author_id"))
        .field(FieldDef::new("slug", FieldType::Text).nullable().unique().max_length(9))
        .field(FieldDef::new("editor", FieldType::Int).nullable())
        .field(FieldDef::new("stars", FieldType::Int))
        .reference(["editor"], to(&PERSON, Action::SetNull))
        .index(None, ["editor"], false)
        .index(None, ["slug", "editor"], false)
        .build()
        .unwrap()
}

#[test]
fn a_column_is_added_with_what_is_its_own() {
    let model = grown();
    let slug = add_column_statements(&model, 3, Dialect::Sqlite).unwrap();
    assert_eq!(
        slug,
        [
            r#"ALTER TABLE "posts" ADD COLUMN "slug" TEXT CHECK (length("slug") <= 9)"#,
            r#"CREATE UNIQUE INDEX IF NOT EXISTS "uq_posts_slug" ON "posts" ("slug")"#,
        ]
    );
    let editor = add_column_statements(&model, 4, Dialect::Sqlite).unwrap();
    assert_eq!(
        editor,
        [
            r#"ALTER TABLE "posts" ADD COLUMN "editor" INTEGER REFERENCES "people" ("id") ON DELETE SET NULL"#,
            r#"CREATE INDEX IF NOT EXISTS "ix_posts_editor" ON "posts" ("editor")"#,
        ]
    );
    let connection = database(&[&PERSON, &POST]);
    connection
        .execute_batch("INSERT INTO people (name) VALUES ('a'); INSERT INTO posts VALUES (1, 't', 1)")
        .unwrap();
    run(&connection, &slug);
    run(&connection, &editor);
    connection.execute_batch("UPDATE posts SET editor = 1, slug = 'x'").unwrap();
}

#[test]
fn a_column_that_rows_cannot_have_is_refused() {
    let model = grown();
    for (field, reason) in [(0, "part of the key"), (5, "no value for it")] {
        let error = add_column_statements(&model, field, Dialect::Sqlite).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(reason), "{error}");
    }
}
