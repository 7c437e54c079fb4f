//! A server that is made up: it accepts, refuses or hangs, and can be restarted.

use std::future::{pending, ready};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future;
use ommi_core::driver::BoxFuture;
use ommi_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;

use crate::pool::Manager;

/// How the server meets those who connect.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Door {
    #[default]
    Open,
    /// Open, after some time.
    Slow(Duration),
    Refusing,
    Hanging,
    Panicking,
}

#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) door: Door,
    /// Whether a question is answered.
    pub(super) mute: bool,
    pub(super) opened: usize,
    pub(super) alive: usize,
    pub(super) most: usize,
    pub(super) checks: usize,
    /// Connections of earlier starts are cut.
    start: usize,
}

#[derive(Clone, Default)]
pub(super) struct Server(pub(super) Arc<Mutex<Facts>>);

impl Server {
    pub(super) fn manager(&self) -> Fake {
        Fake { server: self.clone(), says_good_bye: false }
    }

    pub(super) fn door(&self, door: Door) {
        self.0.lock().door = door;
    }

    /// Cuts all connections; nobody notices before asking.
    pub(super) fn restart(&self) {
        self.0.lock().start += 1;
    }

    pub(super) fn alive(&self) -> usize {
        self.0.lock().alive
    }

    fn accept(&self) -> Connection {
        let mut facts = self.0.lock();
        facts.opened += 1;
        facts.alive += 1;
        facts.most = facts.most.max(facts.alive);
        Connection { number: facts.opened, start: facts.start, clean: true, server: self.clone() }
    }
}

pub(super) struct Fake {
    pub(super) server: Server,
    pub(super) says_good_bye: bool,
}

pub(super) struct Connection {
    pub(super) number: usize,
    pub(super) clean: bool,
    start: usize,
    server: Server,
}

impl Connection {
    /// A round trip; afterwards the connection knows if it was cut.
    pub(super) fn work(&mut self) -> Result<()> {
        let is_cut = self.server.0.lock().start != self.start;
        if is_cut {
            self.clean = false;
            return Err(Error::new(ErrorKind::Connection, "cut"));
        }
        Ok(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.server.0.lock().alive -= 1;
    }
}

impl Manager for Fake {
    type Connection = Connection;

    fn open(&self) -> BoxFuture<Result<Connection>> {
        let server = self.server.clone();
        let door = server.0.lock().door;
        match door {
            Door::Open => Box::pin(async move { Ok(server.accept()) }),
            Door::Slow(time) => Box::pin(async move {
                tokio::time::sleep(time).await;
                Ok(server.accept())
            }),
            Door::Refusing => Box::pin(ready(Err(Error::new(ErrorKind::Connection, "refused")))),
            Door::Hanging => Box::pin(pending()),
            Door::Panicking => Box::pin(async { panic!("on purpose, in a manager") }),
        }
    }

    fn is_clean(&self, connection: &mut Connection) -> bool {
        connection.clean
    }

    fn check<'a>(&'a self, connection: &'a mut Connection) -> future::BoxFuture<'a, Result<()>> {
        let mut facts = self.server.0.lock();
        facts.checks += 1;
        if facts.mute {
            return Box::pin(pending());
        }
        drop(facts);
        Box::pin(ready(connection.work()))
    }

    fn close(&self, connection: Connection) -> Option<BoxFuture<()>> {
        if !self.says_good_bye {
            drop(connection);
            return None;
        }
        Some(Box::pin(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            drop(connection);
        }))
    }
}
