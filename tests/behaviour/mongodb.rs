//! The behaviour suite on MongoDB, on the server that `OMMI_TEST_MONGODB` names. Each test has a database of its own.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_executor::block_on;
use ommi_core::driver::{Driver, Executor};
use ommi_core::{Error, ErrorKind, Result};
use ommi_driver_mongodb::{MongodbConfig, MongodbDriver};
use ommi_testkit::{Fresh, Suite};

fn main() -> ExitCode {
    match Server::find() {
        Ok(server) => {
            eprintln!("MongoDB: {}", server.location);
            let server = Arc::new(server);
            Suite::new().on("mongodb", move || Server::fresh(server.clone())).run()
        }
        Err(error) if is_required() => {
            eprintln!("MongoDB is required and cannot be used: {error}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("capability: NO TESTS ON MONGODB, set OMMI_TEST_MONGODB: {error}");
            Suite::new().run()
        }
    }
}

pub(crate) fn is_required() -> bool {
    std::env::var("OMMI_REQUIRE").is_ok_and(|names| names.split(',').any(|name| name.trim() == "mongodb"))
}

/// A server where databases may be created.
pub(crate) struct Server {
    config: MongodbConfig,
    location: String,
    databases: AtomicU32,
}

impl Server {
    pub(crate) fn find() -> Result<Self> {
        let url = std::env::var("OMMI_TEST_MONGODB")
            .map_err(|_| Error::new(ErrorKind::Connection, "the variable is not set"))?;
        let mut config = MongodbConfig::from_url(&url)?;
        config.database.get_or_insert_with(|| "ommi_test".to_owned());
        // Cases hold up to a dozen streams at once.
        config.pool.max_connections = 16;
        let driver = MongodbDriver::new(config.clone())?;
        block_on(driver.connect())?;
        let location = driver.location();
        block_on(driver.close())?;
        Ok(Self { config, location, databases: AtomicU32::new(0) })
    }

    pub(crate) async fn fresh(server: Arc<Self>) -> Result<Fresh> {
        let number = server.databases.fetch_add(1, Ordering::Relaxed);
        let mut config = server.config.clone();
        config.set("database", &format!("ommi_test_{}_{number}", std::process::id()))?;
        let database = Database { config: config.clone() };
        Ok(Fresh::new(MongodbDriver::new(config)?).keep(database))
    }
}

/// A database, which is there as soon as something is stored in it; dropped with this.
struct Database {
    config: MongodbConfig,
}

impl Drop for Database {
    fn drop(&mut self) {
        // By a driver of its own: the tested one may be closed, and belongs to its test.
        let dropped = MongodbDriver::new(self.config.clone()).and_then(|driver| {
            block_on(driver.run_script(vec![r#"{"dropDatabase": 1}"#.to_owned()]))?;
            block_on(driver.close())
        });
        if let Err(error) = dropped {
            eprintln!("a database is left behind on {}: {error}", self.config.describe());
        }
    }
}
