//! What goes wrong around a database: files, disks, locks, foreign content. Each is a clear error, and nothing
//! is lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use common::*;
use futures_executor::block_on;
use ommi_core::driver::{Driver, Executor, TransactionOptions};
use ommi_core::plan::Reach;
use ommi_core::schema::FieldType;
use ommi_core::value::{Cell, RowBatch, Value};
use ommi_core::{Error, ErrorKind};
use ommi_driver_sqlite::{Mode, SqliteConfig, SqliteDriver};

fn opening(config: SqliteConfig) -> Error {
    let driver = SqliteDriver::new(config).unwrap();
    let error = block_on(driver.connect()).unwrap_err();
    assert_eq!(read(&driver, &count(), vec![]).unwrap_err().kind(), error.kind(), "readers see the same");
    error
}

#[track_caller]
fn assert_error(error: &Error, kind: ErrorKind, part: &str) {
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(part), "{error}");
}

#[test]
fn a_directory_is_no_database() {
    let directory = tempfile::tempdir().unwrap();
    let error = opening(SqliteConfig::file(directory.path()));
    assert_error(&error, ErrorKind::Connection, "a directory, not a database file");
}

#[test]
fn a_missing_file_or_directory_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let error = opening(SqliteConfig::file(directory.path().join("none/data.db")));
    assert_error(&error, ErrorKind::Connection, "the directory for the database file does not exist");
    let config =
        SqliteConfig { mode: Mode::ReadWrite, ..SqliteConfig::file(directory.path().join("data.db")) };
    assert_error(&opening(config), ErrorKind::Connection, "does not exist");
}

#[test]
fn another_file_is_no_database() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.txt");
    fs::write(&path, "shopping list\n".repeat(500)).unwrap();
    assert_error(&opening(SqliteConfig::file(&path)), ErrorKind::Connection, "not a SQLite database");
    assert!(fs::read_to_string(&path).unwrap().starts_with("shopping list"), "the file is left alone");
}

#[test]
fn a_damaged_file_is_an_error_and_not_a_wrong_answer() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data.db");
    let driver = file(&path);
    block_on(driver.insert(user_insert(), named(5000))).unwrap();
    close(&driver);
    let mut content = fs::read(&path).unwrap();
    let middle = content.len() / 4;
    content[middle..middle + 40_000].fill(0xA5);
    fs::write(&path, content).unwrap();
    let driver = SqliteDriver::new(SqliteConfig::file(&path)).unwrap();
    let error = read(&driver, &select_all(), vec![]).unwrap_err();
    assert_error(&error, ErrorKind::Connection, "damaged");
}

#[test]
fn a_read_only_database_can_be_read_and_not_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data.db");
    let driver = file(&path);
    block_on(driver.insert(user_insert(), named(1))).unwrap();
    close(&driver);
    let driver =
        SqliteDriver::new(SqliteConfig { mode: Mode::ReadOnly, ..SqliteConfig::file(&path) }).unwrap();
    assert_eq!(count_users(&driver), 1);
    let error = block_on(driver.insert(user_insert(), named(1))).unwrap_err();
    assert_error(&error, ErrorKind::Storage, "read-only");
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    let error = block_on(transaction.insert(user_insert(), named(1))).unwrap_err();
    assert_error(&error, ErrorKind::Storage, "read-only");
}

#[test]
fn a_file_without_write_permission_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data.db");
    close(&file(&path));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    if fs::OpenOptions::new().write(true).open(&path).is_ok() {
        eprintln!("NOT TESTED: this user may write every file");
        return;
    }
    let driver = SqliteDriver::new(SqliteConfig::file(&path)).unwrap();
    let error = block_on(driver.insert(user_insert(), named(1))).unwrap_err();
    assert_error(&error, ErrorKind::Storage, "read-only");
}

