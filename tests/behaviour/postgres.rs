//! The behaviour suite on PostgreSQL: each test in a schema of its own. `OMMI_TEST_POSTGRES` names a server.

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_executor::block_on;
use ommi_core::Result;
use ommi_core::driver::{Driver, Executor};
use ommi_driver_postgres::{PostgresConfig, PostgresDriver};
use ommi_testkit::{Fresh, Suite};

fn main() -> ExitCode {
    match block_on(async { admin()?.connect().await }) {
        Ok(()) => Suite::new().on("shared", || fresh(2)).on("own", || fresh(0)).run(),
        Err(error) if is_required() => {
            eprintln!("OMMI_REQUIRE names postgres, and there is none: {error}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("capability: NO TESTS ON POSTGRESQL, set OMMI_TEST_POSTGRES: {error}");
            Suite::new().run()
        }
    }
}

pub(crate) fn is_required() -> bool {
    std::env::var("OMMI_REQUIRE").is_ok_and(|wanted| wanted.split(',').any(|name| name.trim() == "postgres"))
}

fn config() -> Result<PostgresConfig> {
    let url = std::env::var("OMMI_TEST_POSTGRES");
    let url = url.unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    let mut config = PostgresConfig::from_url(&url)?;
    config.pool.connection_timeout = Duration::from_secs(20);
    Ok(config)
}

/// The driver that makes and drops schemas.
pub(crate) fn admin() -> Result<Arc<PostgresDriver>> {
    static ADMIN: OnceLock<Arc<PostgresDriver>> = OnceLock::new();
    if let Some(admin) = ADMIN.get() {
        return Ok(admin.clone());
    }
    let mut config = config()?;
    config.pool.max_connections = 2;
    let admin = Arc::new(PostgresDriver::new(config)?);
    Ok(ADMIN.get_or_init(|| admin).clone())
}

/// A driver in an empty schema; short reads share so many connections.
pub(crate) async fn fresh(shared: usize) -> Result<Fresh> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("ommi_behaviour_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let schema = Schema(name.clone());
    admin()?
        .run_script(vec![format!("DROP SCHEMA IF EXISTS {name} CASCADE"), format!("CREATE SCHEMA {name}")])
        .await?;
    let mut config = config()?;
    config.search_path = Some(name);
    config.shared_connections = shared;
    // As many as a case reads streams at once.
    config.pool.max_connections = 13;
    Ok(Fresh::new(PostgresDriver::new(config)?).keep(schema))
}

/// Dropped with everything in it when the test is over.
struct Schema(String);

impl Drop for Schema {
    fn drop(&mut self) {
        let dropped = admin()
            .and_then(|admin| block_on(admin.run_script(vec![format!("DROP SCHEMA {} CASCADE", self.0)])));
        if let Err(error) = dropped {
            eprintln!("the schema {} is left behind: {error}", self.0);
        }
    }
}
