//! What must hold of a socket whoever watches it, with a server that sends back what it is sent.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Weak;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};

use super::watch::By;
use super::*;
use crate::reactor::{Reactor, Ready};

struct Told {
    watch: Watch,
    times: AtomicUsize,
}

impl Ready for Told {
    fn ready(&self) {
        self.watch.note_ready();
        self.times.fetch_add(1, Ordering::SeqCst);
    }
}

/// A socket, who is told of it, and the reactor.
fn given(socket: &Socket) -> (Arc<Told>, Arc<Reactor>) {
    let (told, reactor) =
        (Arc::new(Told { watch: socket.watch(), times: AtomicUsize::new(0) }), Reactor::new());
    let reactor = reactor.unwrap();
    let ready: Arc<dyn Ready> = told.clone();
    socket.watch().give(&reactor, Arc::downgrade(&ready));
    (told, reactor)
}

async fn echo(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(read @ 1..) = stream.read(&mut bytes).await {
        if stream.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

async fn tcp() -> Socket {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { echo(listener.accept().await.unwrap().0).await });
    let patience =
        Patience { keepalive: Some(TcpKeepalive::new()), unconfirmed: Some(Duration::from_secs(5)) };
    Socket::tcp(address, &patience).await.unwrap()
}

async fn unix(folder: &std::path::Path) -> Socket {
    let path = folder.join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    tokio::spawn(async move { echo(listener.accept().await.unwrap().0).await });
    Socket::unix(&path).await.unwrap()
}

/// Waits until so much can be read.
async fn arrived(socket: &Socket, bytes: usize) {
    let mut seen = vec![0; bytes];
    let is_there = |seen: &mut [u8]| match &*socket.side.lock() {
        Side::Runtime(Stream::Tcp(stream)) => {
            stream.peek(seen).now_or_never().map(Result::unwrap) == Some(bytes)
        }
        _watched_otherwise => true,
    };
    while !is_there(&mut seen) {
        tokio::task::yield_now().await;
    }
}

/// Reads so much, turning the reactor where there is nothing to read.
async fn read(socket: &mut Socket, reactor: &Reactor, bytes: usize) -> Vec<u8> {
    let mut all = vec![0; bytes];
    let mut read = 0;
    while read < bytes {
        let mut buffer = ReadBuf::new(&mut all[read..]);
        let polled = poll_fn(|cx| Poll::Ready(Pin::new(&mut *socket).poll_read(cx, &mut buffer))).await;
        match polled {
            Poll::Ready(outcome) => {
                outcome.unwrap();
                read += buffer.filled().len();
            }
            Poll::Pending => {
                tokio::task::yield_now().await;
                reactor.turn();
            }
        }
    }
    all
}

async fn goes_there_and_back(mut socket: Socket) {
    for round in 0..3_u8 {
        socket.write_all(&[round; 3]).await.unwrap();
        let mut answer = [0; 3];
        socket.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, [round; 3]);

        let (told, reactor) = given(&socket);
        assert_eq!((told.watch.by(Some(&reactor)), told.watch.by(None)), (By::This, By::Other));
        for _ in 0..3 {
            socket.write_all(b"near").await.unwrap();
            assert_eq!(read(&mut socket, &reactor, 4).await, b"near");
        }
        assert!(told.times.load(Ordering::SeqCst) > 0);

        told.watch.take_back();
        assert_eq!(told.watch.by(Some(&reactor)), By::Runtime);
        // Taking it again changes nothing.
        told.watch.take_back();
    }
}

#[tokio::test]
async fn tcp_goes_to_a_reactor_and_back() {
    goes_there_and_back(tcp().await).await;
}

#[tokio::test]
async fn a_socket_of_the_machine_goes_to_a_reactor_and_back() {
    let folder = tempfile::tempdir().unwrap();
    goes_there_and_back(unix(folder.path()).await).await;
}

#[tokio::test]
async fn what_came_before_it_was_given_is_read_there() {
    let mut socket = tcp().await;
    socket.write_all(b"early").await.unwrap();
    arrived(&socket, 5).await;
    let (_told, reactor) = given(&socket);
    assert_eq!(read(&mut socket, &reactor, 5).await, b"early");
}

#[tokio::test]
async fn much_is_left_to_the_runtime() {
    let mut socket = tcp().await;
    let (told, reactor) = given(&socket);
    let sent = vec![7; 32 << 20];
    let mut written = 0;
    while written < sent.len() {
        let piece = poll_fn(|cx| Poll::Ready(Pin::new(&mut socket).poll_write(cx, &sent[written..]))).await;
        match piece {
            Poll::Ready(piece) => written += piece.unwrap(),
            Poll::Pending => {
                assert!(told.watch.is_too_much());
                told.watch.take_back();
                break;
            }
        }
    }
    assert!(written < sent.len(), "nobody has read yet, and the system does not hold so much");
    assert!(!told.watch.is_too_much());
    let (mut reading, mut writing) = tokio::io::split(socket);
    let mut answer = vec![0; sent.len()];
    let (one, other) = tokio::join!(writing.write_all(&sent[written..]), reading.read_exact(&mut answer));
    one.unwrap();
    other.unwrap();
    assert_eq!(answer, sent);
    drop(reactor);
}

#[tokio::test]
async fn a_loop_reads_a_part_of_much_only() {
    let mut socket = tcp().await;
    socket.write_all(&[7; 5000]).await.unwrap();
    arrived(&socket, 5000).await;
    let (told, reactor) = given(&socket);
    if let Side::Reactor(near) = &mut *socket.side.lock() {
        near.left = 1000;
    }
    assert_eq!(read(&mut socket, &reactor, 1000).await, [7; 1000]);
    assert!(told.watch.is_too_much());
    let mut more = [0; 10];
    let mut buffer = ReadBuf::new(&mut more);
    let polled = poll_fn(|cx| Poll::Ready(Pin::new(&mut socket).poll_read(cx, &mut buffer))).await;
    assert!(polled.is_pending());
    told.watch.take_back();
    socket.read_exact(&mut [0; 4000]).await.unwrap();
}

#[tokio::test]
async fn a_socket_that_is_dropped_is_closed_whoever_watches_it() {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let socket = Socket::tcp(listener.local_addr().unwrap(), &Patience::default()).await.unwrap();
    let (mut other, _) = listener.accept().await.unwrap();
    let (told, reactor) = given(&socket);
    drop(socket);
    assert_eq!(other.read(&mut [0; 1]).await.unwrap(), 0);
    assert_eq!(told.watch.by(Some(&reactor)), By::Runtime);
    let ready: Weak<dyn Ready> = Weak::<Told>::new();
    told.watch.give(&reactor, ready);
    told.watch.take_back();
}

#[tokio::test]
async fn nobody_there_is_an_error() {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
    assert!(Socket::tcp(nowhere, &Patience::default()).await.is_err());
    assert!(Socket::unix("/nowhere/at/all".as_ref()).await.is_err());
}
