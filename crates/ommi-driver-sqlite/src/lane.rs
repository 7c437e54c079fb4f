//! A lane: one connection with one thread that works off its queue in order. The writer is a lane for the life
//! of a driver; a read-only transaction has one of its own. A transaction leases its lane: until it ends, only its
//! own work runs, and the rest waits in line.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use ommi_core::Result;
use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::connection::Connection;
use crate::cursor::{Cursor, Progress};
use crate::error::{closed, over, stopped};
use crate::feed::Resume;
use crate::reply::Answer;
use crate::threads::Threads;

/// Something to do with the connection, or with the reason why it could not be opened. Dropped undone when the
/// lane closes.
pub(crate) type Job = Box<dyn FnOnce(Result<&mut Connection>) -> Answer + Send>;

/// Opens a lane's connection when it is first needed.
pub(crate) type Open = Box<dyn Fn() -> Result<Connection> + Send + Sync>;

/// Identifies a lease: no two are alike.
pub(crate) type LeaseId = u64;

/// Work inside of a lease.
pub(crate) enum Work {
    /// Done in one go.
    Job(Job),
    /// Rows for a stream: it may rest at the head of the queue while nothing stands behind it.
    Read(Cursor),
}

/// See the module.
pub(crate) struct Lane {
    name: &'static str,
    open: Open,
    threads: Arc<Threads>,
    state: Mutex<State>,
    wake: Condvar,
    connection: Mutex<Option<Connection>>,
    /// Whether the connection outlives the thread, until [`release`](Lane::release).
    lasting: bool,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    lease: Option<Lease>,
    last_lease: LeaseId,
    started: bool,
    running: bool,
    closed: bool,
}

struct Lease {
    id: LeaseId,
    queue: VecDeque<Work>,
    /// Set when the transaction is to be rolled back: streams need not be read to their end first.
    ending: bool,
}

/// What the thread does next.
enum Next {
    Job(Job),
    Read { cursor: Cursor, unbounded: bool },
    Abort(Cursor),
}

impl Lane {
    /// A lane whose thread, called `name`, starts with its first job.
    pub(crate) fn new(name: &'static str, threads: Arc<Threads>, open: Open) -> Arc<Self> {
        Arc::new(Self::made(name, threads, open, false))
    }

    /// A lane whose connection stays open when it has ended, until [`release`](Self::release).
    pub(crate) fn lasting(name: &'static str, threads: Arc<Threads>, open: Open) -> Arc<Self> {
        Arc::new(Self::made(name, threads, open, true))
    }

    fn made(name: &'static str, threads: Arc<Threads>, open: Open, lasting: bool) -> Self {
        let (state, wake, connection) = (Mutex::new(State::default()), Condvar::new(), Mutex::new(None));
        Self { name, open, threads, state, wake, connection, lasting }
    }

