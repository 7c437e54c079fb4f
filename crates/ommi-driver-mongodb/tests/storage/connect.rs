//! Servers that cannot be reached, or do not let anybody in: one clear error each, without the password.

use std::net::TcpListener;
use std::time::Duration;

use futures_executor::block_on;
use ommi_core::driver::{Driver, Executor};
use ommi_core::{Error, ErrorKind};
use ommi_driver_mongodb::{MongodbConfig, MongodbDriver};

use super::database::{database, server_url};

/// What connecting fails with, by `change`d options of the server that is there.
#[track_caller]
fn refused(config: MongodbConfig) -> Error {
    let driver = MongodbDriver::new(config).unwrap();
    let error = block_on(driver.connect()).unwrap_err();
    assert!(!error.to_string().contains("geheim") && !format!("{error:?}").contains("geheim"), "{error}");
    // It is refused the same way at the next try, and whatever is asked.
    let again = block_on(driver.introspect(vec!["x".into()])).unwrap_err();
    assert_eq!(error.kind(), again.kind(), "{again}");
    block_on(driver.close()).unwrap();
    error
}

pub(crate) fn impatient(url: &str) -> MongodbConfig {
    let mut config = MongodbConfig::from_url(url).unwrap();
    config.pool.connection_timeout = Duration::from_millis(700);
    config.connect_timeout = Duration::from_millis(500);
    config
}

#[track_caller]
pub(crate) fn says(error: &Error, kind: ErrorKind, parts: &[&str]) {
    assert_eq!(error.kind(), kind, "{error}");
    for part in parts {
        assert!(error.message().contains(part), "{part:?} in {error}");
    }
}

/// A port that nobody listens on.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_wrong_port_is_named() {
    let port = closed_port();
    let error = refused(impatient(&format!("mongodb://app:geheim@127.0.0.1:{port}/shop")));
    says(&error, ErrorKind::Connection, &[&format!("127.0.0.1:{port}"), "refused", "check host, port"]);
}

#[test]
fn a_wrong_host_is_named() {
    let error = refused(impatient("mongodb://app:geheim@nowhere.invalid/shop"));
    says(&error, ErrorKind::Connection, &["nowhere.invalid:27017", "check host"]);
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = silent.local_addr().unwrap();
    let error = refused(impatient(&format!("mongodb://app:geheim@{place}/shop")));
    says(&error, ErrorKind::Connection, &[&place.to_string(), "connection_timeout"]);
}

#[test]
fn a_server_that_talks_nonsense_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten().take(50) {
            let _ = std::io::Write::write_all(&mut &stream, &[0xff; 64]);
        }
    });
    let error = refused(impatient(&format!("mongodb://app:geheim@{place}/shop")));
    says(&error, ErrorKind::Connection, &[&place.to_string()]);
}

#[test]
fn a_wrong_password_is_said_and_not_shown() {
    if database().is_none() {
        return;
    }
    let Some(url) = server_url() else { return };
    let mut config = impatient(&url);
    config.pool.connection_timeout = Duration::from_secs(20);
    for (user, password) in [("nobody", "geheim"), ("no:body/@", "ge/heim geheim%")] {
        config.user = Some(user.into());
        config.password = Some(password.into());
        config.database = Some("ommi_storage_nobody".into());
        says(&refused(config.clone()), ErrorKind::Connection, &["user or the password", "authSource"]);
    }
}

#[test]
fn a_wrong_replica_set_is_said() {
    if database().is_none() {
        return;
    }
    let Some(url) = server_url() else { return };
    let mut config = impatient(&url);
    config.database = Some("shop".into());
    config.set("replicaSet", "another").unwrap();
    says(&refused(config), ErrorKind::Connection, &["replicaSet"]);
}

#[test]
fn encryption_that_the_server_does_not_have_is_said() {
    if database().is_none() {
        return;
    }
    let Some(url) = server_url() else { return };
    let mut config = impatient(&url);
    config.database = Some("shop".into());
    config.set("tls", "true").unwrap();
    says(&refused(config), ErrorKind::Connection, &["tls"]);
}

#[test]
fn options_that_do_not_go_together_are_refused() {
    let config = impatient("mongodb://a,b/shop?directConnection=true");
    let error = MongodbDriver::new(config).map(|driver| block_on(driver.connect()).unwrap_err());
    says(&error.unwrap_or_else(|error| error), ErrorKind::Validation, &["not"]);
}

#[test]
fn names_that_dns_does_not_know_are_said() {
    let error = refused(impatient("mongodb+srv://app:geheim@nowhere.invalid/shop"));
    says(&error, ErrorKind::Connection, &["DNS"]);
}

#[test]
fn the_pool_is_counted() {
    let Some(database) = database() else { return };
    let before = database.driver.pool_stats().unwrap();
    assert!(before.open >= 1 && before.created >= 1 && before.max == 10, "{before:?}");
    assert_eq!((before.used, before.waiting, before.timeouts), (0, 0, 0));
    block_on(database.driver.close()).unwrap();
    let after = database.driver.pool_stats().unwrap();
    assert_eq!((after.open, after.closed), (0, after.created), "{after:?}");
}
