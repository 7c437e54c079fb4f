//! The behaviour suite on MySQL or MariaDB: the server that `OMMI_TEST_MYSQL` names, else the one on this machine. Each
//! test has a database of its own.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_executor::block_on;
use ommi_core::Result;
use ommi_core::driver::{Driver, Executor};
use ommi_driver_mysql::{MysqlConfig, MysqlDriver};
use ommi_testkit::{Fresh, Suite};

fn main() -> ExitCode {
    match Server::find() {
        Ok(server) => {
            eprintln!("MySQL: {}", server.admin.location());
            let server = Arc::new(server);
            Suite::new().on("mysql", move || Server::fresh(server.clone())).run()
        }
        Err(error) if is_required() => {
            eprintln!("MySQL is required and cannot be used: {error}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("capability: NO TESTS ON MYSQL, set OMMI_TEST_MYSQL: {error}");
            Suite::new().run()
        }
    }
}

pub(crate) fn is_required() -> bool {
    std::env::var("OMMI_REQUIRE").is_ok_and(|names| names.split(',').any(|name| name.trim() == "mysql"))
}

/// A server where databases may be created.
pub(crate) struct Server {
    config: MysqlConfig,
    admin: MysqlDriver,
    databases: AtomicU32,
}

impl Server {
    pub(crate) fn find() -> Result<Self> {
        let url = std::env::var("OMMI_TEST_MYSQL");
        let mut config =
            MysqlConfig::from_url(url.as_deref().unwrap_or("mysql://root@127.0.0.1:3306/mysql"))?;
        // Cases hold up to a dozen streams at once.
        config.pool.max_connections = 16;
        let admin = MysqlDriver::new(config.clone())?;
        block_on(admin.connect())?;
        Ok(Self { config, admin, databases: AtomicU32::new(0) })
    }

    pub(crate) async fn fresh(server: Arc<Self>) -> Result<Fresh> {
        let number = server.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("ommi_test_{}_{number}", std::process::id());
        server.admin.run_script(vec![format!("CREATE DATABASE `{name}`")]).await?;
        let config = MysqlConfig { database: Some(name.clone()), ..server.config.clone() };
        let database = Database { server, name };
        Ok(Fresh::new(MysqlDriver::new(config)?).keep(database))
    }
}

/// A database, dropped with this.
struct Database {
    server: Arc<Server>,
    name: String,
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE `{}`", self.name);
        if let Err(error) = block_on(self.server.admin.run_script(vec![drop])) {
            eprintln!("the database {} is left behind: {error}", self.name);
        }
    }
}
