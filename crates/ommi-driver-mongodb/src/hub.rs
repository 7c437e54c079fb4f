//! What the driver, its transactions and its streams share beside the client: who is at work, the way to stop them, the end.

use std::ops::Deref;
use std::sync::{Arc, Weak};
use std::time::Duration;

use mongodb::ClientSession;
use mongodb::bson::{Document, RawArrayBuf, RawDocumentBuf, rawdoc};
use mongodb::options::{ReadConcern, ReadPreference, SelectionCriteria};
use ommi_core::Result;
use parking_lot::Mutex;
use tokio::time::{Instant, sleep, timeout};

use crate::config::MongodbConfig;
use crate::connection::{Core, Intent};
use crate::error::cancelled;
use crate::registry::Registry;
use crate::seat::SharedSeat;
use crate::session::Own;

/// How long work that runs when the database is closed may go on before it is stopped on the server.
const GRACE: Duration = Duration::from_secs(1);

/// How long the server may take to stop it.
const REST: Duration = Duration::from_secs(5);

/// How long those whose work was stopped may take to notice. Streams that rest do not.
const ECHO: Duration = Duration::from_millis(250);

/// How often the end of that work is looked for.
const PAUSE: Duration = Duration::from_millis(2);

/// What all parts of one driver share.
pub(crate) struct Hub {
    core: Core,
    registry: Arc<Registry>,
    /// Transactions that may be open, so that a close can end them.
    seats: Mutex<Vec<Weak<SharedSeat>>>,
}

impl Deref for Hub {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.core
    }
}

impl Hub {
    pub(crate) fn new(config: MongodbConfig) -> Result<Self> {
        let core = Core::new(config)?;
        Ok(Self { core, registry: Arc::default(), seats: Mutex::default() })
    }

    /// A session for one operation, transaction or stream, when its turn comes.
    ///
    /// # Errors
    /// `PoolExhausted` where it does not come in time, `Connection`, `Closed`.
    pub(crate) async fn own(&self, purpose: &'static str) -> Result<Own> {
        self.check_open()?;
        let hold = self.watch().hold(purpose).await?;
        self.check_open()?;
        let session = self.session().await?;
        let entry = self.registry.enter(session.id().clone());
        Ok(Own::new(session, entry, hold))
    }

    /// Begins a transaction that sees one state of the database. The server hears of it with its first command.
    pub(crate) async fn begin(&self, session: &mut ClientSession) -> Result<()> {
        // Whatever reads outside of transactions may prefer.
        let primary = SelectionCriteria::ReadPreference(ReadPreference::Primary);
        let begin =
            session.start_transaction().read_concern(ReadConcern::snapshot()).selection_criteria(primary);
        begin.await.map_err(|error| self.translated(&error))
    }

    /// Runs work that goes on when its caller is gone. Where there is no runtime any more it is dropped.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        match self.runtime() {
            Ok(runtime) => drop(runtime.spawn(work)),
            Err(_) => drop(work),
        }
    }

    /// Stops what runs in the sessions: operations are interrupted, cursors closed, transactions rolled back.
    pub(crate) async fn stop(&self, sessions: &[Document]) -> Result<()> {
        let mut ids = RawArrayBuf::new();
        for session in sessions {
            ids.push(RawDocumentBuf::try_from(session).map_err(|_| cancelled())?);
        }
        self.command(None, rawdoc! { "killSessions": ids }, Intent::Manage).await.map(drop)
    }

    /// Remembers a transaction until it is over.
    pub(crate) fn register(&self, seat: &Arc<SharedSeat>) {
        let mut seats = self.seats.lock();
        if seats.len() == seats.capacity() {
            seats.retain(|seat| seat.strong_count() > 0);
        }
        seats.push(Arc::downgrade(seat));
    }

    /// Ends everything: new work is refused at once, idle transactions are rolled back, work that runs is waited for
    /// a moment and then stopped.
    pub(crate) async fn close(self: Arc<Self>) -> Result<()> {
        if !self.refuse() {
            return Ok(());
        }
        let Ok(runtime) = self.runtime() else { return Ok(()) };
        let hub = self.clone();
        // A task of its own: it is done whole, even where nobody waits for it.
        let ended = runtime.spawn(async move {
            let seats = std::mem::take(&mut *hub.seats.lock());
            // One whose operation runs just now notices by itself.
            let idle = seats.into_iter().filter_map(|seat| seat.upgrade()?.try_lock_owned().ok()?.take());
            let idle: Vec<_> = idle.collect();
            hub.stop_all(&idle.iter().map(|own| own.id().clone()).collect::<Vec<_>>()).await;
            drop(idle);
            hub.end_work().await;
            hub.shut_down().await;
        });
        // A runtime that ends meanwhile ends the work too.
        let _ = ended.await;
        Ok(())
    }

    async fn end_work(&self) {
        self.wait_for_rest(GRACE).await;
        self.stop_all(&self.registry.sessions()).await;
        self.wait_for_rest(ECHO).await;
    }

    /// Without an answer the connections are closed, and the server stops by itself what ran on them.
    async fn stop_all(&self, sessions: &[Document]) {
        if !sessions.is_empty() {
            let _ = timeout(REST, self.stop(sessions)).await;
        }
    }

    async fn wait_for_rest(&self, time: Duration) {
        let end = Instant::now() + time;
        while !self.registry.is_empty() && Instant::now() < end {
            sleep(PAUSE).await;
        }
    }
}
