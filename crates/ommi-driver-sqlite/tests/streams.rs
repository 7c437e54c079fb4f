//! Reads of many rows: order, batches, memory, cancellation, many at once, and inside of transactions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::*;
use futures_executor::block_on;
use futures_util::{FutureExt, StreamExt};
use ommi_core::ErrorKind;
use ommi_core::driver::{Driver, Executor, Statement, TransactionOptions};
use ommi_core::plan::Reach;
use ommi_core::schema::FieldType;
use ommi_core::value::{Cell, RowBatch, Value};
use ommi_driver_sqlite::{SqliteConfig, SqliteDriver};

/// A read that never ends by itself.
fn endless() -> Arc<Statement> {
    let text = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
    statement(text, Reach::Limited, &[FieldType::Int])
}

#[test]
fn rows_come_in_order_in_batches_of_the_size_asked_for() {
    let driver = memory();
    let mut stream = driver.fetch(numbers(1050), vec![], options(100));
    let mut next = 0;
    while let Some(batch) = block_on(stream.next()) {
        let batch = batch.unwrap();
        assert!(batch.len() == 100 || batch.len() == 50);
        for row in 0..batch.len() {
            next += 1;
            assert_eq!(batch.get(row, 0), Some(Cell::Int(next)));
        }
    }
    assert_eq!(next, 1050);
}

#[test]
fn batches_of_large_rows_end_early() {
    let driver = memory();
    let text = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 50) SELECT zeroblob(100000) FROM n";
    let statement = statement(text, Reach::Unlimited, &[FieldType::Bytes]);
    let mut stream = driver.fetch(statement, vec![], options(1000));
    let first = block_on(stream.next()).unwrap().unwrap();
    assert!(first.len() < 15, "{} rows of 100 kB", first.len());
}

#[test]
fn many_streams_can_be_open_at_once_and_others_still_read() {
    let driver = memory();
    let mut streams: Vec<_> = (0..40).map(|_| driver.fetch(numbers(5000), vec![], options(100))).collect();
    for stream in &mut streams {
        assert_eq!(block_on(stream.next()).unwrap().unwrap().len(), 100);
    }
    assert_eq!(count_users(&driver), 0, "a reader that rests keeps no thread");
    for stream in streams {
        assert_eq!(collect(stream).unwrap().len(), 4900);
    }
}

#[test]
fn when_all_connections_are_held_by_unread_streams_a_read_says_so() {
    let mut config = SqliteConfig::memory();
    (config.max_connections, config.connection_timeout) = (20, Duration::from_millis(50));
    let driver = with_table(config);
    let mut streams: Vec<_> = (0..20).map(|_| driver.fetch(numbers(5000), vec![], options(100))).collect();
    for stream in &mut streams {
        block_on(stream.next()).unwrap().unwrap();
    }
    let error = read(&driver, &select_all(), vec![]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PoolExhausted);
    streams.pop();
    assert!(read(&driver, &select_all(), vec![]).is_ok());
}

#[test]
fn dropping_a_stream_stops_the_read() {
    let config = SqliteConfig { readers: 1, ..SqliteConfig::memory() };
    let driver = with_table(config);
    for _ in 0..3 {
        let mut stream = driver.fetch(endless(), vec![], options(10));
        assert!(stream.next().now_or_never().is_none());
        drop(stream);
    }
    assert_eq!(count_users(&driver), 0, "the only reading thread is free again");
}

#[test]
fn dropping_a_write_stops_it_and_leaves_nothing() {
    let driver = memory();
    let text = "INSERT INTO users (name) WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n";
    let mut write = driver.write(statement(text, Reach::Unlimited, &[]), vec![]);
    assert!((&mut write).now_or_never().is_none());
    std::thread::sleep(Duration::from_millis(30));
    let queued = driver.insert(user_insert(), named(1));
    drop(write);
    assert_eq!(block_on(queued).unwrap(), [1]);
    assert_eq!(count_users(&driver), 1);
}

