//! A network that fails where it is told to: it stands between a client and a server on this machine.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    ToServer,
    ToClient,
}

/// What happens to the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Both sides see its end.
    Cut,
    /// Nothing comes through any more, and nobody is told.
    Stall,
    /// Noise follows, then the end.
    Garble,
}

/// When it happens: once, when so many bytes went that way since it was armed.
#[derive(Debug, Clone, Copy)]
struct Trap {
    way: Way,
    after: u64,
    fault: Fault,
}

#[derive(Default)]
struct Shared {
    trap: std::sync::Mutex<Option<Trap>>,
    /// Bytes since the counters were last set to zero, by way.
    passed: [AtomicU64; 2],
    open: AtomicUsize,
    delay: AtomicU64,
}

/// The network between. Everything ends with it.
pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
    cut: watch::Sender<u64>,
    silent: watch::Sender<u64>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// A way to the server at that port of this machine.
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let (shared, cut, silent) = (Arc::<Shared>::default(), watch::Sender::new(0), watch::Sender::new(0));
        let accepting = tokio::spawn(accept(listener, port, shared.clone(), cut.clone(), silent.clone()));
        Self { port: own, shared, cut, silent, accepting }
    }

    /// Counts bytes from here on, and lets the fault happen once so many went that way.
    pub fn arm(&self, way: Way, after: u64, fault: Fault) {
        let mut trap = self.shared.trap.lock().unwrap();
        self.shared.passed.iter().for_each(|passed| passed.store(0, Ordering::SeqCst));
        *trap = Some(Trap { way, after, fault });
    }

    /// Takes the trap away; true if nothing had fallen into it.
    pub fn disarm(&self) -> bool {
        self.shared.trap.lock().unwrap().take().is_some()
    }

    /// The bytes that went that way since the last arming.
    pub fn passed(&self, way: Way) -> u64 {
        self.shared.passed[way as usize].load(Ordering::SeqCst)
    }

    /// Every piece takes so much longer.
    pub fn delay(&self, time: Duration) {
        self.shared.delay.store(time.as_millis() as u64, Ordering::SeqCst);
    }

    /// Cuts every connection there is.
    pub fn cut_all(&self) {
        self.cut.send_modify(|times| *times += 1);
    }

    /// Lets nothing through any more on every connection there is; those that come later work.
    pub fn silence_all(&self) {
        self.silent.send_modify(|times| *times += 1);
    }

    /// How many connections there are.
    pub fn open(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut_all();
    }
}

async fn accept(
    listener: TcpListener,
    port: u16,
    shared: Arc<Shared>,
    cut: watch::Sender<u64>,
    silent: watch::Sender<u64>,
) {
    while let Ok((client, _)) = listener.accept().await {
        let (shared, mut cut, mut silent) = (shared.clone(), cut.subscribe(), silent.subscribe());
        tokio::spawn(async move {
            shared.open.fetch_add(1, Ordering::SeqCst);
            let mut connection = pin!(connect(client, port, &shared));
            tokio::select! {
                () = &mut connection => {}
                _ = cut.changed() => {}
                // It stays open, but nobody polls it.
                _ = silent.changed() => drop(cut.changed().await),
            }
            shared.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

async fn connect(mut client: TcpStream, port: u16, shared: &Shared) {
    let Ok(mut server) = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ((from_client, to_client), (from_server, to_server)) = (client.split(), server.split());
    // The end of one way is the end of the connection.
    tokio::select! {
        () = relay(from_client, to_server, Way::ToServer, shared) => {}
        () = relay(from_server, to_client, Way::ToClient, shared) => {}
    }
}

async fn relay(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, way: Way, shared: &Shared) {
    let mut piece = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        let (passing, fault) = shared.pass(way, length);
        let delay = shared.delay.load(Ordering::SeqCst);
        if delay > 0 {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
        if to.write_all(&piece[..passing]).await.is_err() {
            return;
        }
        match fault {
            None => {}
            Some(Fault::Cut) => return,
            Some(Fault::Stall) => std::future::pending().await,
            Some(Fault::Garble) => {
                let _ = to.write_all(&noise(passing as u64)).await;
                return;
            }
        }
    }
}

impl Shared {
    /// How many of these bytes pass, and what happens then.
    fn pass(&self, way: Way, length: usize) -> (usize, Option<Fault>) {
        let mut trap = self.trap.lock().unwrap();
        let before = self.passed[way as usize].fetch_add(length as u64, Ordering::SeqCst);
        match *trap {
            Some(Trap { way: trapped, after, fault }) if trapped == way && after < before + length as u64 => {
                *trap = None;
                (after.saturating_sub(before) as usize, Some(fault))
            }
            _ => (length, None),
        }
    }
}

/// Bytes that mean nothing, the same for the same seed.
fn noise(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..512).map(|_| next()).collect()
}
