//! Certificates that nobody should believe.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use futures_executor::block_on;
use ommi_core::ErrorKind;
use ommi_core::driver::Driver;
use ommi_driver_mongodb::MongodbDriver;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::{ServerConfig, ServerConnection};

use super::connect::{impatient, says};

/// A server that shakes hands with a certificate of its own for `name`, and says nothing more. Gives its port, and the
/// certificate in a PEM file.
fn server(name: &str) -> (u16, tempfile::NamedTempFile) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(cert.pem().as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], signing_key.into())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten().take(50) {
            let mut connection = ServerConnection::new(config.clone()).unwrap();
            std::thread::spawn(move || {
                let _ = rustls::Stream::new(&mut connection, &mut stream).read(&mut [0; 1024]);
            });
        }
    });
    (port, file)
}

#[test]
fn a_certificate_of_nobody_known_is_refused() {
    let (port, _file) = server("localhost");
    let config = impatient(&format!("mongodb://localhost:{port}/shop?tls=true"));
    let error = block_on(MongodbDriver::new(config).unwrap().connect()).unwrap_err();
    says(&error, ErrorKind::Connection, &["certificate", "tlsCAFile"]);
}

#[test]
fn a_certificate_of_another_name_is_refused() {
    let (port, file) = server("db.example");
    let path = file.path().to_str().unwrap();
    let config = impatient(&format!("mongodb://localhost:{port}/shop?tls=true&tlsCAFile={path}"));
    let error = block_on(MongodbDriver::new(config).unwrap().connect()).unwrap_err();
    says(&error, ErrorKind::Connection, &["certificate", "db.example"]);
}

#[test]
fn a_certificate_that_is_believed_lets_the_wait_go_on() {
    let (port, file) = server("localhost");
    let path = file.path().to_str().unwrap();
    for options in [format!("tlsCAFile={path}"), "tlsAllowInvalidCertificates=true".to_owned()] {
        let config = impatient(&format!("mongodb://localhost:{port}/shop?tls=true&{options}"));
        let error = block_on(MongodbDriver::new(config).unwrap().connect()).unwrap_err();
        // The handshake was done: what fails is that this is no MongoDB.
        assert!(error.kind() == ErrorKind::Connection && !error.message().contains("certificate"), "{error}");
    }
}

#[test]
fn a_file_that_is_no_certificate_is_named() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"no certificate").unwrap();
    for path in [file.path().to_str().unwrap(), "/nowhere/at/all.pem"] {
        let config = impatient(&format!("mongodb://127.0.0.1/shop?tls=true&tlsCAFile={path}"));
        let error = block_on(MongodbDriver::new(config).unwrap().connect()).unwrap_err();
        says(&error, ErrorKind::Validation, &["root certificate", path]);
    }
}
