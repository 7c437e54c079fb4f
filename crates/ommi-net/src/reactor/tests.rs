//! What must hold of sockets that a loop watches.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::AtomicUsize;

use super::*;

#[derive(Default)]
struct Count(AtomicUsize);

impl Ready for Count {
    fn ready(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Count {
    fn now(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Whether the loop would be woken.
fn can_be_read(reactor: &Reactor) -> bool {
    let mut poll = Poll::new().unwrap();
    let mut events = Events::with_capacity(1);
    poll.registry().register(&mut SourceFd(&reactor.descriptor()), Token(0), Interest::READABLE).unwrap();
    poll.poll(&mut events, Some(Duration::ZERO)).unwrap();
    !events.is_empty()
}

#[test]
fn a_wake_up_is_seen_until_the_loop_has_turned() {
    let reactor = Reactor::new().unwrap();
    assert!(!can_be_read(&reactor));
    reactor.wake().unwrap();
    reactor.wake().unwrap();
    assert!(can_be_read(&reactor));
    reactor.turn();
    assert!(!can_be_read(&reactor));
    reactor.wake().unwrap();
    assert!(can_be_read(&reactor));
}

#[test]
fn sockets_are_told_of_until_they_are_forgotten() {
    let reactor = Reactor::new().unwrap();
    let (mut near, mut far) = UnixStream::pair().unwrap();
    near.set_nonblocking(true).unwrap();
    let count = Arc::new(Count::default());
    let ready: Weak<dyn Ready> = Arc::downgrade(&(count.clone() as Arc<dyn Ready>));
    let token = reactor.watch(near.as_raw_fd(), ready).unwrap();
    reactor.turn();
    assert_eq!(count.now(), 0);
    for round in 1..=3 {
        far.write_all(b"news").unwrap();
        assert!(can_be_read(&reactor));
        reactor.turn();
        assert_eq!(count.now(), round);
        // Read or not, it is told once.
        reactor.turn();
        assert_eq!(count.now(), round);
        assert_eq!(near.read(&mut [0; 8]).unwrap(), 4);
    }
    reactor.forget(near.as_raw_fd(), token).unwrap();
    far.write_all(b"news").unwrap();
    reactor.turn();
    assert_eq!(count.now(), 3);
}

#[test]
fn the_end_of_the_other_side_is_told() {
    let reactor = Reactor::new().unwrap();
    let (near, far) = UnixStream::pair().unwrap();
    let count = Arc::new(Count::default());
    let ready: Weak<dyn Ready> = Arc::downgrade(&(count.clone() as Arc<dyn Ready>));
    reactor.watch(near.as_raw_fd(), ready).unwrap();
    drop(far);
    reactor.turn();
    assert_eq!(count.now(), 1);
}

#[test]
fn who_is_gone_is_told_nothing() {
    let reactor = Reactor::new().unwrap();
    let (near, mut far) = UnixStream::pair().unwrap();
    let ready: Weak<dyn Ready> = Weak::<Count>::new();
    reactor.watch(near.as_raw_fd(), ready).unwrap();
    far.write_all(b"news").unwrap();
    reactor.turn();
    assert!(!can_be_read(&reactor));
}

#[test]
fn a_thread_has_the_reactor_that_it_entered_last() {
    let (one, other) = (Reactor::new().unwrap(), Reactor::new().unwrap());
    let is_current =
        |reactor: &Arc<Reactor>| Reactor::current().is_some_and(|now| Arc::ptr_eq(&now, reactor));
    let outer = one.enter();
    assert!(is_current(&one));
    let inner = other.enter();
    assert!(is_current(&other));
    drop(inner);
    assert!(is_current(&one));
    std::thread::scope(|scope| scope.spawn(|| assert!(Reactor::current().is_none())).join().unwrap());
    drop(outer);
    assert!(Reactor::current().is_none());
}
