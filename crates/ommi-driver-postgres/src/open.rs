//! Reaching a server: the hosts in their order, each with all its addresses, encrypted as asked.

use std::fmt::Display;
use std::io;
use std::sync::Arc;

use ommi_core::driver::BoxFuture;
use ommi_core::{Error, ErrorKind, Result};
use ommi_net::socket::{Patience, Socket, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_postgres::config::SslMode as WireSslMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

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
                    match at(shared, peer).await {
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

async fn at(shared: &Shared, peer: Peer) -> Result<Connection> {
    let limit = shared.config.connect_timeout;
    let settings = settings(&shared.config, &peer);
    let connect = |settings, tls| connect(settings, tls, &peer, &shared.config);
    let attempt = async {
        match &shared.tls {
            Tls::On(_) if is_socket(&peer) => connect(settings, Tls::Off).await,
            Tls::On(tls) => match connect(settings.clone(), Tls::On(tls.clone())).await {
                // As libpq: what is only preferred is given up where it fails.
                Err(Failure::Tls(_)) if shared.config.ssl_mode == SslMode::Prefer => {
                    let mut plain = settings;
                    plain.ssl_mode(WireSslMode::Disable);
                    connect(plain, Tls::Off).await
                }
                outcome => outcome,
            },
            Tls::Off => connect(settings, Tls::Off).await,
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

/// What is said to the server when a session begins.
fn settings(config: &PostgresConfig, peer: &Peer) -> Config {
    let mut settings = Config::new();
    settings.user(&config.user).dbname(&config.database).application_name(&config.application_name).ssl_mode(
        match config.ssl_mode {
            _ if is_socket(peer) => WireSslMode::Disable,
            SslMode::Disable => WireSslMode::Disable,
            SslMode::Prefer => WireSslMode::Prefer,
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => WireSslMode::Require,
        },
    );
    if let Some(password) = &config.password {
        settings.password(password);
    }
    if let Some(options) = config.session_options() {
        settings.options(options);
    }
    settings
}

/// How long the network may be silent.
fn patience(config: &PostgresConfig) -> Patience {
    let probes = || {
        TcpKeepalive::new()
            .with_time(config.keepalives_idle)
            .with_interval(config.keepalives_interval)
            .with_retries(config.keepalives_count)
    };
    Patience { keepalive: config.keepalives.then(probes), unconfirmed: config.tcp_user_timeout }
}

/// A client whose socket is driven.
struct Opened {
    client: Client,
    drive: Arc<Drive>,
    tls: Tls,
}

async fn connect(
    settings: Config,
    tls: Tls,
    peer: &Peer,
    config: &PostgresConfig,
) -> Result<Opened, Failure> {
    let socket = match peer {
        Peer::Tcp { address, .. } => Socket::tcp(*address, &patience(config)).await,
        #[cfg(unix)]
        Peer::Unix(path) => Socket::unix(path).await,
    };
    let socket = socket.map_err(|error| Failure::Other(cannot_connect(&error)))?;
    #[cfg(unix)]
    let watch = socket.watch();
    let drive = |connection: BoxFuture<()>| {
        Drive::start(
            connection,
            #[cfg(unix)]
            Some(watch),
        )
    };
    let (client, drive) = match &tls {
        Tls::Off => start(settings.connect_raw(socket, NoTls).await, drive)?,
        Tls::On(connect) => {
            let connect = MakeTlsConnect::<Socket>::make_tls_connect(&mut connect.clone(), peer.host());
            let connect = connect.map_err(|error| Failure::Tls(cannot_connect(&error)))?;
            start(settings.connect_raw(socket, connect).await, drive)?
        }
    };
    check_role(&client, config.target).await.map_err(Failure::Other)?;
    Ok(Opened { client, drive, tls })
}

/// Drives a session that was begun.
fn start<T: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    begun: Result<(Client, tokio_postgres::Connection<Socket, T>), tokio_postgres::Error>,
    drive: impl FnOnce(BoxFuture<()>) -> Arc<Drive>,
) -> Result<(Client, Arc<Drive>), Failure> {
    let (client, connection) = begun.map_err(Failure::of)?;
    let version = connection.parameter("server_version").unwrap_or_default();
    let major = version.split(|character: char| !character.is_ascii_digit()).next().unwrap_or_default();
    if major.parse::<u32>().is_ok_and(|major| major < OLDEST) {
        let message =
            format!("the server is PostgreSQL {version}; version {OLDEST} or a later one is needed");
        return Err(Failure::Other(Error::unsupported(message)));
    }
    // Its error comes to whoever uses the client as a closed connection.
    Ok((client, drive(Box::pin(async move { drop(connection.await) }))))
}

/// Whether the server takes what the configuration means to do with it.
async fn check_role(client: &Client, target: Target) -> Result<()> {
    let wanted = match target {
        Target::Any => return Ok(()),
        Target::ReadWrite => "off",
        Target::ReadOnly => "on",
    };
    let rows = client.simple_query("SHOW transaction_read_only").await.map_err(error::of)?;
    let is_wanted = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0) == Some(wanted),
        _no_row => false,
    };
    if rows.iter().any(is_wanted) {
        return Ok(());
    }
    let message = match target {
        Target::ReadOnly => "the server is not read only, as target_session_attrs asks for",
        Target::ReadWrite | Target::Any => {
            "the server is read only: target_session_attrs asks for one that writes"
        }
    };
    Err(Error::new(ErrorKind::Connection, message))
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

fn cannot_connect(error: &dyn Display) -> Error {
    Error::new(ErrorKind::Connection, format!("error connecting to server: {error}"))
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
