//! TLS as rustls does it, with the ring provider: how far a server's certificate is verified, against which roots,
//! and which certificate the client shows.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ommi_core::{Error, Result};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

/// How far a server's certificate is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verify {
    /// Not at all: whoever answers is believed. The traffic is encrypted, but not protected from somebody in
    /// between.
    None,
    /// A trusted authority signed it, for whatever host.
    Ca,
    /// A trusted authority signed it for this host.
    #[default]
    Full,
}

/// A client's certificate chain and its private key, as PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate, followed by those that lead to a root.
    pub certificate: PathBuf,
    /// The key, which must not be encrypted.
    pub key: PathBuf,
}

/// The configuration of a client that verifies servers so far, against the roots in the PEM file `root` or else
/// those of the operating system.
///
/// # Errors
/// `Validation` when a file cannot be read or does not hold what it should, or when there is no root at all.
pub fn client_config(
    verify: Verify,
    root: Option<&Path>,
    identity: Option<&Identity>,
) -> Result<Arc<ClientConfig>> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong("TLS cannot be set up", &error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier(verify, root, provider)?);
    let config = match identity {
        Some(identity) => {
            let (chain, key) = read_identity(identity)?;
            builder.with_client_auth_cert(chain, key).map_err(|error| {
                let files = (identity.certificate.display(), identity.key.display());
                wrong(
                    &format!("the client certificate {} does not go with its key {}", files.0, files.1),
                    &error,
                )
            })?
        }
        None => builder.with_no_client_auth(),
    };
    Ok(Arc::new(config))
}

fn verifier(
    verify: Verify,
    root: Option<&Path>,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>> {
    if verify == Verify::None {
        return Ok(Arc::new(AnyCertificate(provider)));
    }
    let roots = Arc::new(roots(root)?);
    let full = WebPkiServerVerifier::builder_with_provider(roots, provider)
        .build()
        .map_err(|error| wrong("the root certificates cannot be used", &error))?;
    Ok(if verify == Verify::Ca { Arc::new(AnyName(full)) } else { full })
}

fn roots(file: Option<&Path>) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    let Some(path) = file else {
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if store.is_empty() {
            let message = "this system has no root certificates to verify a server with: install them \
                           (Debian's package ca-certificates), or name a file with the root";
            return Err(Error::validation(message));
        }
        return Ok(store);
    };
    for certificate in read_certificates("root certificate", path)? {
        store.add(certificate).map_err(|error| unreadable("root certificate", path, &error))?;
    }
    Ok(store)
}

fn read_identity(identity: &Identity) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let chain = read_certificates("client certificate", &identity.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&identity.key)
        .map_err(|error| unreadable("client key (PEM, not encrypted)", &identity.key, &error))?;
    Ok((chain, key))
}

/// The certificates of a PEM file: at least one.
fn read_certificates(what: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| unreadable(what, path, &error))?;
    if certificates.is_empty() {
        return Err(unreadable(what, path, &"there is no certificate in it"));
    }
    Ok(certificates)
}

fn unreadable(what: &str, path: &Path, reason: &dyn Display) -> Error {
    wrong(&format!("the {what} {} cannot be read", path.display()), reason)
}

fn wrong(what: &str, reason: &dyn Display) -> Error {
    Error::validation(format!("{what}: {reason}"))
}

/// Believes every certificate, but makes sure that the server has its key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Verifies everything but the host's name, which comes last: when the name is what is wrong, all else was right.
#[derive(Debug)]
struct AnyName(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.0.verify_server_cert(certificate, others, name, ocsp, now) {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests;
