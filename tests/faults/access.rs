//! Wrong host, port, password, database or certificate: one clear error each, soon, and without the password.

use std::error::Error as _;
use std::time::{Duration, Instant};

use ommi::{ErrorKind, Ommi};
use tokio::net::TcpListener;

use crate::bounded;
use crate::certificates::Authority;
use crate::server::{Kind, PASSWORD, Server, free_port};

/// What the URLs here allow.
const TIMEOUT: &str = "connection_timeout=2";

pub async fn what_is_wrong_is_said_once_clearly_and_without_the_password(kind: Kind) {
    let Some(server) = Server::start(kind, None).await else { return };
    let mute = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let mute_port = mute.local_addr().unwrap().port();
    let url = server.url(TIMEOUT);
    let closed = free_port();
    let wrong = [
        (url.replace("127.0.0.1", "no-such-host.invalid"), "no-such-host.invalid"),
        (server.url_by(closed, TIMEOUT), "refused"),
        (server.url_by(mute_port, TIMEOUT), "2 s"),
        (url.replace("sesame", "barley"), "ommi"),
        (url.replace("//ommi:", "//nobody:"), "nobody"),
        (url.replace("/postgres?", "/nowhere?").replace("/ommi?", "/nowhere?"), "nowhere"),
        (url.replace(&format!(":{PASSWORD}"), ""), "password"),
    ];
    for (url, expected) in wrong {
        let message = refused(&url).await;
        assert!(message.contains(expected), "it should say {expected:?}: {message}");
    }
}

/// The message of the error that connecting gives.
async fn refused(url: &str) -> String {
    let start = Instant::now();
    let error = bounded("connecting", Ommi::connect(url)).await.map(drop).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(6), "it took {:?}: {error}", start.elapsed());
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    let mut told = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(inner) = source {
        told += &format!(" {inner} {inner:?}");
        source = inner.source();
    }
    for secret in ["sesame", "barley"] {
        assert!(!told.contains(secret), "the password is shown: {told}");
    }
    error.to_string()
}

pub async fn certificates_are_verified_as_far_as_asked(kind: Kind) {
    let (ours, other) = (Authority::new(), Authority::new());
    let Some(server) = Server::start(kind, Some(&ours)).await else { return };
    let (mode, root, names) = match kind {
        Kind::Postgres => ("sslmode", "sslrootcert", ["require", "verify-ca", "verify-full"]),
        Kind::Mysql => ("ssl_mode", "ssl_ca", ["required", "verify_ca", "verify_identity"]),
        // It verifies always; its tests are those of the driver.
        Kind::Mongodb => return,
    };
    let url = |host: &str, name: &str, authority: &Authority| {
        let options = format!("{TIMEOUT}&{mode}={name}&{root}={}", authority.root().display());
        server.url(&options).replace("127.0.0.1", host)
    };
    // The server's certificate is for localhost.
    for (host, name) in [("localhost", names[0]), ("127.0.0.1", names[1]), ("localhost", names[2])] {
        let db = bounded("connecting", Ommi::connect(&url(host, name, &ours))).await;
        db.unwrap_or_else(|error| panic!("{name} as {host}: {error}")).close().await.unwrap();
    }
    for (host, name, authority) in
        [("127.0.0.1", names[2], &ours), ("localhost", names[1], &other), ("localhost", names[2], &other)]
    {
        let message = refused(&url(host, name, authority)).await;
        assert!(message.contains("certificate"), "{name} as {host}: {message}");
    }
}
