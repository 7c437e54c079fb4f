//! How the pool opens, checks and closes connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture as LocalFuture;
use mysql_async::{Conn, DriverError};
use ommi_core::driver::BoxFuture;
use ommi_core::{Error, ErrorKind, Result};
use ommi_net::{Manager, Pooled};
use parking_lot::{Mutex, RwLock};
use tokio::time::timeout;

use crate::config::{MysqlConfig, SslMode};
use crate::connection::Connection;
use crate::error::{tls, translated};
use crate::server::Server;

/// A connection on loan from the pool.
pub(crate) type Loan = Pooled<MysqlManager>;

/// How long a connection that was idle may take to answer.
const CHECK: Duration = Duration::from_secs(5);

/// Opens connections by a configuration.
#[derive(Clone)]
pub(crate) struct MysqlManager(Arc<Inner>);

struct Inner {
    config: MysqlConfig,
    /// The server was asked for encryption, may do without, and does.
    is_plain: AtomicBool,
    /// What the latest session told of the server.
    server: RwLock<Option<Server>>,
    /// The numbers of the pool's connections.
    open: Mutex<Vec<u32>>,
}

impl MysqlManager {
    pub(crate) fn new(config: MysqlConfig) -> Self {
        let is_plain = AtomicBool::new(false);
        Self(Arc::new(Inner { config, is_plain, server: RwLock::new(None), open: Mutex::default() }))
    }

    pub(crate) fn config(&self) -> &MysqlConfig {
        &self.0.config
    }

    /// What is known of the server, once a connection was opened.
    pub(crate) fn server(&self) -> Option<Server> {
        self.0.server.read().clone()
    }

    /// The numbers by which the server knows the pool's connections.
    pub(crate) fn open_ids(&self) -> Vec<u32> {
        self.0.open.lock().clone()
    }

    /// Opens a connection; to be awaited on a runtime of tokio.
    pub(crate) async fn connect(&self) -> Result<Connection> {
        let config = &self.0.config;
        match timeout(config.connect_timeout, self.connect_untimed()).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let message = format!(
                    "{} did not answer within {} s: check host, port and network, or raise connect_timeout",
                    config.describe(),
                    config.connect_timeout.as_secs_f64()
                );
                Err(Error::new(ErrorKind::Connection, message))
            }
        }
    }

    async fn connect_untimed(&self) -> Result<Connection> {
        let config = &self.0.config;
        let mut conn = self.open_conn().await.map_err(|error| self.refused(error))?;
        let server = Server::set_up(&mut conn, config).await?;
        let is_known = self.0.server.read().as_ref() == Some(&server);
        if !is_known {
            *self.0.server.write() = Some(server.clone());
        }
        Ok(Connection::new(conn, server, config.statement_cache))
    }

    async fn open_conn(&self) -> mysql_async::Result<Conn> {
        let config = &self.0.config;
        let wanted = config.socket.is_none() && config.ssl_mode != SslMode::Disabled;
        if !wanted || self.0.is_plain.load(Ordering::Relaxed) {
            return Conn::new(config.opts(false)).await;
        }
        match Conn::new(config.opts(true)).await {
            Err(mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer))
                if config.ssl_mode == SslMode::Preferred =>
            {
                let conn = Conn::new(config.opts(false)).await?;
                self.0.is_plain.store(true, Ordering::Relaxed);
                Ok(conn)
            }
            outcome => outcome,
        }
    }

    /// The error of a connection that could not be opened: it names the place.
    fn refused(&self, error: mysql_async::Error) -> Error {
        let place = self.0.config.describe();
        let is_io =
            matches!(error, mysql_async::Error::Io(mysql_async::IoError::Io(_))) && tls(&error).is_none();
        let error = translated(error);
        let message = if is_io {
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            format!(
                "{place} cannot be reached ({cause}): check host, port and network, and that the server runs"
            )
        } else {
            format!("{place}: {}", error.message())
        };
        error.with_message(message)
    }
}

impl Manager for MysqlManager {
    // Boxed: it moves from hand to hand.
    type Connection = Box<Connection>;

    fn open(&self) -> BoxFuture<Result<Box<Connection>>> {
        let manager = self.clone();
        let open = async move {
            let connection = manager.connect().await?;
            manager.0.open.lock().push(connection.id());
            Ok(Box::new(connection))
        };
        open.boxed()
    }

    fn is_clean(&self, connection: &mut Box<Connection>) -> bool {
        connection.is_clean()
    }

    fn check<'a>(&'a self, connection: &'a mut Box<Connection>) -> LocalFuture<'a, Result<()>> {
        let check = async {
            match timeout(CHECK, connection.ping()).await {
                Ok(answer) => answer,
                Err(_) => Err(crate::error::lost("the server did not answer")),
            }
        };
        check.boxed()
    }

    fn close(&self, connection: Box<Connection>) -> Option<BoxFuture<()>> {
        self.0.open.lock().retain(|id| *id != connection.id());
        if connection.is_usable() {
            return Some(connection.close().boxed());
        }
        connection.sever();
        None
    }
}
