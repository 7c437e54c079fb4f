//! How connections move: to whoever waits, to rest, or out. The lock is held only for the books; connections are
//! closed, tasks started and waiters told without it.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::driver::{PoolOptions, PoolStats};
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant};

use super::state::{Idle, Keeper, Member, State, Waiter, earlier, later};
use super::{Manager, Pooled, exhausted, keeper, open};
use crate::runtime;

/// How long a connection may take to say good-bye.
const GOOD_BYE: Duration = Duration::from_secs(5);

/// What all clones of a pool, its loans and its tasks share.
pub(super) struct Inner<M: Manager> {
    manager: M,
    pub(super) options: PoolOptions,
    location: String,
    /// The process that the connections belong to.
    process: u32,
    pub(super) state: Mutex<State<M>>,
    /// Held while the keeper is started, so that there is one.
    starting: Mutex<()>,
    /// Wakes the keeper.
    pub(super) wake: Notify,
    /// Tells all tasks that the pool is closed.
    pub(super) closing: watch::Sender<bool>,
}

impl<M: Manager> Inner<M> {
    pub(super) fn new(manager: M, options: PoolOptions, location: String) -> Self {
        Self {
            manager,
            options,
            location,
            process: std::process::id(),
            state: Mutex::new(State::new()),
            starting: Mutex::new(()),
            wake: Notify::new(),
            closing: watch::Sender::new(false),
        }
    }

    pub(super) fn location(&self) -> &str {
        &self.location
    }

    pub(super) fn manager(&self) -> &M {
        &self.manager
    }

    pub(super) fn stats(&self) -> PoolStats {
        self.state.lock().stats(&self.options, Instant::now())
    }

    /// In a fork the connections are still the parent's: not one byte may be sent on them.
    fn is_forked(&self) -> bool {
        self.process != std::process::id()
    }

    /// The runtime; starts the keeper there if it does not run, or if the runtime that it ran on has ended.
    pub(super) fn start(self: &Arc<Self>) -> Result<Handle> {
        if self.is_forked() {
            return Err(runtime::forked());
        }
        let _alone = self.starting.lock();
        if let Some(handle) = self.runtime() {
            return Ok(handle);
        }
        if self.state.lock().closed {
            return Err(exhausted::closed(&self.location));
        }
        let runtime = runtime::handle()?;
        // Not under the books' lock: a runtime that has just ended drops the keeper at once, which takes it.
        let task = runtime.spawn(keeper::keep(self.clone()));
        self.state.lock().keeper = Some(Keeper { runtime: runtime.clone(), task });
        Ok(runtime)
    }

    /// The runtime, if the keeper runs there, or did until the pool was closed.
    pub(super) fn runtime(&self) -> Option<Handle> {
        let state = self.state.lock();
        let keeper = state.keeper.as_ref();
        keeper
            .filter(|keeper| state.closed || !keeper.task.is_finished())
            .map(|keeper| keeper.runtime.clone())
    }

    /// A resting connection that is fit for work, if nobody waits for one.
    pub(super) fn take_idle(self: &Arc<Self>, purpose: &'static str) -> Option<Pooled<M>> {
        if self.is_forked() {
            return None;
        }
        loop {
            let now = Instant::now();
            let mut state = self.state.lock();
            let idle = state.idle.back()?;
            if state.closed || !state.waiters.is_empty() || state.in_doubt(idle, now) {
                return None;
            }
            let Idle { mut member, .. } = state.idle.pop_back()?;
            state.hand_out(&member, purpose, now);
            drop(state);
            if self.is_fit(&mut member, now) {
                return Some(Pooled::new(self.clone(), member));
            }
            self.lose(member);
        }
    }

    /// Joins the queue.
    pub(super) fn wait(self: &Arc<Self>, purpose: &'static str) -> Result<Waiting<M>> {
        self.start()?;
        let (answer, receiver) = oneshot::channel();
        let deadline = later(Instant::now(), Some(self.options.connection_timeout));
        let mut state = self.state.lock();
        if state.closed {
            return Err(exhausted::closed(&self.location));
        }
        let ticket = state.number();
        state.waiters.insert(ticket, Waiter { purpose, deadline, answer });
        self.wake_by(&mut state, deadline);
        drop(state);
        let waiting = Waiting { inner: self.clone(), ticket, receiver };
        self.settle();
        Ok(waiting)
    }

    /// Brings waiters and resting connections together, and opens what is missing.
    pub(super) fn settle(self: &Arc<Self>) {
        while let Some((mut idle, doubt)) = self.idle_for_a_waiter() {
            if !self.is_fit(&mut idle.member, Instant::now()) {
                self.end_check(doubt);
                self.lose(idle.member);
            } else if doubt {
                self.spawn(open::check(self.clone(), idle.member));
            } else {
                self.offer(idle.member);
            }
        }
        self.fill();
    }

    /// A resting connection that somebody waits for, and whether it has to be checked first.
    fn idle_for_a_waiter(&self) -> Option<(Idle<M::Connection>, bool)> {
        let mut state = self.state.lock();
        if state.closed || state.waiters.len() <= state.checking {
            return None;
        }
        let idle = state.idle.pop_back()?;
        let doubt = state.in_doubt(&idle, Instant::now());
        state.checking += usize::from(doubt);
        Some((idle, doubt))
    }

    /// Starts to open what is missing.
    pub(super) fn fill(self: &Arc<Self>) {
        let mut state = self.state.lock();
        let missing = state.missing(&self.options, Instant::now());
        state.opening += missing;
        drop(state);
        for _ in 0..missing {
            self.spawn(open::open(self.clone()));
        }
    }

