//! A server that is no member of a replica set, where `OMMI_TEST_MONGODB_STANDALONE` names one.

use futures_executor::block_on;
use ommi_core::driver::{Driver, Executor, TransactionOptions};
use ommi_core::value::Value;
use ommi_core::{Error, ErrorKind};
use ommi_driver_mongodb::{MongodbConfig, MongodbDriver};

use super::database::add_with;
use super::models::{text, user};

#[test]
fn what_needs_a_transaction_names_the_standalone_server() {
    let Ok(url) = std::env::var("OMMI_TEST_MONGODB_STANDALONE") else {
        eprintln!(
            "*** capability: NOT TESTED WITHOUT A STANDALONE SERVER (OMMI_TEST_MONGODB_STANDALONE) ***"
        );
        return;
    };
    let mut config = MongodbConfig::from_url(&url).unwrap();
    config.database = Some(format!("ommi_standalone_{}", std::process::id()));
    let driver = MongodbDriver::new(config).unwrap();
    block_on(driver.connect()).unwrap();
    block_on(driver.run_script(driver.create_statements(&[user()]).unwrap())).unwrap();
    let refused = |error: Error| {
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        let parts = ["standalone MongoDB server", "--replSet", &driver.location()];
        assert!(parts.iter().all(|part| error.message().contains(part)), "{error}");
    };
    let row = || vec![text("x"), Value::Int(1)];
    refused(block_on(driver.begin(TransactionOptions::default())).err().unwrap());
    refused(add_with(&driver, &user(), &["name", "age"], &[row(), row()]).unwrap_err());
    // One document at a time needs none.
    assert_eq!(add_with(&driver, &user(), &["name", "age"], &[row()]).unwrap().len(), 1);
    block_on(driver.run_script(vec![r#"{"dropDatabase": 1}"#.to_owned()])).unwrap();
    block_on(driver.close()).unwrap();
}
