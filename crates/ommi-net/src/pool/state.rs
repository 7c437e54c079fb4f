//! The pool's books: which connections rest, who holds one, who waits. Everything here happens under one lock,
//! briefly, and nothing here calls out.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use ommi_core::Result;
use ommi_core::driver::{Holder, PoolOptions, PoolStats};
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::{Manager, Pooled};

/// A connection that rested for longer is checked before it is handed out: firewalls and servers drop idle ones.
pub(super) const REST_WITHOUT_DOUBT: Duration = Duration::from_secs(5);

/// One open connection and what the pool knows of it.
pub(super) struct Member<C> {
    pub(super) connection: C,
    pub(super) number: u64,
    pub(super) opened: Instant,
    /// The latest statement; kept with the connection so that handing it out allocates nothing.
    pub(super) note: Arc<Mutex<String>>,
}

/// A connection that waits for work.
pub(super) struct Idle<C> {
    pub(super) member: Member<C>,
    pub(super) since: Instant,
    /// The doubts there were when it began to rest.
    pub(super) doubts: u64,
}

/// Who holds a connection.
pub(super) struct Used {
    purpose: &'static str,
    since: Instant,
    note: Arc<Mutex<String>>,
}

/// An operation that waits for a connection.
pub(super) struct Waiter<M: Manager> {
    pub(super) purpose: &'static str,
    pub(super) deadline: Option<Instant>,
    pub(super) answer: oneshot::Sender<Result<Pooled<M>>>,
}

/// The task that looks after the pool, and the runtime that it and all others run on.
pub(super) struct Keeper {
    pub(super) runtime: Handle,
    pub(super) task: JoinHandle<()>,
}

pub(super) struct State<M: Manager> {
    /// The longest at rest in front. Work is taken from the back, so that what is not needed grows old.
    pub(super) idle: VecDeque<Idle<M::Connection>>,
    used: BTreeMap<u64, Used>,
    /// By their tickets, which grow: the first came first.
    pub(super) waiters: BTreeMap<u64, Waiter<M>>,
    /// Connections that exist, whoever has them.
    pub(super) open: usize,
    pub(super) opening: usize,
    pub(super) checking: usize,
    pub(super) closed: bool,
    pub(super) keeper: Option<Keeper>,
    /// When the keeper looks next, if nobody wakes it.
    pub(super) wakes: Option<Instant>,
    /// How often a connection was lost: those that rested already then are in doubt.
    pub(super) doubts: u64,
    /// After failures to open, the minimum is not tried again before this moment.
    pub(super) retry: Option<Instant>,
    pub(super) failures: u32,
    pub(super) timeouts: u64,
    created_count: u64,
    closed_count: u64,
    numbers: u64,
}

impl<M: Manager> State<M> {
    pub(super) fn new() -> Self {
        Self {
            idle: VecDeque::new(),
            used: BTreeMap::new(),
            waiters: BTreeMap::new(),
            open: 0,
            opening: 0,
            checking: 0,
            closed: false,
            keeper: None,
            wakes: None,
            doubts: 0,
            retry: None,
            failures: 0,
            timeouts: 0,
            created_count: 0,
            closed_count: 0,
            numbers: 0,
        }
    }

    /// The next ticket or connection number.
    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// Enters a connection that was just opened.
    pub(super) fn enter(&mut self, connection: M::Connection, now: Instant) -> Member<M::Connection> {
        self.open += 1;
        self.created_count += 1;
        (self.failures, self.retry) = (0, None);
        Member { connection, number: self.number(), opened: now, note: Arc::default() }
    }

    /// Strikes out a connection that is about to be closed.
    pub(super) fn strike_out(&mut self, member: &Member<M::Connection>) {
        self.used.remove(&member.number);
        self.open -= 1;
        self.closed_count += 1;
    }

    /// Notes who holds a connection from here on.
    pub(super) fn hand_out(&mut self, member: &Member<M::Connection>, purpose: &'static str, now: Instant) {
        member.note.lock().clear();
        self.used.insert(member.number, Used { purpose, since: now, note: member.note.clone() });
    }

    /// Notes that nobody holds a connection any more.
    pub(super) fn take_back(&mut self, member: &Member<M::Connection>) {
        self.used.remove(&member.number);
    }

    /// Whether a resting connection has to be checked before work.
    pub(super) fn in_doubt(&self, idle: &Idle<M::Connection>, now: Instant) -> bool {
        now.duration_since(idle.since) >= REST_WITHOUT_DOUBT || idle.doubts < self.doubts
    }

    /// How many connections should be opened now, beside those that are on their way.
    pub(super) fn missing(&self, options: &PoolOptions, now: Instant) -> usize {
        if self.closed {
            return 0;
        }
        let coming = self.open + self.opening;
        let for_waiters = self.waiters.len().saturating_sub(self.opening + self.checking);
        let rested = self.retry.is_none_or(|retry| retry <= now);
        let for_minimum = if rested { options.min_connections.saturating_sub(coming) } else { 0 };
        for_waiters.max(for_minimum).min(options.max_connections.saturating_sub(coming))
    }

    pub(super) fn stats(&self, options: &PoolOptions, now: Instant) -> PoolStats {
        PoolStats {
            open: self.open,
            idle: self.open - self.used.len(),
            used: self.used.len(),
            waiting: self.waiters.len(),
            max: options.max_connections,
            created: self.created_count,
            closed: self.closed_count,
            timeouts: self.timeouts,
            holders: self.holders(now),
        }
    }

    /// Who holds connections, longest first.
    pub(super) fn holders(&self, now: Instant) -> Vec<Holder> {
        let holder = |used: &Used| Holder {
            purpose: used.purpose,
            held: now.duration_since(used.since),
            statement: used.note.lock().clone(),
        };
        let mut holders: Vec<_> = self.used.values().map(holder).collect();
        holders.sort_by_key(|holder| std::cmp::Reverse(holder.held));
        holders
    }
}

/// `now` and `after`, or never where there is no limit or it is beyond all clocks.
pub(super) fn later(now: Instant, after: Option<Duration>) -> Option<Instant> {
    after.and_then(|after| now.checked_add(after))
}

/// The earlier of two moments, of which none means never.
pub(super) fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
