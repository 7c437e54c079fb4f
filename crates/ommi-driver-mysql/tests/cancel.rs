//! Operations that are given up: what they ran is stopped on the server, and nobody else notices.

mod common;

use std::time::{Duration, Instant};

use common::{database, read, statement, write};
use futures_executor::block_on;
use futures_util::{FutureExt, StreamExt};
use ommi_core::ErrorKind;
use ommi_core::driver::{Driver, Executor, FetchOptions, TransactionOptions};
use ommi_core::schema::FieldType;
use ommi_core::value::Value;

/// Waits until something holds, for at most a minute.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_dropped_statement_is_stopped_on_the_server() {
    let Some(database) = database() else { return };
    let driver = database.driver();
    block_on(driver.connect()).unwrap();
    let sleep = statement("SELECT SLEEP(60)", &[FieldType::Int]);
    let mut rows = driver.fetch(sleep, vec![], FetchOptions::default());
    until("the statement", || {
        assert!(rows_pending(&mut rows));
        database.running() == 1
    });
    drop(rows);
    until("the end of the statement", || database.running() == 0);
    until("the connection's return", || driver.pool_stats().unwrap().used == 0);
    let stats = driver.pool_stats().unwrap();
    assert_eq!((stats.created, stats.closed), (1, 0), "the connection was proven idle and is kept");
    assert_eq!(read(&driver, &statement("SELECT 1", &[FieldType::Int]), vec![]).unwrap(), [[Value::Int(1)]]);
    block_on(driver.close()).unwrap();

    fn rows_pending(rows: &mut ommi_core::driver::RowStream) -> bool {
        rows.next().now_or_never().is_none()
    }
}

#[test]
fn a_dropped_stream_is_stopped_and_its_connection_works_again() {
    let Some(database) = database() else { return };
    let driver = database.driver();
    let numbers = statement(
        "SELECT a.ordinal_position FROM information_schema.columns a, information_schema.columns b",
        &[FieldType::Int],
    );
    for _ in 0..20 {
        let mut rows = driver.fetch(numbers.clone(), vec![], FetchOptions { batch_rows: 3 });
        assert_eq!(block_on(rows.next()).unwrap().unwrap().len(), 3);
        drop(rows);
    }
    let one = statement("SELECT 1", &[FieldType::Int]);
    for _ in 0..20 {
        assert_eq!(read(&driver, &one, vec![]).unwrap(), [[Value::Int(1)]]);
    }
    until("rest", || driver.pool_stats().unwrap().used == 0 && database.running() == 0);
    block_on(driver.close()).unwrap();
}

#[test]
fn in_a_transaction_only_the_statement_is_undone() {
    let Some(database) = database() else { return };
    let driver = database.driver();
    block_on(driver.run_script(vec!["CREATE TABLE t (x BIGINT) ENGINE=InnoDB".into()])).unwrap();
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    write(&*transaction, "INSERT INTO t VALUES (1)").unwrap();
    // A server that is told to stop ends the pause that it is in and looks again at the next row.
    let text = "INSERT INTO t SELECT SLEEP(0.1) + 2 FROM information_schema.columns";
    let mut slow = transaction.write(statement(text, &[]), vec![]);
    until("the statement", || {
        assert!((&mut slow).now_or_never().is_none());
        database.running() == 1
    });
    drop(slow);
    write(&*transaction, "INSERT INTO t VALUES (3)").unwrap();
    block_on(transaction.commit()).unwrap();
    let all = statement("SELECT x FROM t ORDER BY x", &[FieldType::Int]);
    assert_eq!(read(&driver, &all, vec![]).unwrap(), [[Value::Int(1)], [Value::Int(3)]]);
    block_on(driver.close()).unwrap();
}

#[test]
fn a_stream_in_a_transaction_rests_while_others_work() {
    let Some(database) = database() else { return };
    let driver = database.driver();
    let script = vec!["CREATE TABLE t (x BIGINT) ENGINE=InnoDB".into()];
    block_on(driver.run_script(script)).unwrap();
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    let values: Vec<String> = (0..5000).map(|number| format!("({number})")).collect();
    write(&*transaction, &format!("INSERT INTO t VALUES {}", values.join(","))).unwrap();
    let all = statement("SELECT x FROM t ORDER BY x", &[FieldType::Int]);
    let mut rows = transaction.fetch(all.clone(), vec![], FetchOptions { batch_rows: 10 });
    let mut count = block_on(rows.next()).unwrap().unwrap().len();
    assert_eq!(write(&*transaction, "DELETE FROM t").unwrap(), 5000);
    let mut abandoned = transaction.fetch(all, vec![], FetchOptions { batch_rows: 10 });
    assert!(block_on(abandoned.next()).is_none());
    while let Some(batch) = block_on(rows.next()) {
        count += batch.unwrap().len();
    }
    assert_eq!(count, 5000);
    drop(transaction);
    until("the rollback", || driver.pool_stats().unwrap().used == 0);
    block_on(driver.close()).unwrap();
}

#[test]
fn a_statement_that_takes_too_long_is_a_timeout() {
    let Some(database) = database() else { return };
    let mut config = database.config.clone();
    config.statement_timeout = Some(Duration::from_millis(50));
    let driver = ommi_driver_mysql::MysqlDriver::new(config).unwrap();
    let slow = statement(
        "SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, information_schema.columns c",
        &[FieldType::Int],
    );
    assert_eq!(read(&driver, &slow, vec![]).unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(read(&driver, &statement("SELECT 1", &[FieldType::Int]), vec![]).unwrap().len(), 1);
    block_on(driver.close()).unwrap();
}
