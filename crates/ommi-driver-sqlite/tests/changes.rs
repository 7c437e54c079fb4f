//! Schema changes for which a table is made anew, on tables that somebody else made: nothing of them is lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::sync::Once;

use futures_executor::block_on;
use ommi_core::driver::{Driver, Executor};
use ommi_core::schema::{Action, Change, ColumnDef, FieldType, SchemaDef, TableReference};
use ommi_core::value::Value;
use ommi_core::{ErrorKind, Result};
use ommi_driver_sqlite::{SqliteConfig, SqliteDriver};
use rusqlite::Connection;

/// A database that `script` made, and a driver on it.
///
/// The driver's locks are put in place with the first of all drivers, before any connection of another library is open.
fn made(script: &str) -> (tempfile::TempDir, Connection, SqliteDriver) {
    static FIRST: Once = Once::new();
    FIRST.call_once(|| {
        let folder = tempfile::tempdir().unwrap();
        let driver = SqliteDriver::new(SqliteConfig::file(folder.path().join("first.db"))).unwrap();
        block_on(driver.connect()).unwrap();
        block_on(driver.close()).unwrap();
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(&format!("PRAGMA foreign_keys = ON; {script}")).unwrap();
    let driver = SqliteDriver::new(SqliteConfig::file(path)).unwrap();
    block_on(driver.connect()).unwrap();
    (folder, connection, driver)
}

fn change(driver: &SqliteDriver, changes: &[Change]) -> Result<Vec<String>> {
    let before = block_on(driver.describe())?;
    let statements = driver.change_statements(&before, changes)?;
    block_on(driver.change_schema(statements.clone()))?;
    Ok(statements)
}

fn numbers(connection: &Connection, text: &str) -> Vec<i64> {
    let mut statement = connection.prepare(text).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(std::result::Result::unwrap).collect()
}

const NOTES: &str = "CREATE TABLE notes (code VARCHAR(9) PRIMARY KEY, body TEXT, size INTEGER DEFAULT 3); \
    CREATE TABLE marks (id INTEGER PRIMARY KEY, note TEXT REFERENCES notes ON DELETE CASCADE); \
    CREATE TABLE log (what TEXT); \
    CREATE TRIGGER noted AFTER UPDATE ON notes BEGIN INSERT INTO log VALUES (new.code); END; \
    CREATE VIEW bodies AS SELECT body FROM notes; \
    CREATE INDEX long_ones ON notes (size DESC) WHERE size > 2; \
    CREATE INDEX by_size ON notes (size); \
    INSERT INTO notes (rowid, code, body) VALUES (5, 'a', 'x'), (9, 'b', NULL); \
    INSERT INTO marks VALUES (1, 'a'), (2, 'b')";

/// Makes the body required, with a value where there is none.
fn require_body(schema: &SchemaDef) -> Change {
    let from = schema.table("notes").unwrap().column("body").unwrap().clone();
    let to = ColumnDef { nullable: false, ..from.clone() };
    Change::AlterColumn { table: "notes".into(), from, to, fill: Some(Value::Text("it's".into())) }
}

#[test]
fn a_rebuilt_table_keeps_its_rows_and_all_that_hangs_on_it() {
    let (_folder, connection, driver) = made(NOTES);
    let before = block_on(driver.describe()).unwrap();
    let statements = change(&driver, &[require_body(&before)]).unwrap();
    assert_eq!(statements.iter().filter(|text| text.starts_with("CREATE TABLE")).count(), 1);
    assert_eq!(numbers(&connection, "SELECT rowid FROM notes ORDER BY code"), [5, 9]);
    assert_eq!(numbers(&connection, "SELECT count(*) FROM bodies WHERE body = 'it''s'"), [1]);
    assert_eq!(numbers(&connection, "SELECT id FROM marks"), [1, 2], "no row went along");
    connection.execute_batch("UPDATE notes SET size = 4 WHERE code = 'a'").unwrap();
    assert_eq!(numbers(&connection, "SELECT count(*) FROM log"), [1], "the trigger is there");
    connection.execute_batch("DELETE FROM notes WHERE code = 'a'").unwrap();
    assert_eq!(numbers(&connection, "SELECT id FROM marks"), [2], "the reference is there");
    let plan: String = connection
        .query_row("EXPLAIN QUERY PLAN SELECT * FROM notes WHERE size > 2 ORDER BY size DESC", [], |row| {
            row.get(3)
        })
        .unwrap();
    assert!(plan.contains("INDEX long_ones"), "{plan}");
    let after = block_on(driver.describe()).unwrap();
    let declared = &after.table("notes").unwrap().column("code").unwrap().ty;
    assert_eq!(declared, &before.table("notes").unwrap().column("code").unwrap().ty);
    assert_eq!(after.table("notes").unwrap().indexes, before.table("notes").unwrap().indexes);
    assert_eq!(after.table("notes").unwrap().attached, before.table("notes").unwrap().attached);
    // Another connection of the driver watches over references as before.
    let error = block_on(driver.run_script(vec!["INSERT INTO marks VALUES (7, 'nobody')".into()]));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::ForeignKeyViolation);
}

#[test]
fn changes_of_one_table_share_one_rebuilding() {
    let (_folder, _connection, driver) = made(NOTES);
    let before = block_on(driver.describe()).unwrap();
    let size = before.table("notes").unwrap().column("size").unwrap().clone();
    let index = before.table("notes").unwrap().indexes.iter().find(|index| index.name == "by_size").cloned();
    let added = ColumnDef::new("added", FieldType::Int);
    let changes = [
        require_body(&before),
        Change::DropIndex { table: "notes".into(), index: index.unwrap() },
        Change::AddColumn { table: "notes".into(), column: added, fill: Some(Value::Int(1)) },
    ];
    let statements = change(&driver, &changes).unwrap();
    assert_eq!(statements.iter().filter(|text| text.starts_with("CREATE TABLE")).count(), 1);
    assert!(block_on(driver.describe()).unwrap().table("notes").unwrap().column("added").is_some());
    // The partial index stands on this column: the whole change is undone, and the error says where.
    let drop = Change::DropColumn { table: "notes".into(), column: size, fill: None };
    let error = change(&driver, &[drop]).unwrap_err();
    assert!(error.statement().unwrap_or_default().contains("long_ones"), "{error:?}");
    assert!(block_on(driver.describe()).unwrap().table("notes").unwrap().column("size").is_some());
}

#[test]
fn a_table_that_would_lose_something_is_not_rebuilt() {
    for (clause, reason) in [
        ("note TEXT, CHECK (note <> '')", "a CHECK constraint"),
        ("note TEXT COLLATE NOCASE", "a collation"),
        ("note TEXT, loud TEXT AS (upper(note))", "a computed column"),
    ] {
        let (_folder, connection, driver) = made(&format!(
            "CREATE TABLE things (id INTEGER PRIMARY KEY, extra INT, {clause}); INSERT INTO things (id) VALUES (1)"
        ));
        let column = ColumnDef { nullable: true, ..ColumnDef::new("extra", FieldType::Int) };
        let drop = Change::DropColumn { table: "things".into(), column, fill: None };
        let error = change(&driver, &[drop]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(reason), "{error}");
        assert_eq!(numbers(&connection, "SELECT count(extra IS NULL) FROM things"), [1]);
        // What needs no rebuilding goes on.
        let column = ColumnDef { nullable: true, ..ColumnDef::new("new", FieldType::Text) };
        change(&driver, &[Change::AddColumn { table: "things".into(), column, fill: None }]).unwrap();
    }
}

#[test]
fn a_reference_that_rows_break_is_refused_and_undone() {
    let (_folder, connection, driver) = made(
        "CREATE TABLE a (id INTEGER PRIMARY KEY); \
         CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER); INSERT INTO b VALUES (1, 7), (2, NULL)",
    );
    let reference = TableReference {
        name: None,
        columns: vec!["a".into()],
        target: "a".into(),
        target_columns: vec!["id".into()],
        on_delete: Action::Cascade,
        on_update: Action::Restrict,
    };
    let add = Change::AddReference { table: "b".into(), reference };
    let error = change(&driver, std::slice::from_ref(&add)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation);
    assert!(error.to_string().contains("b refers to a"), "{error}");
    assert_eq!(block_on(driver.describe()).unwrap().table("b").unwrap().references, []);
    connection.execute_batch("UPDATE b SET a = NULL").unwrap();
    change(&driver, &[add]).unwrap();
    assert_eq!(block_on(driver.describe()).unwrap().table("b").unwrap().references.len(), 1);
}
