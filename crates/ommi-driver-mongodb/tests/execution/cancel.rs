//! Operations that are dropped half-way.

use futures_executor::block_on;
use futures_util::{FutureExt, StreamExt};
use ommi_core::ErrorKind;
use ommi_core::driver::{Driver, Executor, FetchOptions, TransactionOptions};
use ommi_core::value::Value;

use super::models::text;
use super::work::{all, cursors, rename, until, updates, users};

#[test]
fn a_dropped_write_is_stopped_on_the_server_and_its_neighbour_is_not() {
    let Some((database, user)) = users(2) else { return };
    let driver = &database.driver;
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    for key in [1, 2] {
        block_on(rename(driver, &*transaction, &user, key, "held")).unwrap();
    }
    let mut dropped = rename(driver, driver, &user, 1, "lost");
    let mut neighbour = rename(driver, driver, &user, 2, "kept");
    until("two waiting writes", || {
        assert!((&mut dropped).now_or_never().is_none() && (&mut neighbour).now_or_never().is_none());
        updates(&database) == 2
    });
    drop(dropped);
    until("the end of one of them", || {
        assert!((&mut neighbour).now_or_never().is_none());
        updates(&database) == 1
    });
    block_on(transaction.commit()).unwrap();
    assert_eq!(block_on(neighbour).unwrap(), 1);
    until("rest", || driver.pool_stats().unwrap().used == 0);
    let names: Vec<_> = database.find(&user, None).unwrap().into_iter().map(|row| row[1].clone()).collect();
    assert_eq!(names, [text("held"), text("kept")]);
}

#[test]
fn a_dropped_stream_leaves_no_cursor() {
    let Some((database, user)) = users(1000) else { return };
    let driver = &database.driver;
    for _ in 0..20 {
        let mut rows = driver.fetch(all(driver, &user), vec![], FetchOptions { batch_rows: 3 });
        assert_eq!(block_on(rows.next()).unwrap().unwrap().len(), 3);
        drop(rows);
    }
    until("the end of the cursors", || cursors(&database) == 0);
    until("rest", || driver.pool_stats().unwrap().used == 0);
    assert_eq!(database.find(&user, None).unwrap().len(), 1000);
}

#[test]
fn a_dropped_statement_ends_its_transaction() {
    let Some((database, user)) = users(2) else { return };
    let driver = &database.driver;
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    block_on(rename(driver, &*transaction, &user, 1, "x")).unwrap();
    let mut dropped = rename(driver, &*transaction, &user, 2, "x");
    assert!((&mut dropped).now_or_never().is_none(), "the server has not answered yet");
    drop(dropped);
    let late = block_on(rename(driver, &*transaction, &user, 2, "late")).unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Transaction, "{late:?}");
    assert_eq!(block_on(transaction.commit()).unwrap_err().kind(), ErrorKind::Transaction);
    assert_eq!(block_on(rename(driver, driver, &user, 2, "free")).unwrap(), 1);
    let names: Vec<_> = database.find(&user, None).unwrap().into_iter().map(|row| row[1].clone()).collect();
    assert_eq!(names, [text("user"), text("free")]);
}

#[test]
fn a_stream_in_a_transaction_does_not_see_what_comes_after_it() {
    let Some((database, user)) = users(2000) else { return };
    let driver = &database.driver;
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    let mut rows = transaction.fetch(all(driver, &user), vec![], FetchOptions { batch_rows: 10 });
    let mut count = block_on(rows.next()).unwrap().unwrap().len();
    let mut abandoned = transaction.fetch(all(driver, &user), vec![], FetchOptions { batch_rows: 10 });
    assert_eq!(block_on(abandoned.next()).unwrap().unwrap().len(), 10);
    drop(abandoned);
    block_on(rename(driver, &*transaction, &user, 2000, "last")).unwrap();
    while let Some(batch) = block_on(rows.next()) {
        count += batch.unwrap().len();
    }
    assert_eq!(count, 2000);
    block_on(transaction.commit()).unwrap();
    until("the end of the cursors", || cursors(&database) == 0);
    assert_eq!(database.find(&user, Some(("name", text("last")))).unwrap()[0][0], Value::Int(2000));
}
