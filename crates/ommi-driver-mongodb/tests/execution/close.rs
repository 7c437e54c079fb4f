//! The end of a driver.

use futures_executor::block_on;
use futures_util::{FutureExt, StreamExt};
use ommi_core::ErrorKind;
use ommi_core::driver::{Driver, Executor, FetchOptions, TransactionOptions};
use ommi_driver_mongodb::MongodbDriver;

use super::models::text;
use super::work::{all, cursors, rename, until, updates, users};

#[test]
fn a_close_stops_what_runs_and_rolls_back_what_is_open() {
    let Some((database, user)) = users(2000) else { return };
    let driver = MongodbDriver::new(database.config.clone()).unwrap();
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    block_on(rename(&driver, &*transaction, &user, 1, "open")).unwrap();
    let other = block_on(database.driver.begin(TransactionOptions::default())).unwrap();
    block_on(rename(&driver, &*other, &user, 2, "held")).unwrap();
    let mut waiting = rename(&driver, &driver, &user, 2, "late");
    let mut rows = driver.fetch(all(&driver, &user), vec![], FetchOptions { batch_rows: 10 });
    assert_eq!(block_on(rows.next()).unwrap().unwrap().len(), 10);
    until("a waiting write", || {
        assert!((&mut waiting).now_or_never().is_none());
        updates(&database) == 1
    });

    let (closed, waited) = block_on(futures_util::future::join(driver.close(), waiting));
    closed.unwrap();

    assert_eq!(waited.unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(block_on(rows.next()).unwrap().unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!((updates(&database), cursors(&database)), (0, 0));
    assert_eq!(block_on(rename(&driver, &driver, &user, 1, "late")).unwrap_err().kind(), ErrorKind::Closed);
    // Nobody waits for the transaction that was open.
    assert_eq!(block_on(rename(&database.driver, &database.driver, &user, 1, "free")).unwrap(), 1);
    block_on(other.commit()).unwrap();
    assert_eq!(database.find(&user, Some(("name", text("held")))).unwrap().len(), 1);
}

#[test]
fn a_close_of_an_idle_driver_leaves_no_connection() {
    let Some((database, user)) = users(1) else { return };
    let driver = MongodbDriver::new(database.config.clone()).unwrap();
    block_on(rename(&driver, &driver, &user, 1, "x")).unwrap();
    assert!(driver.pool_stats().unwrap().open > 0);
    block_on(driver.close()).unwrap();
    until("the end of the connections", || driver.pool_stats().unwrap().open == 0);
}
