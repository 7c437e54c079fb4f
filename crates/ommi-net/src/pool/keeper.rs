//! The task that looks after a pool while it is open: it ends waits that took too long, closes connections that
//! rest for too long or are too old, and keeps the minimum.

use std::sync::Arc;

use tokio::time::Instant;

use super::inner::Inner;
use super::state::{Idle, State, Waiter, earlier, later};
use super::{Manager, exhausted};

/// Runs until the pool closes or its runtime ends, even if that is before the first poll.
pub(super) fn keep<M: Manager>(inner: Arc<Inner<M>>) -> impl Future<Output = ()> {
    let keeping = Keeping(inner);
    async move {
        let inner = &keeping.0;
        let mut closing = inner.closing.subscribe();
        loop {
            let next = tend(inner);
            tokio::select! {
                biased;
                _ = closing.wait_for(|closing| *closing) => return,
                () = inner.wake.notified() => {}
                () = sleep_until(next) => {}
            }
        }
    }
}

async fn sleep_until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Does what is due, and gives the moment when something is due next.
fn tend<M: Manager>(inner: &Arc<Inner<M>>) -> Option<Instant> {
    let now = Instant::now();
    let mut state = inner.state.lock();
    let late = take_late(&mut state, now);
    state.timeouts += late.len() as u64;
    let reasons: Vec<_> = late.iter().map(|_| reason(inner, &state, now)).collect();
    let tired = take_tired(inner, &mut state, now);
    drop(state);
    for (waiter, reason) in late.into_iter().zip(reasons) {
        // One that was cancelled needs no answer.
        let _ = waiter.answer.send(Err(reason));
    }
    for idle in tired {
        drop(inner.part_with(idle.member));
    }
    inner.settle();
    let mut state = inner.state.lock();
    state.wakes = next(inner, &state);
    state.wakes
}

/// Waiters whose time is up. All wait equally long, so the first in the queue is the first to be late.
fn take_late<M: Manager>(state: &mut State<M>, now: Instant) -> Vec<Waiter<M>> {
    let mut late = Vec::new();
    while let Some(first) = state.waiters.first_entry() {
        if first.get().deadline.is_none_or(|deadline| deadline > now) {
            break;
        }
        late.push(first.remove());
    }
    late
}

fn reason<M: Manager>(inner: &Inner<M>, state: &State<M>, now: Instant) -> ommi_core::Error {
    if state.opening > 0 {
        exhausted::unanswered(inner.location(), inner.options.connection_timeout)
    } else {
        exhausted::exhausted(inner.location(), &inner.options, &state.holders(now))
    }
}

/// Resting connections that are too old, and those beyond the minimum that rested for too long.
fn take_tired<M: Manager>(inner: &Inner<M>, state: &mut State<M>, now: Instant) -> Vec<Idle<M::Connection>> {
    let mut spare = state.open.saturating_sub(inner.options.min_connections);
    let is_tired = |idle: &Idle<M::Connection>| {
        later(idle.since, inner.options.idle_timeout).is_some_and(|moment| moment <= now)
    };
    let mut tired = Vec::new();
    for idle in std::mem::take(&mut state.idle) {
        if inner.is_old(&idle.member, now) || (spare > 0 && is_tired(&idle)) {
            spare = spare.saturating_sub(1);
            tired.push(idle);
        } else {
            state.idle.push_back(idle);
        }
    }
    tired
}

/// When something is due next.
fn next<M: Manager>(inner: &Inner<M>, state: &State<M>) -> Option<Instant> {
    let options = &inner.options;
    let mut next = state.waiters.first_key_value().and_then(|(_, waiter)| waiter.deadline);
    if state.open > options.min_connections {
        next = earlier(next, state.idle.front().and_then(|idle| later(idle.since, options.idle_timeout)));
    }
    for idle in &state.idle {
        next = earlier(next, later(idle.member.opened, options.max_lifetime));
    }
    if state.open + state.opening < options.min_connections {
        next = earlier(next, state.retry);
    }
    next
}

/// Ends with the keeper, however it ends: nobody may wait for a pool that nobody looks after.
struct Keeping<M: Manager>(Arc<Inner<M>>);

impl<M: Manager> Drop for Keeping<M> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.wakes = None;
        let waiters = std::mem::take(&mut state.waiters);
        drop(state);
        for waiter in waiters.into_values() {
            let _ = waiter.answer.send(Err(exhausted::abandoned(self.0.location())));
        }
    }
}
