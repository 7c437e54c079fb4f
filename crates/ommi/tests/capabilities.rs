//! `docs/capabilities.md` says what the drivers declare: it is written from that, and this fails where it is not.
//! `OMMI_WRITE_DOCS=1 cargo nextest run -p ommi --test capabilities` writes it.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use ommi_core::driver::{Capabilities, Driver, IsolationLevel};
use ommi_driver_memory::{MemoryConfig, MemoryDriver};
use ommi_driver_mongodb::{MongodbConfig, MongodbDriver};
use ommi_driver_mysql::{MysqlConfig, MysqlDriver};
use ommi_driver_postgres::{PostgresConfig, PostgresDriver};
use ommi_driver_sqlite::{SqliteConfig, SqliteDriver};

const HEAD: &str = "\
# What each database can do

Every query means the same on every database. What a database cannot do at all is a capability that its driver does not
declare: asking for it is an `UnsupportedError` (in Rust `ErrorKind::Unsupported`) before anything is sent. A program can ask
too: `db.driver().capabilities()`.

This page is written from what the drivers declare; a test fails when it is out of date.
";

const LEVELS: &str = "
## Isolation

What a transaction gets that asks for a level: the weakest level of the database that is at least as strong.
";

/// The drivers with the names of their columns. Nothing is connected.
fn drivers() -> ommi::Result<Vec<(&'static str, Arc<dyn Driver>)>> {
    Ok(vec![
        ("memory", Arc::new(MemoryDriver::new(MemoryConfig::default()))),
        ("SQLite", Arc::new(SqliteDriver::new(SqliteConfig::memory())?)),
        ("PostgreSQL", Arc::new(PostgresDriver::new(PostgresConfig::from_url("postgres://localhost/any")?)?)),
        ("MySQL, MariaDB", Arc::new(MysqlDriver::new(MysqlConfig::from_url("mysql://localhost/any")?)?)),
        ("MongoDB", Arc::new(MongodbDriver::new(MongodbConfig::from_url("mongodb://localhost/any")?)?)),
    ])
}

fn page(columns: &[(&str, &Capabilities)]) -> String {
    let mut page = HEAD.to_owned();
    page.push_str(&head("capability | meaning", columns));
    let declared: Vec<_> = columns.iter().map(|(_, capabilities)| capabilities.declared()).collect();
    let [first, ..] = declared.as_slice() else { return page };
    for (row, capability) in first.iter().enumerate() {
        let values: Vec<&str> = declared.iter().map(|column| column[row].value.as_str()).collect();
        line(&mut page, &[&format!("`{}`", capability.name), capability.meaning], &values);
    }
    page.push_str(LEVELS);
    page.push_str(&head("asked for", columns));
    for level in [
        IsolationLevel::ReadUncommitted,
        IsolationLevel::ReadCommitted,
        IsolationLevel::RepeatableRead,
        IsolationLevel::Serializable,
    ] {
        let gets = columns.iter().map(|(_, capabilities)| {
            capabilities.isolation_at_least(level).map_or("`UnsupportedError`", name_of)
        });
        line(&mut page, &[name_of(level)], &gets.collect::<Vec<_>>());
    }
    page
}

fn name_of(level: IsolationLevel) -> &'static str {
    match level {
        IsolationLevel::ReadUncommitted => "read uncommitted",
        IsolationLevel::ReadCommitted => "read committed",
        IsolationLevel::RepeatableRead => "repeatable read",
        IsolationLevel::Serializable => "serializable",
    }
}

/// The first two lines of a table.
fn head(first: &str, columns: &[(&str, &Capabilities)]) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let rules = vec!["---"; first.split('|').count() + columns.len()].join(" | ");
    format!("\n| {first} | {} |\n| {rules} |\n", names.join(" | "))
}

fn line(page: &mut String, first: &[&str], values: &[&str]) {
    let cells = [first, values].concat().join(" | ");
    let _ = writeln!(page, "| {cells} |");
}

#[test]
fn the_page_of_capabilities_says_what_the_drivers_declare() -> Result<(), Box<dyn std::error::Error>> {
    let drivers = drivers()?;
    let columns: Vec<_> = drivers.iter().map(|(name, driver)| (*name, driver.capabilities())).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/capabilities.md");
    let wanted = page(&columns);
    if std::env::var_os("OMMI_WRITE_DOCS").is_some() {
        std::fs::write(&path, &wanted)?;
    }
    let found = std::fs::read_to_string(&path)?;
    assert!(
        found.replace("\r\n", "\n") == wanted,
        "docs/capabilities.md is out of date: OMMI_WRITE_DOCS=1 cargo nextest run -p ommi --test capabilities writes it"
    );
    Ok(())
}
