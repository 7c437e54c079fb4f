//! The Chinook music shop, made by its own scripts: what Ommi finds in tables that it did not make.
#![allow(clippy::unwrap_used)] // a failure of a helper is a failed test

mod shop;

#[allow(dead_code, reason = "the main function of the behaviour suite")]
#[path = "../behaviour/mysql.rs"]
mod mysql;
#[allow(dead_code, reason = "the main function of the behaviour suite")]
#[path = "../behaviour/postgres.rs"]
mod postgres;
#[allow(dead_code, reason = "the main function of the behaviour suite")]
#[path = "../behaviour/sqlite.rs"]
mod sqlite;

use std::sync::Arc;

use futures_executor::block_on;
use ommi::Ommi;
use ommi_core::driver::Driver;
use ommi_testkit::Fresh;

/// The script's statements. None of them has a `;` at a line's end inside of a text.
fn statements(script: &str) -> Vec<String> {
    script.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()).map(str::to_owned).collect()
}

/// Opens the shop and checks what is in it.
fn visit(fresh: &Fresh, script: &str, check: impl AsyncFnOnce(&Ommi) -> ommi::Result<()>) {
    block_on(async {
        let db = Ommi::with_driver(fresh.driver().clone());
        db.driver().run_script(statements(script)).await?;
        check(&db).await?;
        db.close().await
    })
    .unwrap();
}

/// Without a server there is nothing to visit, unless it is required.
fn left_out(error: &ommi::Error, is_required: bool) {
    assert!(!is_required, "{error}");
    eprintln!("capability: NO SHOP THERE: {error}");
}

#[test]
fn on_sqlite() {
    let fresh = block_on(sqlite::in_memory()).unwrap();
    visit(&fresh, include_str!("../data/chinook/sqlite.sql"), shop::pascal::check);
}

#[test]
fn on_postgres() {
    match block_on(async { postgres::admin()?.connect().await }) {
        Ok(()) => {
            let fresh = block_on(postgres::fresh(2)).unwrap();
            visit(&fresh, include_str!("../data/chinook/postgres.sql"), shop::snake::check);
        }
        Err(error) => left_out(&error, postgres::is_required()),
    }
}

#[test]
fn on_mysql() {
    match mysql::Server::find().map(Arc::new) {
        Ok(server) => {
            let fresh = block_on(mysql::Server::fresh(server)).unwrap();
            visit(&fresh, include_str!("../data/chinook/mysql.sql"), shop::pascal::check);
        }
        Err(error) => left_out(&error, mysql::is_required()),
    }
}