    /// Puts a job in line, behind the transaction that has the lane and all who wait already.
    pub(crate) fn submit(self: &Arc<Self>, job: Job) -> Result<()> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(closed());
        }
        if !state.started {
            let lane = self.clone();
            self.threads.start(self.name, move || lane.work())?;
            state.started = true;
        }
        state.queue.push_back(job);
        self.wake.notify_one();
        Ok(())
    }

    /// Puts work in the line of the transaction that has the lane.
    pub(crate) fn submit_to(&self, lease: LeaseId, work: Work) -> Result<(), (ommi_core::Error, Work)> {
        let mut state = self.state.lock();
        if state.closed {
            return Err((closed(), work));
        }
        match state.lease_of(lease) {
            Some(lease) => lease.queue.push_back(work),
            None => return Err((over(), work)),
        }
        self.wake.notify_one();
        Ok(())
    }

    /// As [`submit_to`](Self::submit_to), for the job that rolls back: streams in line are ended at once.
    pub(crate) fn submit_rollback(&self, lease: LeaseId, job: Job) -> Result<()> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(closed());
        }
        let Some(lease) = state.lease_of(lease) else { return Err(over()) };
        lease.ending = true;
        lease.queue.push_back(Work::Job(job));
        self.wake.notify_one();
        Ok(())
    }

    /// Gives the lane to a transaction that has just begun on its connection. Called from a job.
    pub(crate) fn lend(&self) -> LeaseId {
        let mut state = self.state.lock();
        state.last_lease += 1;
        let id = state.last_lease;
        state.lease = Some(Lease { id, queue: VecDeque::new(), ending: false });
        id
    }

    /// Takes the lane back from a transaction that has just ended; what it had in line fails. Called from a job.
    pub(crate) fn reclaim(&self, lease: LeaseId) {
        let mut state = self.state.lock();
        if state.lease_of(lease).is_none() {
            return;
        }
        let ended = state.lease.take();
        drop(state);
        refuse_rest(ended, over);
    }

    /// The connection, if the transaction may use it on the caller's thread now: nothing runs or waits before.
    #[inline]
    pub(crate) fn idle(&self, lease: LeaseId) -> Option<MutexGuard<'_, Option<Connection>>> {
        let state = self.state.try_lock()?;
        let mine = state.lease.as_ref().is_some_and(|held| held.id == lease && held.queue.is_empty());
        if !mine || state.running || state.closed {
            return None;
        }
        // The state is locked until we have the connection, so nothing submitted later can come first.
        self.connection.try_lock()
    }

    /// Called when a stream at the head of the queue has room again.
    pub(crate) fn waker(self: &Arc<Self>) -> Resume {
        let lane = self.clone();
        Box::new(move || {
            let _state = lane.state.lock();
            lane.wake.notify_one();
        })
    }

    /// Ends the lane: what runs comes to its end, what waits is dropped, an open transaction is rolled back.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        let waiting = std::mem::take(&mut state.queue);
        self.wake.notify_all();
        drop(state);
        drop(waiting);
    }

    fn work(self: Arc<Self>) {
        while let Some(next) = self.next() {
            let mut slot = self.connection.lock();
            let outcome = catch_unwind(AssertUnwindSafe(|| self.run(next, &mut slot)));
            if outcome.is_err() {
                // A mistake of ours: whatever the connection was at, it must not go on.
                let lost = self.state.lock().lease.take();
                refuse_rest(lost, stopped);
                *slot = None;
            }
            drop(slot);
            self.state.lock().running = false;
            if let Ok(Some(answer)) = outcome {
                answer();
            }
        }
        let left = self.state.lock().lease.take();
        refuse_rest(left, closed);
        let mut slot = self.connection.lock();
        match slot.as_mut() {
            // Nobody waits for what was open, and others wait for its lock.
            Some(connection) if self.lasting => connection.roll_back(),
            Some(_) | None => *slot = None,
        }
    }

    /// Closes the connection of a lane that has ended. The last connection to a file takes its log away, and two
    /// that close at once both leave it; so the driver closes them one after another.
    pub(crate) fn release(&self) {
        // Where the thread did not end in time, it has the connection still.
        if let Some(mut connection) = self.connection.try_lock() {
            *connection = None;
        }
    }

    fn next(&self) -> Option<Next> {
        let mut state = self.state.lock();
        loop {
            if state.closed {
                return None;
            }
            let next = match &mut state.lease {
                Some(lease) => lease.next(),
                None => state.queue.pop_front().map(Next::Job),
            };
            if next.is_some() {
                state.running = true;
                return next;
            }
            self.wake.wait(&mut state);
        }
    }

    /// Does the next thing; what it gives is to be called when the connection is free again.
    fn run(self: &Arc<Self>, next: Next, slot: &mut Option<Connection>) -> Option<Answer> {
        if slot.is_none() {
            match (self.open)() {
                Ok(connection) => *slot = Some(connection),
                Err(error) => return Some(refuse(next, error)),
            }
        }
        let connection = slot.as_mut()?;
        connection.guard.patient(None);
        let answer = match next {
            Next::Job(job) => Some(job(Ok(connection))),
            Next::Abort(cursor) => Some(cursor.fail(over())),
            Next::Read { mut cursor, unbounded } => match cursor.advance(connection, unbounded) {
                Progress::Done(outcome) => Some(cursor.conclude(outcome)),
                Progress::Resting => {
                    self.rest(cursor);
                    None
                }
            },
        };
        connection.guard.patient(None);
        answer
    }

    /// Puts a stream back at the head of its line, to go on when there is room or when something waits behind it.
    fn rest(self: &Arc<Self>, cursor: Cursor) {
        let feed = cursor.feed().clone();
        let mut state = self.state.lock();
        match &mut state.lease {
            Some(lease) => lease.queue.push_front(Work::Read(cursor)),
            None => {
                drop(state);
                return cursor.fail(over())();
            }
        }
        drop(state);
        feed.rest(self.waker());
    }
}

impl State {
    fn lease_of(&mut self, id: LeaseId) -> Option<&mut Lease> {
        self.lease.as_mut().filter(|lease| lease.id == id)
    }
}

impl Lease {
    fn next(&mut self) -> Option<Next> {
        let waits_behind = self.queue.len() > 1;
        let may_read = match self.queue.front()? {
            Work::Job(_) => true,
            Work::Read(cursor) => self.ending || waits_behind || cursor.feed().has_room(),
        };
        if !may_read {
            return None;
        }
        self.queue.pop_front().map(|work| match work {
            Work::Job(job) => Next::Job(job),
            Work::Read(cursor) if self.ending => Next::Abort(cursor),
            Work::Read(cursor) => Next::Read { cursor, unbounded: waits_behind },
        })
    }
}

fn refuse(next: Next, error: ommi_core::Error) -> Answer {
    match next {
        Next::Job(job) => job(Err(error)),
        Next::Read { cursor, .. } | Next::Abort(cursor) => cursor.fail(error),
    }
}

/// Fails what a transaction still had in line when it ended. Jobs fail by being dropped.
fn refuse_rest(lease: Option<Lease>, reason: fn() -> ommi_core::Error) {
    for work in lease.into_iter().flat_map(|lease| lease.queue) {
        match work {
            Work::Job(job) => drop(job),
            Work::Read(cursor) => cursor.fail(reason())(),
        }
    }
}