#[test]
fn a_slow_read_is_not_finished_on_the_callers_thread() {
    let driver = memory();
    let mut sink = RowBatch::default();
    let slow = endless();
    assert!(driver.fetch_now(&slow, &[], &mut sink).is_none());
    assert!(sink.is_empty());
    assert!(driver.fetch_now(&slow, &[], &mut sink).is_none(), "it is not even begun again");
    assert!(driver.fetch_now(&numbers(3), &[], &mut sink).is_none(), "its length is not known to be short");
}

#[test]
fn rows_that_were_given_before_the_deadline_are_taken_back() {
    let driver = memory();
    let mut unlimited = Statement::new(numbers(10_000_000).text.clone(), Reach::Limited);
    unlimited.columns = vec![FieldType::Int, FieldType::Text];
    let mut sink = RowBatch::default();
    assert!(driver.fetch_now(&unlimited, &[], &mut sink).is_none());
    assert!(sink.is_empty());
}

#[test]
fn a_stream_in_a_transaction_gives_way_to_what_comes_after_it() {
    let driver = memory();
    block_on(driver.insert(user_insert(), named(2000))).unwrap();
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    let mut stream = transaction.fetch(select_all(), vec![], options(10));
    let mut seen = 0;
    while let Some(batch) = block_on(stream.next()) {
        let batch = batch.unwrap();
        seen += batch.len();
        assert_eq!(
            batch.get(0, 1).map(|cell| cell != Cell::Text("changed")),
            Some(true),
            "rows are as they were"
        );
        let Some(Cell::Int(id)) = batch.get(9, 0) else { panic!("no key") };
        let change = [text("changed"), int(id + 1)];
        match transaction.write_now(&rename(), &change) {
            Some(changed) => drop(changed.unwrap()),
            None => drop(block_on(transaction.write(rename(), change.to_vec())).unwrap()),
        }
    }
    assert_eq!(seen, 2000);
    block_on(transaction.commit()).unwrap();
}

#[test]
fn a_transaction_that_ends_ends_its_streams() {
    let driver = memory();
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    let mut stream = transaction.fetch(numbers(1_000_000), vec![], options(10));
    block_on(stream.next()).unwrap().unwrap();
    block_on(transaction.rollback()).unwrap();
    assert_eq!(collect(stream).unwrap_err().kind(), ErrorKind::Transaction);
    assert_eq!(block_on(driver.insert(user_insert(), named(1))).unwrap(), [1]);
}

#[test]
fn closing_ends_what_runs_and_what_rests() {
    let driver = memory();
    let running = driver.fetch(endless(), vec![], options(10));
    let mut resting = driver.fetch(numbers(1_000_000), vec![], options(10));
    block_on(resting.next()).unwrap().unwrap();
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    let waiting = driver.insert(user_insert(), named(1));
    close(&driver);
    assert_eq!(collect(running).unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(collect(resting).unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(block_on(waiting).unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(block_on(transaction.commit()).unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn dropping_the_driver_ends_its_threads_and_removes_its_file() {
    let directory = tempfile::tempdir().unwrap();
    let driver = file(&directory.path().join("data.db"));
    let mut stream = driver.fetch(numbers(1_000_000), vec![], options(10));
    block_on(stream.next()).unwrap().unwrap();
    drop(driver);
    assert_eq!(collect(stream).unwrap_err().kind(), ErrorKind::Closed);
    assert!(!directory.path().join("data.db-wal").exists());
}

#[test]
fn one_driver_serves_many_threads() {
    let driver = Arc::new(memory());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let driver = driver.clone();
            scope.spawn(move || {
                let (mut sink, by_key) = (RowBatch::default(), by_key());
                for _ in 0..50 {
                    let key = block_on(driver.insert(user_insert(), named(1))).unwrap()[0];
                    sink.clear();
                    match driver.fetch_now(&by_key, &[int(key)], &mut sink) {
                        Some(outcome) => outcome.unwrap(),
                        None => assert_eq!(
                            read(&*driver, &by_key, vec![int(key)]).unwrap()[0][0],
                            Value::Int(key)
                        ),
                    }
                }
            });
        }
    });
    assert_eq!(count_users(&*driver), 400);
    let driver: &SqliteDriver = &driver;
    close(driver);
}
