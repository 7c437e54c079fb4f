//! Which TLS an `sslmode` asks for.

use ommi_core::Result;
use ommi_net::tls::{Identity, Verify, client_config};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::config::{PostgresConfig, SslMode};

/// How a connection is encrypted, if at all.
#[derive(Clone)]
pub(crate) enum Tls {
    Off,
    On(MakeRustlsConnect),
}

impl Tls {
    /// What the configuration asks for.
    ///
    /// # Errors
    /// `Validation` when a certificate cannot be read.
    pub(crate) fn new(config: &PostgresConfig) -> Result<Self> {
        let verify = match config.ssl_mode {
            SslMode::Disable => return Ok(Tls::Off),
            SslMode::Prefer => Verify::None,
            // As libpq: a root that is given is not given for nothing.
            SslMode::Require if config.ssl_root_cert.is_some() => Verify::Ca,
            SslMode::Require => Verify::None,
            SslMode::VerifyCa => Verify::Ca,
            SslMode::VerifyFull => Verify::Full,
        };
        if config.ssl_mode == SslMode::Prefer
            && config.hosts.iter().all(|address| address.host.starts_with('/'))
        {
            return Ok(Tls::Off);
        }
        let identity = match (&config.ssl_cert, &config.ssl_key) {
            (Some(certificate), Some(key)) => {
                Some(Identity { certificate: certificate.clone(), key: key.clone() })
            }
            _none => None,
        };
        let config = client_config(verify, config.ssl_root_cert.as_deref(), identity.as_ref())?;
        Ok(Tls::On(MakeRustlsConnect::new(std::sync::Arc::unwrap_or_clone(config))))
    }
}
