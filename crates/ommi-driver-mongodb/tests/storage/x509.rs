//! Certificates of clients. What encrypts stands before the real server here, asks each client for a certificate of the
//! test's authority, and hands everything on.

use std::path::PathBuf;
use std::sync::Arc;

use futures_executor::block_on;
use ommi_core::ErrorKind;
use ommi_core::driver::{Driver, Executor};
use ommi_driver_mongodb::{MongodbConfig, MongodbDriver};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use super::connect::{impatient, says};
use super::database::server_url;

struct Gate {
    folder: tempfile::TempDir,
    port: u16,
    /// What hands on ends with it.
    _runtime: Runtime,
}

impl Gate {
    /// A way to the server that lets in who has a certificate; nothing without a server.
    fn new() -> Option<Self> {
        let server = server_url()?;
        let place =
            server.strip_prefix("mongodb://").unwrap().split(['/', '?', ',']).next().unwrap().to_owned();
        let issuer = authority();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("root.pem"), issuer.pem()).unwrap();
        let (certificate, key) = signed(&issuer, "ada");
        std::fs::write(folder.path().join("client.pem"), certificate + &key).unwrap();
        let runtime = Runtime::new().unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config(&issuer)));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, place) = (acceptor.clone(), place.clone());
                tokio::spawn(async move {
                    let mut inside = acceptor.accept(stream).await?;
                    let mut server = TcpStream::connect(place).await?;
                    tokio::io::copy_bidirectional(&mut inside, &mut server).await
                });
            }
        });
        Some(Self { folder, port, _runtime: runtime })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The way through it, with these options.
    fn config(&self, options: &str) -> MongodbConfig {
        let root = self.file("root.pem");
        let url = format!(
            "mongodb://localhost:{}/ommi_x509?directConnection=true&tls=true&tlsCAFile={}{options}",
            self.port,
            root.display()
        );
        impatient(&url)
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate of the authority for somebody and its key, as PEM.
fn signed(issuer: &CertifiedIssuer<'static, KeyPair>, name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    (params.signed_by(&key, issuer).unwrap().pem(), key.serialize_pem())
}

fn config(issuer: &CertifiedIssuer<'static, KeyPair>) -> ServerConfig {
    let mut roots = RootCertStore::empty();
    roots.add(issuer.der().clone()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, issuer);
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients.unwrap())
        .with_single_cert(
            vec![certificate.unwrap().der().clone()],
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )
        .unwrap()
}

#[test]
fn a_client_shows_its_certificate() {
    let Some(gate) = Gate::new() else { return };
    let shown = gate.config(&format!("&tlsCertificateKeyFile={}", gate.file("client.pem").display()));
    let driver = MongodbDriver::new(shown).unwrap();
    block_on(driver.connect()).unwrap();
    assert!(block_on(driver.introspect(vec!["nothing".into()])).unwrap().is_empty());
    block_on(driver.close()).unwrap();
}

#[test]
fn a_client_without_a_certificate_is_told_so() {
    let Some(gate) = Gate::new() else { return };
    let error = block_on(MongodbDriver::new(gate.config("")).unwrap().connect()).unwrap_err();
    says(&error, ErrorKind::Connection, &[&gate.port.to_string()]);
}

#[test]
fn a_file_without_a_key_is_named() {
    let Some(gate) = Gate::new() else { return };
    let config = gate.config(&format!("&tlsCertificateKeyFile={}", gate.file("root.pem").display()));
    let error = block_on(MongodbDriver::new(config).unwrap().connect()).unwrap_err();
    says(&error, ErrorKind::Validation, &["root.pem"]);
}

/// The certificate is who the user is: the server of the tests has no encryption of its own, and says that it does not take
/// the mechanism.
#[test]
fn a_user_by_certificate_is_asked_for_by_that_mechanism() {
    let Some(gate) = Gate::new() else { return };
    let config = gate.config(&format!(
        "&tlsCertificateKeyFile={}&authMechanism=MONGODB-X509&authSource=$external",
        gate.file("client.pem").display()
    ));
    let error = block_on(MongodbDriver::new(config).unwrap().connect()).unwrap_err();
    says(&error, ErrorKind::Connection, &["MONGODB-X509"]);
}
