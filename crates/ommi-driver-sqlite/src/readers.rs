//! The threads that read outside of transactions. A stream that nobody takes rows from gives its thread back and
//! keeps only its connection, so that any number of streams can be open at once without blocking each other.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ommi_core::{Error, ErrorKind, Result};
use parking_lot::{Condvar, Mutex};

use crate::config::SqliteConfig;
use crate::connection::Connection;
use crate::cursor::{Cursor, Progress};
use crate::error::closed;
use crate::guard::Flag;
use crate::lane::{Job, Open};
use crate::threads::Threads;

/// Something to read.
pub(crate) enum Task {
    /// Rows for a stream.
    Read(Cursor),
    /// Done in one go.
    Job(Job),
}

/// See the module.
pub(crate) struct Readers {
    most_threads: usize,
    most_connections: usize,
    patience: Duration,
    open: Open,
    threads: Arc<Threads>,
    closing: Flag,
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    fresh: VecDeque<(Instant, Task)>,
    resumed: VecDeque<Held>,
    resting: HashMap<u64, Held>,
    idle: Vec<Connection>,
    /// Idle, in use and resting ones.
    connections: usize,
    last_held: u64,
    threads: usize,
    waiting: usize,
}

/// A stream in the middle of its rows. The cursor's statement goes before its connection.
struct Held {
    cursor: Cursor,
    connection: Connection,
}

enum Next {
    Start(Task, Option<Connection>),
    Resume(Held),
    Refuse(Task),
}

impl Readers {
    /// Readers as `config` says; their threads start when they are needed.
    pub(crate) fn new(config: &SqliteConfig, threads: Arc<Threads>, closing: Flag, open: Open) -> Arc<Self> {
        Arc::new(Self {
            most_threads: config.readers,
            most_connections: config.max_connections,
            patience: config.connection_timeout,
            open,
            threads,
            closing,
            state: Mutex::new(State::default()),
            wake: Condvar::new(),
        })
    }

    /// Puts a task in line.
    pub(crate) fn submit(self: &Arc<Self>, task: Task) {
        let mut state = self.state.lock();
        if self.closing.is_raised() {
            drop(state);
            return refuse(task, closed());
        }
        state.fresh.push_back((Instant::now(), task));
        self.ensure_thread(&mut state);
    }

