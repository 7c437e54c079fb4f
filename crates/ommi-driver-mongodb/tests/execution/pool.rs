//! Turns to work: as many as connections are allowed.

use std::time::Duration;

use futures_executor::block_on;
use ommi_core::ErrorKind;
use ommi_core::driver::{Driver, TransactionOptions};
use ommi_driver_mongodb::MongodbDriver;

use super::work::{rename, until, users};

#[test]
fn who_holds_all_connections_is_named_to_those_who_wait_in_vain() {
    let Some((database, user)) = users(1) else { return };
    let mut config = database.config.clone();
    config.pool.max_connections = 1;
    config.pool.connection_timeout = Duration::from_millis(200);
    let driver = MongodbDriver::new(config).unwrap();
    let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
    block_on(rename(&driver, &*transaction, &user, 1, "quiet")).unwrap();
    let stats = driver.pool_stats().unwrap();
    assert_eq!((stats.used, stats.max, stats.holders[0].purpose), (1, 1, "transaction"));
    assert!(!stats.holders[0].statement.is_empty() && !stats.holders[0].statement.contains("quiet"));

    let refused = block_on(rename(&driver, &driver, &user, 1, "late")).unwrap_err();

    assert_eq!(refused.kind(), ErrorKind::PoolExhausted);
    assert!(refused.to_string().contains("transaction"), "{refused}");
    assert_eq!(driver.pool_stats().unwrap().timeouts, 1);
    block_on(transaction.commit()).unwrap();
    assert_eq!(block_on(rename(&driver, &driver, &user, 1, "free")).unwrap(), 1);
    until("rest", || driver.pool_stats().unwrap().used == 0);
    block_on(driver.close()).unwrap();
}
