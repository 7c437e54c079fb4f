//! A connection that is used from an event loop, such as Python's, is watched by that loop: then an answer wakes the
//! thread that waits for it, without a detour by the runtime's. That holds while it is used so and the loop is quick;
//! otherwise the runtime takes it back, so that nothing ever depends on a loop that turns no more.

use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ommi_net::reactor::{Reactor, Ready};
use ommi_net::socket::By;

use super::{Drive, Polled, ROUNDS, SOCKET, Turn, WORK};

/// A loop that has not told anything for so long has nothing to tell, or is busy.
const PATIENCE: Duration = Duration::from_millis(20);

/// So long the runtime keeps what it took back.
const REST: Duration = Duration::from_millis(2);

/// How a connection's loop is doing.
#[derive(Default)]
pub(super) struct Near {
    /// How often its loop has been heard of.
    heard: u64,
    /// Not given to a loop before that.
    until: Option<Instant>,
    /// Whether a task sees to it that the loop is heard of.
    is_attended: bool,
}

impl Drive {
    /// Notes that somebody uses the connection who does not poll: where that is not on its loop, he must not wait for
    /// it.
    pub(super) fn note_stranger(&self) {
        let is_strange =
            self.watch.as_ref().is_some_and(|watch| watch.by(Reactor::current().as_ref()) == By::Other);
        if is_strange && let Some(turn) = self.turn() {
            turn.take_back(&mut self.polled.lock());
        }
    }
}

impl Turn<'_> {
    /// Notes that a caller uses the connection: from its event loop, if it has one.
    pub(super) fn note_caller(&self) {
        let drive = self.0;
        let Some(watch) = &drive.watch else { return };
        let reactor = Reactor::current();
        match (watch.by(reactor.as_ref()), reactor) {
            (By::This, _) => drive.polled.lock().near.heard += 1,
            // Who is not on that loop must not wait for it.
            (By::Other, _) => self.take_back(&mut drive.polled.lock()),
            (By::Runtime, Some(reactor)) => self.give(&mut drive.polled.lock(), &reactor),
            (By::Runtime, None) => {}
        }
    }

    fn give(&self, polled: &mut Polled, reactor: &std::sync::Arc<Reactor>) {
        let drive = self.0;
        let near = &mut polled.near;
        if near.until.is_some_and(|until| Instant::now() < until) {
            return;
        }
        if let Some(watch) = &drive.watch {
            watch.give(reactor, drive.this.clone());
        }
        near.heard += 1;
        if !std::mem::replace(&mut near.is_attended, true) {
            drive.runtime.spawn(attend(drive.this.clone()));
        }
        drive.signal.marks.fetch_or(SOCKET, Ordering::AcqRel);
    }

    /// Gives the socket back to the runtime, which polls it next.
    fn take_back(&self, polled: &mut Polled) {
        let drive = self.0;
        let _runtime = drive.runtime.enter();
        if let Some(watch) = &drive.watch {
            watch.take_back();
        }
        polled.near.until = Some(Instant::now() + REST);
        drive.signal.marks.fetch_or(SOCKET, Ordering::AcqRel);
    }

    /// Takes the socket back where it is too much for the loop; true when it was.
    pub(super) fn relieve(&self, polled: &mut Polled) -> bool {
        let is_too_much = self.0.watch.as_ref().is_some_and(|watch| watch.is_too_much());
        if is_too_much {
            self.take_back(polled);
        }
        is_too_much
    }
}

impl Ready for Drive {
    fn ready(&self) {
        let Some(watch) = &self.watch else { return };
        watch.note_ready();
        match self.turn() {
            Some(turn) => {
                self.polled.lock().near.heard += 1;
                self.signal.marks.fetch_or(SOCKET, Ordering::AcqRel);
                if turn.work(ROUNDS) {
                    // The task has to end.
                    self.signal.mark(WORK);
                }
            }
            None => self.signal.mark(SOCKET),
        }
    }
}

/// Takes the socket back when its loop is not heard of any more.
async fn attend(drive: Weak<Drive>) {
    let mut heard = None;
    loop {
        tokio::time::sleep(PATIENCE).await;
        if drive.upgrade().is_none_or(|drive| drive.is_left(&mut heard)) {
            return;
        }
    }
}

impl Drive {
    /// Whether there is no loop to be heard of any more, as there is none that was not heard of since the last time.
    fn is_left(&self, heard: &mut Option<u64>) -> bool {
        // Where somebody else polls, it is in use.
        let Some(turn) = self.turn() else { return false };
        let mut polled = self.polled.lock();
        let is_near = self.watch.as_ref().is_some_and(|watch| watch.by(None) == By::Other);
        if is_near && heard.replace(polled.near.heard) != Some(polled.near.heard) {
            return false;
        }
        polled.near.is_attended = false;
        if is_near {
            turn.take_back(&mut polled);
        }
        true
    }
}
