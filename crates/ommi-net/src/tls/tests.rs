//! Handshakes in memory, with certificates made for the test.

use std::fs;

use ommi_core::ErrorKind;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConnection, ServerConfig, ServerConnection};
use tempfile::TempDir;

use super::*;

/// An authority with a folder for its PEM files.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("root.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    /// A certificate for a host, and its key.
    fn signed(&self, host: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        (CertificateParams::new(vec![host.to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// The files of a client's certificate.
    fn identity(&self) -> Identity {
        let (certificate, key) = self.signed("client");
        let (certificate_file, key_file) =
            (self.folder.path().join("client.pem"), self.folder.path().join("client.key"));
        fs::write(&certificate_file, certificate.pem()).unwrap();
        fs::write(&key_file, key.serialize_pem()).unwrap();
        Identity { certificate: certificate_file, key: key_file }
    }

    /// A server for `host`; with `clients` it asks for a certificate of this authority.
    fn server(&self, host: &str, clients: bool) -> ServerConfig {
        let (certificate, key) = self.signed(host);
        let provider = Arc::new(ring::default_provider());
        let builder =
            ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
        let builder = if clients {
            let mut roots = RootCertStore::empty();
            roots.add(self.issuer.der().clone()).unwrap();
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.unwrap().with_client_cert_verifier(verifier)
        } else {
            builder.unwrap().with_no_client_auth()
        };
        builder.with_single_cert(vec![certificate.der().clone()], key.into()).unwrap()
    }
}

/// Shakes hands over memory, as a client of `localhost`.
fn handshake(client: Arc<ClientConfig>, server: ServerConfig) -> Result<(), rustls::Error> {
    let name = ServerName::try_from("localhost").unwrap();
    let mut client = ClientConnection::new(client, name)?;
    let mut server = ServerConnection::new(Arc::new(server))?;
    let mut wire = Vec::new();
    while client.is_handshaking() || server.is_handshaking() || client.wants_write() || server.wants_write() {
        client.write_tls(&mut wire).unwrap();
        server.read_tls(&mut wire.as_slice()).unwrap();
        server.process_new_packets()?;
        wire.clear();
        server.write_tls(&mut wire).unwrap();
        client.read_tls(&mut wire.as_slice()).unwrap();
        client.process_new_packets()?;
        wire.clear();
    }
    Ok(())
}

#[test]
fn a_server_of_a_trusted_authority_and_name_is_accepted() {
    let authority = Authority::new();
    for verify in [Verify::None, Verify::Ca, Verify::Full] {
        let client = client_config(verify, Some(&authority.root()), None).unwrap();
        handshake(client, authority.server("localhost", false)).unwrap();
    }
}

#[test]
fn another_name_is_refused_by_full_verification_only() {
    let authority = Authority::new();
    for (verify, accepted) in [(Verify::None, true), (Verify::Ca, true), (Verify::Full, false)] {
        let client = client_config(verify, Some(&authority.root()), None).unwrap();
        let shaken = handshake(client, authority.server("other.example", false));
        assert_eq!(shaken.is_ok(), accepted, "{verify:?}: {shaken:?}");
    }
}

#[test]
fn another_authority_is_refused_unless_nothing_is_verified() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    for (verify, accepted) in [(Verify::None, true), (Verify::Ca, false), (Verify::Full, false)] {
        let client = client_config(verify, Some(&ours.root()), None).unwrap();
        let shaken = handshake(client, theirs.server("localhost", false));
        assert_eq!(shaken.is_ok(), accepted, "{verify:?}: {shaken:?}");
    }
}

#[test]
fn a_client_shows_its_certificate_where_it_is_asked_for() {
    let authority = Authority::new();
    let identity = authority.identity();
    let client = client_config(Verify::Full, Some(&authority.root()), Some(&identity)).unwrap();
    handshake(client, authority.server("localhost", true)).unwrap();
    let client = client_config(Verify::Full, Some(&authority.root()), None).unwrap();
    assert!(handshake(client, authority.server("localhost", true)).is_err());
}

#[test]
fn the_systems_roots_do_not_trust_an_authority_made_here() {
    // Where the system has no roots at all, the configuration is refused instead, which trusts nobody either.
    if let Ok(client) = client_config(Verify::Full, None, None) {
        assert!(handshake(client, Authority::new().server("localhost", false)).is_err());
    }
}

#[test]
fn files_that_do_not_hold_what_they_should_are_named() {
    let (authority, another) = (Authority::new(), Authority::new());
    let missing = authority.folder.path().join("missing.pem");
    let identity = authority.identity();
    let other = Identity { key: another.identity().key, ..identity.clone() };
    let wrong_key = Identity { certificate: identity.certificate.clone(), key: authority.root() };
    fs::write(authority.folder.path().join("empty.pem"), "no certificate").unwrap();
    let empty = authority.folder.path().join("empty.pem");
    for (root, identity, expected) in [
        (&missing, None, "missing.pem"),
        (&empty, None, "empty.pem cannot be read: there is no certificate in it"),
        (&authority.root(), Some(&wrong_key), "the client key (PEM, not encrypted) "),
        (&authority.root(), Some(&other), "client.pem does not go with its key"),
    ] {
        let error = client_config(Verify::Full, Some(root), identity).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.to_string().contains(expected), "{error}");
    }
}