fn locked(path: &Path) -> rusqlite::Connection {
    let other = rusqlite::Connection::open(path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    other
}

#[test]
fn a_locked_database_is_a_conflict_after_the_timeout() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data.db");
    let config = SqliteConfig { busy_timeout: Duration::from_millis(30), ..SqliteConfig::file(&path) };
    let driver = with_table(config);
    let other = locked(&path);
    let error = block_on(driver.insert(user_insert(), named(1))).unwrap_err();
    assert_error(&error, ErrorKind::Conflict, "busy");
    let error = block_on(driver.begin(TransactionOptions::default())).map(drop).unwrap_err();
    assert_error(&error, ErrorKind::Conflict, "busy");
    assert_eq!(count_users(&driver), 0, "readers do not wait");
    other.execute_batch("COMMIT").unwrap();
    block_on(driver.insert(user_insert(), named(1))).unwrap();
}

#[test]
fn a_lock_that_is_given_up_in_time_is_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data.db");
    let driver = file(&path);
    let other = locked(&path);
    let write = driver.insert(user_insert(), named(1));
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(block_on(write).unwrap(), [1]);
}

#[test]
fn a_full_disk_loses_nothing_that_was_stored() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data.db");
    let driver = file(&path);
    block_on(driver.insert(user_insert(), named(10))).unwrap();
    // The writer's own limit stands for the disk's: SQLite answers with the same code.
    block_on(driver.run_script(vec!["PRAGMA max_page_count = 20".into()])).unwrap();
    let error = block_on(driver.insert(user_insert(), named(20_000))).unwrap_err();
    assert_error(&error, ErrorKind::Storage, "full");
    assert_eq!(count_users(&driver), 10);
    block_on(driver.insert(user_insert(), named(1))).unwrap();
}

/// Set for the copy of this program in which no file may grow over 400 kB.
const LIMITED: &str = "OMMI_TEST_LIMITED_FILES";

#[test]
fn a_file_that_cannot_grow_loses_nothing_that_was_stored() {
    if std::env::var_os(LIMITED).is_some() {
        return with_limited_files();
    }
    let mut copy = std::process::Command::new(std::env::current_exe().unwrap());
    copy.args(["--exact", "a_file_that_cannot_grow_loses_nothing_that_was_stored"]).env(LIMITED, "1");
    let limit = libc::rlimit { rlim_cur: 400_000, rlim_max: 400_000 };
    // SAFETY: both calls may be made between fork and exec.
    unsafe {
        std::os::unix::process::CommandExt::pre_exec(&mut copy, move || {
            libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
            match libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit) {
                0 => Ok(()),
                _ => Err(std::io::Error::last_os_error()),
            }
        });
    }
    assert!(copy.status().unwrap().success());
}

fn with_limited_files() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data.db");
    let driver = file(&path);
    block_on(driver.insert(user_insert(), named(10))).unwrap();
    let error = block_on(driver.insert(user_insert(), named(50_000))).unwrap_err();
    assert_error(&error, ErrorKind::Storage, "nothing of this operation was stored");
    assert_eq!(count_users(&driver), 10);
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    // The rows may fit in memory until they are committed.
    let stored = block_on(transaction.insert(user_insert(), named(50_000)));
    let committed = block_on(transaction.commit());
    let error = stored.map(drop).and(committed).unwrap_err();
    assert_error(&error, ErrorKind::Storage, "nothing of this operation was stored");
    assert_eq!(count_users(&driver), 10);
    drop(driver);
    assert_eq!(count_users(&SqliteDriver::new(SqliteConfig::file(&path)).unwrap()), 10);
}

#[test]
fn a_transaction_that_the_database_ended_says_so_until_it_is_rolled_back() {
    let driver = memory();
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    block_on(transaction.insert(user_insert(), named(1))).unwrap();
    let rolls_back = "INSERT OR ROLLBACK INTO users (id, name) VALUES (1, 'again')";
    let error = block_on(transaction.write(statement(rolls_back, Reach::Unique, &[]), vec![])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UniqueViolation);
    let later = block_on(transaction.insert(user_insert(), named(1))).unwrap_err();
    assert_error(&later, ErrorKind::Transaction, "rolled the whole transaction back");
    assert_eq!(read(&*transaction, &count(), vec![]).unwrap_err().kind(), ErrorKind::Transaction);
    let now = transaction.fetch_now(&by_key(), &[int(1)], &mut RowBatch::default());
    assert_eq!(now.unwrap().unwrap_err().kind(), ErrorKind::Transaction);
    assert_eq!(block_on(transaction.commit()).unwrap_err().kind(), ErrorKind::Transaction);
    assert_eq!(count_users(&driver), 0);
}

