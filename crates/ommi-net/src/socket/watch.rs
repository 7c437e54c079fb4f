//! Giving a socket from the runtime to an event loop and back. Both is for whoever may read and write it at the time:
//! nothing else touches it meanwhile.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::{Arc, Weak};
use std::task::Poll;

use mio::Token;
use parking_lot::Mutex;
use tokio::io::ReadBuf;

use super::{Side, Stream};
use crate::reactor::{Reactor, Ready};

/// More than that is not read at once on the loop's thread: who sends so much is read by the runtime's.
const MOST: usize = 64 << 10;

/// So much is read by one call.
const PIECE: usize = 16 << 10;

/// Decides who watches a [`Socket`](super::Socket).
pub struct Watch {
    side: Arc<Mutex<Side>>,
}

/// By whom a socket is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The runtime, or nobody: it is closed.
    Runtime,
    /// The reactor that was asked about.
    This,
    /// Another one.
    Other,
}

impl Watch {
    pub(super) fn new(side: Arc<Mutex<Side>>) -> Self {
        Self { side }
    }

    /// Who watches the socket now, as seen by `reactor`.
    pub fn by(&self, reactor: Option<&Arc<Reactor>>) -> By {
        match &*self.side.lock() {
            Side::Reactor(near)
                if reactor.is_some_and(|reactor| Arc::ptr_eq(reactor, &near.registration.reactor)) =>
            {
                By::This
            }
            Side::Reactor(_) => By::Other,
            Side::Runtime(_) | Side::Closed => By::Runtime,
        }
    }

    /// Gives the socket to `reactor`, which tells `ready` from now on; what is there now is told as well. Whoever the
    /// runtime would have woken waits for that in vain. Where it fails, the socket is closed.
    pub fn give(&self, reactor: &Arc<Reactor>, ready: Weak<dyn Ready>) {
        let mut side = self.side.lock();
        *side = match std::mem::replace(&mut *side, Side::Closed) {
            Side::Runtime(stream) => Near::new(stream, reactor, ready).map_or(Side::Closed, Side::Reactor),
            Side::Reactor(near) => Side::Reactor(near),
            Side::Closed => Side::Closed,
        };
    }

    /// Takes it back to the runtime that this is called in. Who waits for the socket has to poll it once more. Where
    /// that fails, as at the end of the runtime, the socket is closed.
    pub fn take_back(&self) {
        let mut side = self.side.lock();
        *side = match std::mem::replace(&mut *side, Side::Closed) {
            Side::Reactor(near) => near.into_stream().map_or(Side::Closed, Side::Runtime),
            Side::Runtime(stream) => Side::Runtime(stream),
            Side::Closed => Side::Closed,
        };
    }

    /// Notes that there is something to read: to be called by what is [ready](Ready::ready) before it reads.
    pub fn note_ready(&self) {
        if let Side::Reactor(near) = &mut *self.side.lock() {
            near.readable = true;
            near.left = MOST;
        }
    }

    /// Whether it is too much for the loop's thread: then it goes no further before it was taken back.
    pub fn is_too_much(&self) -> bool {
        matches!(&*self.side.lock(), Side::Reactor(near) if near.is_full || near.left == 0)
    }
}

/// A socket that a reactor watches.
pub(super) struct Near {
    registration: Registration,
    socket: socket2::Socket,
    is_tcp: bool,
    /// Whether there may be something to read.
    readable: bool,
    /// How much may still be read before the next turn of the loop.
    pub(super) left: usize,
    /// Whether the system takes nothing more to be sent.
    is_full: bool,
}

/// The place of a socket in its reactor. Dropped before the socket, as the order of fields has it.
struct Registration {
    reactor: Arc<Reactor>,
    descriptor: RawFd,
    token: Token,
}

impl Drop for Registration {
    fn drop(&mut self) {
        // Where it fails, as in a forked process, the end of the socket is the end of it as well.
        drop(self.reactor.forget(self.descriptor, self.token));
    }
}

impl Near {
    fn new(stream: Stream, reactor: &Arc<Reactor>, ready: Weak<dyn Ready>) -> io::Result<Self> {
        let (socket, is_tcp): (socket2::Socket, bool) = match stream {
            Stream::Tcp(stream) => (stream.into_std()?.into(), true),
            Stream::Unix(stream) => (OwnedFd::from(stream.into_std()?).into(), false),
        };
        let descriptor = socket.as_raw_fd();
        let token = reactor.watch(descriptor, ready)?;
        let registration = Registration { reactor: reactor.clone(), descriptor, token };
        Ok(Self { registration, socket, is_tcp, readable: true, left: MOST, is_full: false })
    }

    fn into_stream(self) -> io::Result<Stream> {
        drop(self.registration);
        if self.is_tcp {
            tokio::net::TcpStream::from_std(self.socket.into()).map(Stream::Tcp)
        } else {
            tokio::net::UnixStream::from_std(OwnedFd::from(self.socket).into()).map(Stream::Unix)
        }
    }

    pub(super) fn read(&mut self, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.readable || self.left == 0 {
            return Poll::Pending;
        }
        let most = buffer.remaining().min(self.left).min(PIECE);
        match self.socket.read(buffer.initialize_unfilled_to(most)) {
            Ok(read) => {
                // Less than there was room for is all there is: more comes with another call of `ready`.
                self.readable = read == most || read == 0;
                self.left -= read;
                buffer.advance(read);
                Poll::Ready(Ok(()))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.readable = false;
                Poll::Pending
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.read(buffer),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.socket.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.is_full = true;
                Poll::Pending
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.write(bytes),
            written => Poll::Ready(written),
        }
    }

    pub(super) fn shutdown(&self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Write)
    }
}