    /// Gives a connection that is fit for work to whoever waited longest, or lets it rest.
    pub(super) fn offer(self: &Arc<Self>, mut member: Member<M::Connection>) {
        loop {
            let now = Instant::now();
            let mut state = self.state.lock();
            if state.closed {
                drop(state);
                return self.retire(member);
            }
            let Some((_, waiter)) = state.waiters.pop_first() else {
                return self.rest(&mut state, member, now);
            };
            state.hand_out(&member, waiter.purpose, now);
            drop(state);
            match waiter.answer.send(Ok(Pooled::new(self.clone(), member))) {
                // The waiter was cancelled just now: the next one gets it.
                Err(Ok(pooled)) => match pooled.into_member() {
                    Some(back) => member = back,
                    None => return,
                },
                Ok(()) | Err(Err(_)) => return,
            }
        }
    }

    fn rest(&self, state: &mut State<M>, member: Member<M::Connection>, now: Instant) {
        state.take_back(&member);
        let tired = later(now, self.options.idle_timeout);
        let old = later(member.opened, self.options.max_lifetime);
        let doubts = state.doubts;
        state.idle.push_back(Idle { member, since: now, doubts });
        self.wake_by(state, earlier(tired, old));
    }

    /// Takes a connection back from its holder.
    pub(super) fn release(self: &Arc<Self>, mut member: Member<M::Connection>) {
        if self.is_forked() {
            return std::mem::forget(member);
        }
        if self.is_fit(&mut member, Instant::now()) { self.offer(member) } else { self.lose(member) }
    }

    /// Whether a connection may be used again.
    fn is_fit(&self, member: &mut Member<M::Connection>, now: Instant) -> bool {
        !self.is_old(member, now) && self.manager.is_clean(&mut member.connection)
    }

    /// Whether a connection has lived long enough.
    pub(super) fn is_old(&self, member: &Member<M::Connection>, now: Instant) -> bool {
        later(member.opened, self.options.max_lifetime).is_some_and(|end| end <= now)
    }

    /// Closes a connection that is not fit for work. Unless it is only old, what happened to it may have happened
    /// to the others: they are checked before they are used.
    fn lose(self: &Arc<Self>, member: Member<M::Connection>) {
        if !self.is_old(&member, Instant::now()) {
            self.state.lock().doubts += 1;
        }
        self.retire(member);
    }

    /// Closes a connection, and opens another if somebody waits for it.
    pub(super) fn retire(self: &Arc<Self>, member: Member<M::Connection>) {
        drop(self.part_with(member));
        self.fill();
    }

    /// Closes a connection; what is left of its good-bye goes on in the task.
    pub(super) fn part_with(&self, member: Member<M::Connection>) -> Option<JoinHandle<()>> {
        if self.is_forked() {
            std::mem::forget(member);
            return None;
        }
        self.state.lock().strike_out(&member);
        let rest = self.manager.close(member.connection)?;
        let runtime = self.runtime()?;
        Some(runtime.spawn(async move {
            // It is dropped, and so closed, when its time is up.
            let _ = tokio::time::timeout(GOOD_BYE, rest).await;
        }))
    }

    /// A check is over.
    pub(super) fn end_check(&self, was_one: bool) {
        self.state.lock().checking -= usize::from(was_one);
    }

    /// Wakes the keeper if it would otherwise sleep beyond that moment.
    fn wake_by(&self, state: &mut State<M>, moment: Option<Instant>) {
        let Some(moment) = moment else { return };
        if state.wakes.is_none_or(|wakes| moment < wakes) {
            state.wakes = Some(moment);
            self.wake.notify_one();
        }
    }

    /// Runs a task of the pool. Without a runtime it is dropped at once, and tells so in its books.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        match self.runtime() {
            Some(runtime) => drop(runtime.spawn(task)),
            None => drop(task),
        }
    }

    /// Closes the pool at once; the tasks end the good-byes.
    pub(super) fn close(&self) -> Vec<JoinHandle<()>> {
        if self.is_forked() {
            return Vec::new();
        }
        let mut state = self.state.lock();
        state.closed = true;
        let idle = std::mem::take(&mut state.idle);
        let waiters = std::mem::take(&mut state.waiters);
        drop(state);
        for waiter in waiters.into_values() {
            // One that was cancelled needs no answer.
            let _ = waiter.answer.send(Err(exhausted::closed(&self.location)));
        }
        let tasks = idle.into_iter().filter_map(|idle| self.part_with(idle.member)).collect();
        self.closing.send_replace(true);
        tasks
    }
}

impl<M: Manager> Drop for Inner<M> {
    fn drop(&mut self) {
        if self.is_forked() {
            // Closing them here would end them for the parent too: both share the sockets and what polls them.
            std::mem::forget(std::mem::take(&mut self.state.get_mut().idle));
        }
    }
}

/// A place in the queue. Dropping it leaves the queue; a connection that was granted meanwhile goes back.
pub(super) struct Waiting<M: Manager> {
    inner: Arc<Inner<M>>,
    ticket: u64,
    receiver: oneshot::Receiver<Result<Pooled<M>>>,
}

impl<M: Manager> Waiting<M> {
    /// The connection, when it is this one's turn.
    pub(super) async fn granted(mut self) -> Result<Pooled<M>> {
        match (&mut self.receiver).await {
            Ok(granted) => granted,
            Err(_) => Err(exhausted::abandoned(&self.inner.location)),
        }
    }
}

impl<M: Manager> Drop for Waiting<M> {
    fn drop(&mut self) {
        let waiter = self.inner.state.lock().waiters.remove(&self.ticket);
        drop(waiter);
    }
}