    /// Ends all reads: streams end in an error, tasks that wait are dropped. The closing flag is raised already.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        let fresh = std::mem::take(&mut state.fresh);
        let resumed = std::mem::take(&mut state.resumed);
        let resting = std::mem::take(&mut state.resting);
        let idle = std::mem::take(&mut state.idle);
        self.wake.notify_all();
        drop(state);
        // Dropping a stream's cursor tells its consumer; that must not happen under our lock.
        drop((fresh, resumed, resting, idle));
    }

    fn ensure_thread(self: &Arc<Self>, state: &mut State) {
        let runnable = state.fresh.len() + state.resumed.len();
        if state.waiting < runnable && state.threads < self.most_threads {
            let readers = self.clone();
            // Without a further thread those that run will come to it; without any there is nothing to do
            // but to tell the caller.
            match self.threads.start("ommi-sqlite-reader", move || readers.work()) {
                Ok(()) => state.threads += 1,
                Err(error) if state.threads == 0 => {
                    if let Some((_, task)) = state.fresh.pop_back() {
                        refuse(task, error);
                    }
                }
                Err(_) => {}
            }
        }
        self.wake.notify_one();
    }

    fn work(self: Arc<Self>) {
        while let Some(next) = self.next() {
            let has_connection = !matches!(next, Next::Refuse(_));
            let survived = catch_unwind(AssertUnwindSafe(|| match next {
                Next::Start(task, connection) => self.start(task, connection),
                Next::Resume(held) => self.advance(held),
                Next::Refuse(task) => refuse(task, exhausted(self.most_connections)),
            }));
            // A panic is a mistake of ours; what it was at is dropped, and says so to whoever waits for it.
            if survived.is_err() && has_connection {
                self.forget_connection();
            }
        }
    }

    fn next(&self) -> Option<Next> {
        let mut state = self.state.lock();
        loop {
            if self.closing.is_raised() {
                return None;
            }
            if let Some(held) = state.resumed.pop_front() {
                return Some(Next::Resume(held));
            }
            let wait_until = match state.next_fresh(self.most_connections, self.patience) {
                Ok(next) => return Some(next),
                Err(wait_until) => wait_until,
            };
            state.waiting += 1;
            match wait_until {
                Some(until) => drop(self.wake.wait_until(&mut state, until)),
                None => self.wake.wait(&mut state),
            }
            state.waiting -= 1;
        }
    }

    fn start(self: &Arc<Self>, task: Task, connection: Option<Connection>) {
        let mut connection = match connection.map_or_else(|| (self.open)(), Ok) {
            Ok(connection) => connection,
            Err(error) => {
                self.forget_connection();
                return refuse(task, error);
            }
        };
        match task {
            Task::Read(cursor) => self.advance(Held { cursor, connection }),
            Task::Job(job) => {
                connection.guard.patient(None);
                let answer = job(Ok(&mut connection));
                self.give_back(connection);
                answer();
            }
        }
    }

    fn advance(self: &Arc<Self>, mut held: Held) {
        match held.cursor.advance(&mut held.connection, false) {
            Progress::Done(outcome) => {
                let answer = held.cursor.conclude(outcome);
                self.give_back(held.connection);
                answer();
            }
            Progress::Resting => self.rest(held),
        }
    }

    fn rest(self: &Arc<Self>, held: Held) {
        let feed = held.cursor.feed().clone();
        let mut state = self.state.lock();
        if self.closing.is_raised() {
            drop(state);
            return drop(held);
        }
        state.last_held += 1;
        let id = state.last_held;
        state.resting.insert(id, held);
        drop(state);
        let readers = self.clone();
        feed.rest(Box::new(move || readers.resume(id)));
    }

    fn resume(self: &Arc<Self>, id: u64) {
        let mut state = self.state.lock();
        if let Some(held) = state.resting.remove(&id) {
            state.resumed.push_back(held);
            self.ensure_thread(&mut state);
        }
    }

    fn give_back(&self, connection: Connection) {
        let mut state = self.state.lock();
        if state.idle.len() < self.most_threads && !self.closing.is_raised() {
            state.idle.push(connection);
            self.wake.notify_one();
        } else {
            drop(state);
            drop(connection);
            self.forget_connection();
        }
    }

    fn forget_connection(&self) {
        self.state.lock().connections -= 1;
        self.wake.notify_one();
    }
}

impl State {
    /// The task that may start now, or until when to wait for a connection for the oldest one.
    fn next_fresh(&mut self, most: usize, patience: Duration) -> Result<Next, Option<Instant>> {
        let Some((since, _)) = self.fresh.front() else { return Err(None) };
        let until = *since + patience;
        let connection = self.idle.pop();
        let may_open = connection.is_none() && self.connections < most;
        if connection.is_none() && !may_open && Instant::now() < until {
            return Err(Some(until));
        }
        match self.fresh.pop_front() {
            Some((_, task)) if connection.is_some() || may_open => {
                self.connections += usize::from(may_open);
                Ok(Next::Start(task, connection))
            }
            Some((_, task)) => Ok(Next::Refuse(task)),
            None => Err(None),
        }
    }
}

fn refuse(task: Task, error: Error) {
    match task {
        Task::Read(cursor) => cursor.fail(error)(),
        Task::Job(job) => job(Err(error))(),
    }
}

fn exhausted(connections: usize) -> Error {
    Error::new(
        ErrorKind::PoolExhausted,
        format!(
            "all {connections} reading connections belong to streams that were begun and are not read on: \
             read them to their end, drop them, or raise max_connections"
        ),
    )
}