#[test]
fn a_missing_table_is_a_missing_model() {
    let driver = SqliteDriver::new(SqliteConfig::memory()).unwrap();
    let error = read(&driver, &count(), vec![]).unwrap_err();
    assert_error(&error, ErrorKind::ModelNotFound, "the table \"users\" does not exist");
    assert_eq!(error.statement(), Some("SELECT count(*) FROM users"));
    let now = driver.fetch_now(&count(), &[], &mut RowBatch::default());
    assert_eq!(now.unwrap().unwrap_err().kind(), ErrorKind::ModelNotFound);
}

#[test]
fn broken_constraints_have_their_kinds() {
    let driver = memory();
    let script = ["CREATE TABLE posts (id INTEGER PRIMARY KEY, user INTEGER NOT NULL REFERENCES users (id))"];
    block_on(driver.run_script(script.map(str::to_owned).to_vec())).unwrap();
    let kind =
        |text: &str| block_on(driver.write(statement(text, Reach::Unique, &[]), vec![])).unwrap_err().kind();
    assert_eq!(kind("INSERT INTO posts (user) VALUES (99)"), ErrorKind::ForeignKeyViolation);
    assert_eq!(kind("INSERT INTO posts (user) VALUES (NULL)"), ErrorKind::NotNullViolation);
    assert_eq!(kind("INSERT INTO users (name, age) VALUES ('x', 500)"), ErrorKind::CheckViolation);
    assert_eq!(kind("INSERT INTO users (id, name) VALUES ('x', 'y')"), ErrorKind::Validation);
    assert_eq!(kind("INSERT INTO users (no_such) VALUES (1)"), ErrorKind::Query);
    assert_eq!(kind("SELEC"), ErrorKind::Query);
}

/// Puts `literal` into a column without a type and reads it back as `ty`, on both ways.
fn reading(literal: &str, ty: FieldType) -> Result<Value, String> {
    let driver = SqliteDriver::new(SqliteConfig::memory()).unwrap();
    let script = vec!["CREATE TABLE t (x)".to_owned(), format!("INSERT INTO t VALUES ({literal})")];
    block_on(driver.run_script(script)).unwrap();
    let mut select = ommi_core::driver::Statement::new("SELECT x FROM t", Reach::Limited);
    (select.columns, select.labels) = (vec![ty], vec!["User.name".to_owned()]);
    let select = std::sync::Arc::new(select);
    let streamed = read(&driver, &select, vec![]).map(|mut rows| rows.remove(0).remove(0));
    let mut batch = RowBatch::default();
    let now = driver.fetch_now(&select, &[], &mut batch).unwrap();
    let now = now.map(|()| values(&batch).remove(0).remove(0));
    let (streamed, now) =
        (streamed.map_err(|error| error.to_string()), now.map_err(|error| error.to_string()));
    assert_eq!(streamed, now);
    streamed
}

