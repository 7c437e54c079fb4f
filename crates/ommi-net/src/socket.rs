//! A connection's socket, and who watches whether it can be read: the runtime that it was opened in, or for a time
//! the event loop of who uses it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use parking_lot::Mutex;
use socket2::SockRef;
pub use socket2::TcpKeepalive;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

#[cfg(unix)]
mod watch;

#[cfg(unix)]
use watch::Near;
#[cfg(unix)]
pub use watch::{By, Watch};

/// How TCP finds out that the other side is gone.
#[derive(Debug, Clone, Default)]
pub struct Patience {
    /// Probes on an idle connection.
    pub keepalive: Option<TcpKeepalive>,
    /// How long what was sent may stay without confirmation; the system's own limit where there is none. Only Linux
    /// knows it.
    pub unconfirmed: Option<Duration>,
}

/// A connected socket, which belongs to the protocol that reads and writes it. Dropped, it is closed, whoever
/// watches it.
pub struct Socket {
    side: Arc<Mutex<Side>>,
}

/// Who watches a socket.
enum Side {
    Runtime(Stream),
    #[cfg(unix)]
    Reactor(Near),
    Closed,
}

/// A socket that the runtime watches.
enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Socket {
    /// Connects by TCP, in the runtime that this is called in. What is written goes out at once.
    ///
    /// # Errors
    /// When nobody answers there, or an option is refused.
    pub async fn tcp(address: SocketAddr, patience: &Patience) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let options = SockRef::from(&stream);
        if let Some(keepalive) = &patience.keepalive {
            options.set_tcp_keepalive(keepalive)?;
        }
        #[cfg(target_os = "linux")]
        if let Some(limit) = patience.unconfirmed {
            options.set_tcp_user_timeout(Some(limit))?;
        }
        Ok(Self::new(Stream::Tcp(stream)))
    }

    /// Connects to a socket of this machine, in the runtime that this is called in.
    ///
    /// # Errors
    /// When nobody answers there.
    #[cfg(unix)]
    pub async fn unix(path: &std::path::Path) -> io::Result<Self> {
        UnixStream::connect(path).await.map(|stream| Self::new(Stream::Unix(stream)))
    }

    fn new(stream: Stream) -> Self {
        Self { side: Arc::new(Mutex::new(Side::Runtime(stream))) }
    }

    /// What decides who watches it.
    #[cfg(unix)]
    pub fn watch(&self) -> Watch {
        Watch::new(self.side.clone())
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.side.lock().close();
    }
}

impl Side {
    fn close(&mut self) {
        drop(std::mem::replace(self, Side::Closed));
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, "the connection is closed")
}

/// Does the same with whatever the runtime watches.
macro_rules! with_stream {
    ($stream:expr, $name:ident => $work:expr) => {
        match $stream {
            Stream::Tcp($name) => $work,
            #[cfg(unix)]
            Stream::Unix($name) => $work,
        }
    };
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut *self.side.lock() {
            Side::Runtime(stream) => with_stream!(stream, stream => Pin::new(stream).poll_read(cx, buffer)),
            #[cfg(unix)]
            Side::Reactor(near) => near.read(buffer),
            Side::Closed => Poll::Ready(Err(closed())),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut *self.side.lock() {
            Side::Runtime(stream) => with_stream!(stream, stream => Pin::new(stream).poll_write(cx, bytes)),
            #[cfg(unix)]
            Side::Reactor(near) => near.write(bytes),
            Side::Closed => Poll::Ready(Err(closed())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // What is written is the system's: there is nothing to flush.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self.side.lock() {
            Side::Runtime(stream) => with_stream!(stream, stream => Pin::new(stream).poll_shutdown(cx)),
            #[cfg(unix)]
            Side::Reactor(near) => Poll::Ready(near.shutdown()),
            Side::Closed => Poll::Ready(Ok(())),
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
