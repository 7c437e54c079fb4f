//! The common path: open, write, read on both ways, transactions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::sync::Arc;

use common::*;
use futures_executor::block_on;
use ommi_core::ErrorKind;
use ommi_core::driver::{Driver, Executor, TransactionOptions};
use ommi_core::schema::FieldType;
use ommi_core::value::{Cell, RowBatch, Value};
use ommi_driver_sqlite::{SqliteConfig, SqliteDriver};

#[test]
fn rows_come_back_with_their_keys_on_both_ways() {
    let driver = memory();
    let keys = block_on(driver.insert(user_insert(), named(3))).unwrap();
    assert_eq!(keys, [1, 2, 3]);
    let expected = vec![vec![Value::Int(2), Value::Text("user 1".into())]];
    assert_eq!(read(&driver, &by_key(), vec![int(2)]).unwrap(), expected);
    let mut batch = RowBatch::default();
    driver.fetch_now(&by_key(), &[int(2)], &mut batch).expect("a short read runs at once").unwrap();
    assert_eq!(values(&batch), expected);
    assert_eq!(read(&driver, &select_all(), vec![]).unwrap().len(), 3);
    close(&driver);
}

#[test]
fn a_database_in_memory_is_shared_by_one_driver_and_seen_by_no_other() {
    let (one, other) = (memory(), memory());
    block_on(one.insert(user_insert(), named(1))).unwrap();
    assert_eq!((count_users(&one), count_users(&other)), (1, 0));
}

#[test]
fn a_file_keeps_its_rows() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data.db");
    let driver = file(&path);
    block_on(driver.insert(user_insert(), named(2))).unwrap();
    close(&driver);
    let driver = SqliteDriver::new(SqliteConfig::file(&path)).unwrap();
    assert_eq!(count_users(&driver), 2);
    drop(driver);
    assert!(!path.with_extension("db-wal").exists(), "closing folds the log into the file");
}

#[test]
fn writes_give_the_number_of_rows() {
    let driver = memory();
    block_on(driver.insert(user_insert(), named(3))).unwrap();
    assert_eq!(block_on(driver.write(rename(), vec![text("Ada"), int(1)])).unwrap(), 1);
    assert_eq!(block_on(driver.write(rename(), vec![text("Ada"), int(9)])).unwrap(), 0);
    let delete = statement("DELETE FROM users", ommi_core::plan::Reach::Unlimited, &[]);
    assert_eq!(block_on(driver.write(delete, vec![])).unwrap(), 3);
}

#[test]
fn rows_are_added_all_or_none() {
    let driver = memory();
    let mut rows = RowBatch::with_capacity(2, 3);
    for email in ["a", "b", "a"] {
        rows.push_row(&[Cell::Text("x"), Cell::Text(email)]);
    }
    let error = block_on(driver.insert(user_insert(), rows.clone())).unwrap_err();
    assert_eq!((error.kind(), error.columns()), (ErrorKind::UniqueViolation, &["email".to_owned()][..]));
    assert!(error.message().ends_with("(row 3 of 3)"), "{error}");
    assert_eq!(count_users(&driver), 0);
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    block_on(transaction.insert(user_insert(), named(1))).unwrap();
    assert!(block_on(transaction.insert(user_insert(), rows)).is_err());
    block_on(transaction.commit()).unwrap();
    assert_eq!(count_users(&driver), 1, "the failed statement alone is undone");
}

#[test]
fn generated_keys_that_are_no_rowid_come_by_returning() {
    let driver = SqliteDriver::new(SqliteConfig::memory()).unwrap();
    let table = "CREATE TABLE t (id INTEGER NOT NULL DEFAULT 7, name TEXT)";
    block_on(driver.run_script(vec![table.into()])).unwrap();
    let insert = insert_statement("INSERT INTO t (name) VALUES (?) RETURNING id", &[FieldType::Text]);
    let mut rows = RowBatch::with_capacity(1, 2);
    rows.push_row(&[Cell::Text("a")]);
    rows.push_row(&[Cell::Text("b")]);
    assert_eq!(block_on(driver.insert(insert, rows)).unwrap(), [7, 7]);
}

#[test]
fn a_transaction_is_seen_by_others_only_after_its_commit() {
    let driver = memory();
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    block_on(transaction.insert(user_insert(), named(2))).unwrap();
    assert_eq!((count_users(&*transaction), count_users(&driver)), (2, 0));
    block_on(transaction.commit()).unwrap();
    assert_eq!(count_users(&driver), 2);
    let error = block_on(transaction.write(rename(), vec![text("x"), int(1)])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transaction);
    assert_eq!(block_on(transaction.commit()).unwrap_err().kind(), ErrorKind::Transaction);
}

#[test]
fn a_transaction_that_is_dropped_or_rolled_back_leaves_nothing() {
    let driver = memory();
    for drops in [true, false] {
        let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
        block_on(transaction.insert(user_insert(), named(2))).unwrap();
        if !drops {
            block_on(transaction.rollback()).unwrap();
        }
        drop(transaction);
        assert_eq!(block_on(driver.insert(user_insert(), named(1))).unwrap().len(), 1);
    }
    assert_eq!(count_users(&driver), 2);
}

#[test]
fn savepoints_undo_a_part() {
    let driver = memory();
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    block_on(transaction.insert(user_insert(), named(1))).unwrap();
    block_on(transaction.savepoint("odd \"name\"")).unwrap();
    block_on(transaction.insert(user_insert(), named(5))).unwrap();
    block_on(transaction.rollback_to("odd \"name\"")).unwrap();
    block_on(transaction.release("odd \"name\"")).unwrap();
    let error = block_on(transaction.rollback_to("other")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transaction);
    block_on(transaction.commit()).unwrap();
    assert_eq!(count_users(&driver), 1);
}