#[test]
fn a_value_of_another_kind_is_named_with_its_column() {
    for (literal, ty, message) in [
        ("42", FieldType::Text, "User.name: expected text, the database holds an integer"),
        ("'x'", FieldType::Int, "User.name: expected an integer, the database holds text"),
        ("1.5", FieldType::Int, "User.name: expected an integer, the database holds a float"),
        (
            "CAST(X'C328' AS TEXT)",
            FieldType::Text,
            "User.name: expected text, the database holds text that is not valid UTF-8",
        ),
        (
            "2",
            FieldType::Bool,
            "User.name: expected a bool, the database holds an integer that is no such value",
        ),
        (
            "'soon'",
            FieldType::Date,
            "User.name: expected a date, the database holds text that is no such value",
        ),
        ("'2026-01-01 00:00:00'", FieldType::Timestamp, "expected a date and time with a zone"),
        ("X'00'", FieldType::Decimal, "User.name: expected a decimal, the database holds bytes"),
        (
            "'NaN'",
            FieldType::Decimal,
            "User.name: expected a decimal, the database holds text that is no such value",
        ),
        ("'12'", FieldType::Uuid, "expected a UUID"),
        ("9007199254740993", FieldType::Float, "expected a float"),
    ] {
        let error = reading(literal, ty).unwrap_err();
        assert!(error.starts_with(message) || error.contains(message), "{error}");
    }
}

#[test]
fn what_other_programs_store_is_read_where_it_means_the_same() {
    let decimal = |text: &str| Ok(Value::Decimal(text.parse().unwrap()));
    assert_eq!(reading("12", FieldType::Decimal), decimal("12"));
    assert_eq!(reading("0.1", FieldType::Decimal), decimal("0.1"));
    assert_eq!(reading("'1.5e3'", FieldType::Decimal), decimal("1500"));
    assert_eq!(reading("3", FieldType::Float), Ok(Value::Float(3.0)));
    let noon = jiff::civil::date(2026, 5, 6).at(12, 0, 0, 0);
    assert_eq!(reading("'2026-05-06T12:00'", FieldType::DateTime), Ok(Value::DateTime(noon)));
}

#[test]
fn values_that_cannot_be_stored_are_refused_before_anything_is_sent() {
    let driver = memory();
    for (cell, part) in [(Cell::Text("a\0b"), "NUL"), (Cell::Float(f64::NAN), "NaN")] {
        let mut rows = RowBatch::with_capacity(2, 2);
        rows.push_row(&[Cell::Text("first"), Cell::Null]);
        rows.push_row(&[cell, Cell::Null]);
        let error = block_on(driver.insert(user_insert(), rows)).unwrap_err();
        assert_error(&error, ErrorKind::Validation, part);
        let error = block_on(
            driver.write(rename(), vec![ommi_core::driver::Param::Scalar(cell.to_value().unwrap()), int(1)]),
        );
        assert_error(&error.unwrap_err(), ErrorKind::Validation, part);
    }
    assert_eq!(count_users(&driver), 0);
}

#[test]
fn a_value_of_one_gigabyte_is_refused_and_nothing_is_lost() {
    let driver = memory();
    block_on(driver.insert(user_insert(), named(1))).unwrap();
    let huge = vec![b'x'; 1_000_000_001];
    let mut rows = RowBatch::with_capacity(1, 2);
    rows.push_row(&[Cell::Bytes(b"small")]);
    rows.push_row(&[Cell::Bytes(&huge)]);
    drop(huge);
    let insert = insert_statement("INSERT INTO users (name) VALUES (?)", &[FieldType::Bytes]);
    let error = block_on(driver.insert(insert, rows)).unwrap_err();
    assert_error(&error, ErrorKind::Validation, "1,000,000,000 bytes");
    assert_eq!(count_users(&driver), 1);
}

#[test]
fn large_values_come_back_whole() {
    let driver = memory();
    let large = "ä".repeat(5 << 20);
    block_on(driver.insert(user_insert(), users([large.clone()]))).unwrap();
    let rows = read(&driver, &by_key(), vec![int(1)]).unwrap();
    assert_eq!(rows[0][1], Value::Text(large));
}

#[test]
fn a_statement_and_its_values_must_agree() {
    let driver = memory();
    let mut wrong = ommi_core::driver::Statement::new("SELECT id FROM users WHERE id = ?", Reach::Unique);
    wrong.columns = vec![FieldType::Int];
    let error = read(&driver, &std::sync::Arc::new(wrong), vec![]).unwrap_err();
    assert!(error.to_string().contains("1 placeholders and 0 values"), "{error}");
}
