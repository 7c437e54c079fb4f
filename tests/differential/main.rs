//! The differential test on every database that there is: generated models, rows and operations, compared with the
//! oracle. Databases are found and opened as the behaviour suite does it.

use std::process::ExitCode;

use ommi_testkit::Differential;

#[allow(dead_code, reason = "the main function of the behaviour suite")]
#[path = "../behaviour/mongodb.rs"]
mod mongodb;
#[allow(dead_code, reason = "the main function of the behaviour suite")]
#[path = "../behaviour/mysql.rs"]
mod mysql;
#[allow(dead_code, reason = "the main function of the behaviour suite")]
#[path = "../behaviour/postgres.rs"]
mod postgres;
#[allow(dead_code, reason = "the main function of the behaviour suite")]
#[path = "../behaviour/sqlite.rs"]
mod sqlite;

/// Cases that once failed.
const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/differential/regressions.jsonl");

fn main() -> ExitCode {
    let (mut tests, mut missing) = (Differential::new(REGRESSIONS), false);
    {
        tests = tests.on("sqlite", sqlite::in_memory);
    }
    match futures_executor::block_on(async { ommi_core::driver::Driver::connect(&*postgres::admin()?).await })
    {
        Ok(()) => tests = tests.on("postgres", || postgres::fresh(0)),
        Err(error) => missing |= left_out("PostgreSQL", postgres::is_required(), &error),
    }
    match mysql::Server::find().map(std::sync::Arc::new) {
        Ok(server) => tests = tests.on("mysql", move || mysql::Server::fresh(server.clone())),
        Err(error) => missing |= left_out("MySQL", mysql::is_required(), &error),
    }
    match mongodb::Server::find().map(std::sync::Arc::new) {
        Ok(server) => tests = tests.on("mongodb", move || mongodb::Server::fresh(server.clone())),
        Err(error) => missing |= left_out("MongoDB", mongodb::is_required(), &error),
    }
    if missing { ExitCode::FAILURE } else { tests.run() }
}

/// Says that there are no tests on a database; whether that is a failure.
fn left_out(database: &str, is_required: bool, error: &ommi_core::Error) -> bool {
    eprintln!("*** capability: NO DIFFERENTIAL TEST ON {database}: {error} ***");
    is_required
}