#[test]
fn short_work_in_a_transaction_runs_at_once() {
    let driver = memory();
    block_on(driver.insert(user_insert(), named(2))).unwrap();
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    let (rename, by_key) = (rename(), by_key());
    assert_eq!(transaction.write_now(&rename, &[text("Ada"), int(1)]).unwrap().unwrap(), 1);
    let mut batch = RowBatch::default();
    transaction.fetch_now(&by_key, &[int(1)], &mut batch).unwrap().unwrap();
    assert_eq!(batch.get(0, 1), Some(Cell::Text("Ada")));
    batch.clear();
    driver.fetch_now(&by_key, &[int(1)], &mut batch).unwrap().unwrap();
    assert_eq!(batch.get(0, 1), Some(Cell::Text("user 0")));
    block_on(transaction.rollback()).unwrap();
    assert!(transaction.write_now(&rename, &[text("x"), int(1)]).is_none());
}

#[test]
fn read_only_transactions_keep_their_snapshot_and_refuse_writes() {
    let driver = memory();
    let options = TransactionOptions { read_only: true, ..TransactionOptions::default() };
    let transaction = block_on(driver.begin(options)).unwrap();
    block_on(driver.insert(user_insert(), named(2))).unwrap();
    assert_eq!((count_users(&*transaction), count_users(&driver)), (0, 2));
    let error = block_on(transaction.insert(user_insert(), named(1))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.to_string().contains("read-only"), "{error}");
    block_on(transaction.commit()).unwrap();
    close(&driver);
}

#[test]
fn transactions_wait_for_each_other_in_order() {
    let driver = memory();
    let first = block_on(driver.begin(TransactionOptions::default())).unwrap();
    let waiting = driver.begin(TransactionOptions::default());
    let write = driver.insert(user_insert(), named(1));
    block_on(first.insert(user_insert(), named(1))).unwrap();
    block_on(first.commit()).unwrap();
    let second = block_on(waiting).unwrap();
    assert_eq!(count_users(&*second), 1, "the write came after the transaction that was asked for before it");
    block_on(second.rollback()).unwrap();
    assert_eq!(block_on(write).unwrap(), [2]);
}

#[test]
fn scripts_are_all_or_none() {
    let driver = memory();
    let script = vec!["CREATE TABLE a (x)".to_owned(), "CREATE TABLE users (y)".to_owned()];
    let error = block_on(driver.run_script(script)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Query);
    let tables = block_on(driver.introspect(vec!["a".into(), "users".into()])).unwrap();
    assert_eq!(tables.iter().map(|table| table.name.as_str()).collect::<Vec<_>>(), ["users"]);
    assert_eq!(tables[0].columns[0].key, Some(0));
}

#[test]
fn explaining_says_how_a_read_runs() {
    let driver = memory();
    let lines = block_on(driver.explain(by_key(), vec![int(1)])).unwrap();
    assert!(lines[0].contains("SEARCH users USING INTEGER PRIMARY KEY"), "{lines:?}");
}

#[test]
fn lists_are_bound_as_one_value() {
    let driver = memory();
    block_on(driver.insert(user_insert(), named(10))).unwrap();
    let text = "SELECT id FROM users WHERE id IN (SELECT value FROM rarray(?)) ORDER BY id";
    let statement = statement(text, ommi_core::plan::Reach::Unlimited, &[FieldType::Int]);
    for wanted in [vec![3, 5], (1..=100_000).collect::<Vec<i64>>()] {
        let list = ommi_core::driver::Param::List(wanted.iter().map(|id| Value::Int(*id)).collect());
        let found = read(&driver, &statement, vec![list]).unwrap();
        assert_eq!(found.len(), wanted.len().min(10));
    }
}

#[test]
fn use_after_close_is_an_error() {
    let driver = Arc::new(memory());
    close(&*driver);
    close(&*driver);
    let kinds = [
        block_on(driver.write(rename(), vec![text("x"), int(1)])).unwrap_err().kind(),
        block_on(driver.connect()).unwrap_err().kind(),
        read(&*driver, &count(), vec![]).unwrap_err().kind(),
        block_on(driver.begin(TransactionOptions::default())).map(drop).unwrap_err().kind(),
        block_on(driver.introspect(vec!["users".into()])).unwrap_err().kind(),
    ];
    assert_eq!(kinds, [ErrorKind::Closed; 5]);
    assert!(driver.fetch_now(&by_key(), &[int(1)], &mut RowBatch::default()).is_none());
}

#[test]
fn a_forked_process_can_drop_the_driver_without_harm() {
    let directory = tempfile::tempdir().unwrap();
    let driver = file(&directory.path().join("data.db"));
    block_on(driver.insert(user_insert(), named(1))).unwrap();
    assert!(driver.fetch_now(&by_key(), &[int(1)], &mut RowBatch::default()).is_some());
    // SAFETY: the child only drops the driver and leaves by `_exit`.
    let child = unsafe { libc::fork() };
    if child == 0 {
        drop(driver);
        // SAFETY: ends the child at once.
        unsafe { libc::_exit(0) };
    }
    let mut status = 0;
    // SAFETY: waits for the child that was just made.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0);
    block_on(driver.insert(user_insert(), named(1))).unwrap();
    assert_eq!(count_users(&driver), 2);
}
