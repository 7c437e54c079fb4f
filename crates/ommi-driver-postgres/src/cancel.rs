//! Stopping a statement on the server. A cancel travels on a connection of its own and hits whatever its target runs
//! when it arrives: so it is only sent for connections that one caller owns, and the target is not used again before
//! the server has closed that other connection, which it does after the signal was sent.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::time::timeout;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{CancelToken, NoTls};

use crate::tls::Tls;

/// How long a cancel may take to be taken.
const LIMIT: Duration = Duration::from_secs(5);

/// Where a connection goes.
#[derive(Debug, Clone)]
pub(crate) enum Peer {
    Tcp {
        address: std::net::SocketAddr,
        host: String,
    },
    #[cfg(unix)]
    Unix(std::path::PathBuf),
}

impl Peer {
    /// The name that its certificate has to bear.
    pub(crate) fn host(&self) -> &str {
        match self {
            Peer::Tcp { host, .. } => host,
            #[cfg(unix)]
            Peer::Unix(_) => "",
        }
    }
}

/// What it takes to cancel the statement of one connection.
#[derive(Clone)]
pub(crate) struct Canceller {
    pub(crate) token: CancelToken,
    pub(crate) peer: Peer,
    pub(crate) tls: Tls,
}

impl Canceller {
    /// Asks the server to stop the statement; true when it is certain that the signal was sent.
    pub(crate) async fn cancel(&self) -> bool {
        matches!(timeout(LIMIT, self.send()).await, Ok(Ok(())))
    }

    async fn send(&self) -> io::Result<()> {
        let mut stream = Shared(Arc::new(Mutex::new(self.connect().await?)));
        let sent = match &self.tls {
            Tls::Off => self.token.cancel_query_raw(stream.clone(), NoTls).await,
            Tls::On(connect) => {
                let mut connect = connect.clone();
                let connect = MakeTlsConnect::<Shared>::make_tls_connect(&mut connect, self.peer.host())
                    .map_err(io::Error::other)?;
                self.token.cancel_query_raw(stream.clone(), connect).await
            }
        };
        sent.map_err(io::Error::other)?;
        // Not before its end has the server sent the signal.
        let mut rest = [0; 64];
        while stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
        Ok(())
    }

    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match &self.peer {
            Peer::Tcp { address, .. } => Box::new(TcpStream::connect(address).await?),
            #[cfg(unix)]
            Peer::Unix(path) => Box::new(UnixStream::connect(path).await?),
        })
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A stream that can be read after who wrote to it has dropped it.
#[derive(Clone)]
struct Shared(Arc<Mutex<Box<dyn Stream>>>);

impl AsyncRead for Shared {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0.lock()).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Shared {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0.lock()).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0.lock()).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0.lock()).poll_shutdown(cx)
    }
}
