//! The tasks that open and check connections. They run on the pool's runtime, for the pool: who asked for the
//! connection may be gone when they are done.

use std::sync::Arc;
use std::time::Duration;

use ommi_core::{Error, Result};
use tokio::time::{Instant, timeout};

use super::inner::Inner;
use super::state::Member;
use super::{Manager, exhausted};

/// How long a connection in doubt may take to answer; a healthy one takes a thousandth of it.
const ANSWER: Duration = Duration::from_secs(5);

/// After a failure without anybody waiting, the next try for the minimum comes so much later, then twice as much.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const DOUBLINGS: u32 = 6;

/// Opens one connection and gives it to the pool.
pub(super) fn open<M: Manager>(inner: Arc<Inner<M>>) -> impl Future<Output = ()> {
    // Not in the task: one that is dropped before its first poll has to correct the books too.
    let opening = Opening { inner: Some(inner.clone()) };
    async move {
        let mut closing = inner.closing.subscribe();
        let limit = inner.options.connection_timeout;
        let opened = tokio::select! {
            biased;
            _ = closing.wait_for(|closing| *closing) => return,
            opened = timeout(limit, inner.manager().open()) => opened,
        };
        opening.end(opened.unwrap_or_else(|_| Err(exhausted::unanswered(inner.location(), limit))));
    }
}

/// One connection on its way. Dropped before the end, as when its runtime ends, it corrects the books.
struct Opening<M: Manager> {
    inner: Option<Arc<Inner<M>>>,
}

impl<M: Manager> Opening<M> {
    fn end(mut self, opened: Result<M::Connection>) {
        let Some(inner) = self.inner.take() else { return };
        match opened {
            Ok(connection) => {
                let mut state = inner.state.lock();
                state.opening -= 1;
                let member = state.enter(connection, Instant::now());
                drop(state);
                inner.offer(member);
            }
            Err(error) => {
                fail(&inner, error);
                inner.fill();
            }
        }
    }
}

impl<M: Manager> Drop for Opening<M> {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.take() {
            fail(&inner, exhausted::abandoned(inner.location()));
            // Not filled from here: on a runtime that has ended, each new task would end like this one.
            inner.wake.notify_one();
        }
    }
}

/// Tells whoever waited longest why there is no connection.
fn fail<M: Manager>(inner: &Inner<M>, mut error: Error) {
    let mut state = inner.state.lock();
    state.opening -= 1;
    let pause = FIRST_PAUSE * 2_u32.pow(state.failures.min(DOUBLINGS));
    state.failures = state.failures.saturating_add(1);
    state.retry = Instant::now().checked_add(pause);
    while let Some((_, waiter)) = state.waiters.pop_first() {
        drop(state);
        match waiter.answer.send(Err(error)) {
            Err(Err(back)) => error = back,
            Ok(()) | Err(Ok(_)) => return inner.wake.notify_one(),
        }
        state = inner.state.lock();
    }
    drop(state);
    inner.wake.notify_one();
}

/// Asks a connection in doubt whether it still answers, and gives it to whoever waits.
pub(super) fn check<M: Manager>(
    inner: Arc<Inner<M>>,
    member: Member<M::Connection>,
) -> impl Future<Output = ()> {
    let mut checking = Checking { inner, member: Some(member) };
    async move {
        let limit = ANSWER.min(checking.inner.options.connection_timeout / 2);
        let Some(member) = &mut checking.member else { return };
        let answer = checking.inner.manager().check(&mut member.connection);
        match timeout(limit, answer).await {
            Ok(Ok(())) => checking.pass(),
            Ok(Err(_)) | Err(_) => checking.fail(),
        }
    }
}

/// A connection whose answer is awaited. Dropped before it came, it closes the connection.
struct Checking<M: Manager> {
    inner: Arc<Inner<M>>,
    member: Option<Member<M::Connection>>,
}

impl<M: Manager> Checking<M> {
    fn pass(mut self) {
        if let Some(member) = self.member.take() {
            self.inner.end_check(true);
            self.inner.release(member);
        }
    }

    /// Closes the connection, and with it all others in doubt: asking each in turn could take longer than anybody
    /// waits.
    fn fail(mut self) {
        let Some(member) = self.member.take() else { return };
        let now = Instant::now();
        let mut state = self.inner.state.lock();
        state.checking -= 1;
        let (doubtful, sound): (Vec<_>, Vec<_>) =
            std::mem::take(&mut state.idle).into_iter().partition(|idle| state.in_doubt(idle, now));
        state.idle = sound.into();
        drop(state);
        for member in doubtful.into_iter().map(|idle| idle.member).chain([member]) {
            drop(self.inner.part_with(member));
        }
        self.inner.settle();
    }
}

impl<M: Manager> Drop for Checking<M> {
    fn drop(&mut self) {
        if let Some(member) = self.member.take() {
            self.inner.end_check(true);
            drop(self.inner.part_with(member));
            self.inner.wake.notify_one();
        }
    }
}
