//! Reaching a server: the hosts in their order, each with all its addresses, encrypted as asked.

use std::io;
use std::sync::Arc;

use ommi_core::{Error, ErrorKind, Result};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_postgres::config::{SslMode as WireSslMode, TargetSessionAttrs};
use tokio_postgres::{Client, Config, NoTls};

use crate::cancel::{Canceller, Peer};
use crate::config::{Address, PostgresConfig, SslMode, Target};
use crate::connection::{Connection, Shared};
use crate::drive::Drive;
use crate::error;
use crate::tls::Tls;

/// Versions before this one lack what our statements use.
const OLDEST: u32 = 13;

/// Opens a connection to the first host that will do.
pub(crate) async fn open(shared: &Shared) -> Result<Connection> {
    let mut failures: Vec<(String, Error)> = Vec::new();
    for address in &shared.config.hosts {
        let place = format!("{}:{}", address.host, address.port);
        match peers(address).await {
            Ok(peers) => {
                for peer in peers {
                    match at(shared, address, peer).await {
                        Ok(connection) => return Ok(connection),
                        Err(error) => failures.push((place.clone(), error)),
                    }
                }
            }
            Err(error) => failures.push((place, unreachable(&error))),
        }
    }
    Err(all_failed(failures))
}

/// The addresses of a host.
async fn peers(address: &Address) -> io::Result<Vec<Peer>> {
    #[cfg(unix)]
    if address.host.starts_with('/') {
        return Ok(vec![Peer::Unix(format!("{}/.s.PGSQL.{}", address.host, address.port).into())]);
    }
    let host = address.host.clone();
    let found = tokio::net::lookup_host((host.as_str(), address.port)).await?;
    Ok(found.map(|address| Peer::Tcp { address, host: host.clone() }).collect())
}

async fn at(shared: &Shared, address: &Address, peer: Peer) -> Result<Connection> {
    let limit = shared.config.connect_timeout;
    let settings = settings(&shared.config, address, &peer);
    let attempt = async {
        match &shared.tls {
            Tls::On(_) if is_socket(&peer) => connect(&settings, Tls::Off).await,
            Tls::On(tls) => match connect(&settings, Tls::On(tls.clone())).await {
                // As libpq: what is only preferred is given up where it fails.
                Err(Failure::Tls(_)) if shared.config.ssl_mode == SslMode::Prefer => {
                    let mut plain = settings.clone();
                    connect(plain.ssl_mode(WireSslMode::Disable), Tls::Off).await
                }
                outcome => outcome,
            },
            Tls::Off => connect(&settings, Tls::Off).await,
        }
    };
    let opened = match timeout(limit, attempt).await {
        Ok(opened) => opened.map_err(Failure::into_error)?,
        Err(_) => {
            let message = format!("the server did not answer within {limit:?}");
            return Err(Error::new(ErrorKind::Connection, message));
        }
    };
    let canceller = Canceller { token: opened.client.cancel_token(), peer, tls: opened.tls };
    Ok(shared.connection(opened.client, canceller, opened.drive))
}

fn is_socket(peer: &Peer) -> bool {
    match peer {
        Peer::Tcp { .. } => false,
        #[cfg(unix)]
        Peer::Unix(_) => true,
    }
}

fn settings(config: &PostgresConfig, address: &Address, peer: &Peer) -> Config {
    let mut settings = Config::new();
    settings.host(&address.host).port(address.port);
    if let Peer::Tcp { address, .. } = peer {
        settings.hostaddr(address.ip());
    }
    settings
        .user(&config.user)
        .dbname(&config.database)
        .application_name(&config.application_name)
        .connect_timeout(config.connect_timeout)
        .keepalives(config.keepalives)
        .keepalives_idle(config.keepalives_idle)
        .keepalives_interval(config.keepalives_interval)
        .keepalives_retries(config.keepalives_count)
        .ssl_mode(match config.ssl_mode {
            SslMode::Disable => WireSslMode::Disable,
            SslMode::Prefer => WireSslMode::Prefer,
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => WireSslMode::Require,
        })
        .target_session_attrs(match config.target {
            Target::Any => TargetSessionAttrs::Any,
            Target::ReadWrite => TargetSessionAttrs::ReadWrite,
            Target::ReadOnly => TargetSessionAttrs::ReadOnly,
        });
    if let Some(timeout) = config.tcp_user_timeout {
        settings.tcp_user_timeout(timeout);
    }
    if let Some(password) = &config.password {
        settings.password(password);
    }
    if let Some(options) = config.session_options() {
        settings.options(options);
    }
    if is_socket(peer) {
        settings.ssl_mode(WireSslMode::Disable);
    }
    settings
}

/// A client whose socket is driven.
struct Opened {
    client: Client,
    drive: Arc<Drive>,
    tls: Tls,
}

async fn connect(settings: &Config, tls: Tls) -> Result<Opened, Failure> {
    match tls {
        Tls::Off => {
            let (client, connection) = settings.connect(NoTls).await.map_err(Failure::of)?;
            drive(client, connection, Tls::Off)
        }
        Tls::On(connect) => {
            let (client, connection) = settings.connect(connect.clone()).await.map_err(Failure::of)?;
            drive(client, connection, Tls::On(connect))
        }
    }
}

fn drive<S, T>(
    client: Client,
    connection: tokio_postgres::Connection<S, T>,
    tls: Tls,
) -> Result<Opened, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let version = connection.parameter("server_version").unwrap_or_default();
    let major = version.split(|character: char| !character.is_ascii_digit()).next().unwrap_or_default();
    if major.parse::<u32>().is_ok_and(|major| major < OLDEST) {
        let message =
            format!("the server is PostgreSQL {version}; version {OLDEST} or a later one is needed");
        return Err(Failure::Other(Error::unsupported(message)));
    }
    // Its error comes to whoever uses the client as a closed connection.
    let drive = Drive::start(async move { drop(connection.await) });
    Ok(Opened { client, drive, tls })
}

/// Why a server could not be used.
enum Failure {
    Tls(Error),
    Other(Error),
}

impl Failure {
    fn of(error: tokio_postgres::Error) -> Self {
        if error.as_db_error().is_some() {
            return Failure::Other(error::of(error));
        }
        let text = error.to_string();
        let is_tls = text.contains("TLS");
        let cause = error.into_source().map(|source| source.to_string());
        let cause = cause.map(|cause| format!("{text}: {cause}")).unwrap_or(text);
        let message = if is_tls { format!("TLS failed ({cause})") } else { cause };
        let error = Error::new(ErrorKind::Connection, message);
        if is_tls { Failure::Tls(error) } else { Failure::Other(error) }
    }

    fn into_error(self) -> Error {
        match self {
            Failure::Tls(error) | Failure::Other(error) => error,
        }
    }
}

fn unreachable(error: &io::Error) -> Error {
    Error::new(ErrorKind::Connection, format!("the host could not be found ({error})"))
}

fn all_failed(mut failures: Vec<(String, Error)>) -> Error {
    failures.dedup_by(|one, other| one.0 == other.0 && one.1.message() == other.1.message());
    let told: Vec<String> =
        failures.iter().map(|(place, error)| format!("{place}: {}", error.message())).collect();
    let kind = failures.pop().map_or(ErrorKind::Connection, |(_, error)| error.kind());
    Error::new(kind, format!("PostgreSQL cannot be used: {}", told.join("; ")))
}
