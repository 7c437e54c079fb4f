//! Sockets that an event loop of the caller's watches, in place of a runtime of ours: Python's asyncio, for one. What a
//! server answers then wakes the thread that waits for it, and no other one before.
//!
//! The loop watches one descriptor, that of the [`Reactor`], and calls [`Reactor::turn`] when it can be read. While it
//! polls futures it has [entered](Reactor::enter) the reactor: so connections know who asks, and whom to be watched by.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Registry, Token, Waker};
use parking_lot::Mutex;

/// So many sockets are told in one turn; the others in the next one.
const AT_ONCE: usize = 128;

/// The token of the reactor's own wake-up.
const WOKEN: Token = Token(0);

/// Who wants to know that a socket can be read.
pub trait Ready: Send + Sync {
    /// The socket can be read, or was closed. Called on the loop's thread, and again only when more has come: it reads
    /// until nothing is left, or sees to it that somebody does.
    fn ready(&self);
}

/// The sockets that one event loop watches.
pub struct Reactor {
    /// Locked by the loop's thread only.
    polled: Mutex<(Poll, Events)>,
    registry: Registry,
    waker: Waker,
    descriptor: RawFd,
    watched: Mutex<HashMap<Token, Weak<dyn Ready>>>,
    /// Never used twice: what was seen of an old socket is not taken for news of another.
    next: AtomicUsize,
    /// A forked child has a copy of the descriptors, but what it changes there, it changes for its parent.
    process: u32,
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<Reactor>>> = const { RefCell::new(None) };
}

impl Reactor {
    /// A reactor without sockets.
    ///
    /// # Errors
    /// When the system has no descriptors left.
    pub fn new() -> io::Result<Arc<Self>> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let waker = Waker::new(&registry, WOKEN)?;
        Ok(Arc::new(Self {
            descriptor: poll.as_raw_fd(),
            polled: Mutex::new((poll, Events::with_capacity(AT_ONCE))),
            registry,
            waker,
            watched: Mutex::default(),
            next: AtomicUsize::new(WOKEN.0 + 1),
            process: std::process::id(),
        }))
    }

    /// What the loop watches: it can be read when there is something for [`turn`](Self::turn) to do. It stays open as
    /// long as the reactor lives.
    pub fn descriptor(&self) -> RawFd {
        self.descriptor
    }

    /// Makes the loop turn, from any thread.
    ///
    /// # Errors
    /// When the system refuses, as it does in no case that is known.
    pub fn wake(&self) -> io::Result<()> {
        self.waker.wake()
    }

    /// Tells those whose sockets can be read. For the loop's thread, when the descriptor can be read.
    pub fn turn(&self) {
        let mut polled = self.polled.lock();
        let (poll, events) = &mut *polled;
        if poll.poll(events, Some(Duration::ZERO)).is_err() {
            // Interrupted: what is there now is there in the next turn.
            return;
        }
        for event in events.iter() {
            let ready = self.watched.lock().get(&event.token()).and_then(Weak::upgrade);
            if let Some(ready) = ready {
                ready.ready();
            }
        }
    }

    /// Makes it the reactor of this thread, until what is returned is dropped.
    pub fn enter(self: &Arc<Self>) -> Entered {
        Entered { before: CURRENT.replace(Some(self.clone())) }
    }

    /// The reactor that this thread has entered.
    pub fn current() -> Option<Arc<Self>> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Begins to watch a socket.
    pub(crate) fn watch(&self, socket: RawFd, ready: Weak<dyn Ready>) -> io::Result<Token> {
        self.check_process()?;
        let token = Token(self.next.fetch_add(1, Ordering::Relaxed));
        self.watched.lock().insert(token, ready);
        let registered = self.registry.register(&mut SourceFd(&socket), token, Interest::READABLE);
        if registered.is_err() {
            self.watched.lock().remove(&token);
        }
        registered.map(|()| token)
    }

    /// Ends it.
    pub(crate) fn forget(&self, socket: RawFd, token: Token) -> io::Result<()> {
        self.check_process()?;
        self.watched.lock().remove(&token);
        self.registry.deregister(&mut SourceFd(&socket))
    }

    fn check_process(&self) -> io::Result<()> {
        if self.process == std::process::id() {
            return Ok(());
        }
        Err(io::Error::other("the event loop belongs to the process that this one was forked from"))
    }
}

/// While it lives, this thread has entered a reactor.
pub struct Entered {
    before: Option<Arc<Reactor>>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.before.take());
    }
}

#[cfg(test)]
mod tests;
