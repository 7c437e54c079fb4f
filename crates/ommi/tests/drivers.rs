//! Drivers that a program brings along.
#![allow(clippy::unwrap_used)] // a failure of a helper is a failed test

use std::sync::Arc;

use ommi::driver::Driver;
use ommi::sqlite::{SqliteConfig, SqliteDriver};
use ommi::{DriverFactory, Model, prelude::*};

/// A scheme of its own for databases in memory.
struct Scratch;

impl DriverFactory for Scratch {
    fn schemes(&self) -> &[&str] {
        &["scratch"]
    }

    fn create(&self, _: &str) -> ommi::Result<Arc<dyn Driver>> {
        Ok(Arc::new(SqliteDriver::new(SqliteConfig::memory())?))
    }
}

#[derive(Model, Debug)]
struct Thing {
    id: i64,
}

#[tokio::test]
async fn a_registered_driver_is_found_by_its_scheme() {
    assert!(Ommi::connect("scratch://x").await.is_err());
    ommi::register_driver(Box::new(Scratch));
    let db = Ommi::connect("SCRATCH://x").await.unwrap();
    db.add(&mut Thing { id: 1 }).await.unwrap();
    let error = Ommi::connect("unheard-of://x").await.unwrap_err();
    assert!(error.to_string().contains("scratch, sqlite"), "{error}");
}

#[tokio::test]
async fn a_driver_may_be_given() {
    let driver = Arc::new(SqliteDriver::new(SqliteConfig::memory()).unwrap());
    let db = Ommi::with_driver(driver);
    assert_eq!(db.find::<Thing>().count().await.unwrap(), 0);
}

#[tokio::test]
async fn without_implicit_setup_a_missing_table_is_an_error() {
    let db = Ommi::builder().implicit_setup(false).connect("sqlite://:memory:").await.unwrap();
    let error = db.find::<Thing>().all().await.unwrap_err();
    assert_eq!(error.kind(), ommi::ErrorKind::ModelNotFound, "{error}");
    db.use_models(ommi::models![Thing]).await.unwrap();
    assert_eq!(db.find::<Thing>().count().await.unwrap(), 0);
    db.recreate_models(ommi::models![Thing]).await.unwrap();
    db.remove_models(ommi::models![Thing]).await.unwrap();
    assert!(db.find::<Thing>().all().await.is_err());
}
