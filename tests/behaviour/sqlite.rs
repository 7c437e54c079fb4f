//! The behaviour suite on SQLite, in memory and in a file.

use std::process::ExitCode;

use ommi_driver_sqlite::{SqliteConfig, SqliteDriver};
use ommi_testkit::{Fresh, Suite};

fn main() -> ExitCode {
    Suite::new().on("memory", in_memory).on("file", in_a_file).run()
}

pub(crate) async fn in_memory() -> ommi_core::Result<Fresh> {
    Ok(Fresh::new(SqliteDriver::new(SqliteConfig::memory())?))
}

pub(crate) async fn in_a_file() -> ommi_core::Result<Fresh> {
    let folder = tempfile::tempdir()
        .map_err(|error| ommi_core::Error::new(ommi_core::ErrorKind::Storage, error.to_string()))?;
    let driver = SqliteDriver::new(SqliteConfig::file(folder.path().join("test.db")))?;
    Ok(Fresh::new(driver).keep(folder))
}
