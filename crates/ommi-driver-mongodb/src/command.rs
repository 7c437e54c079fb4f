//! The commands of one operation, in its session: each on its own, or in a transaction.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use mongodb::bson::raw::cstr;
use mongodb::bson::{Document, RawDocumentBuf, rawdoc};
use mongodb::raw_batch_cursor::{RawBatch, SessionRawBatchCursor};
use ommi_core::{ErrorKind, Result};
use tokio::time::{Instant, sleep};

use crate::connection::Intent;
use crate::hub::Hub;
use crate::seat::commit;
use crate::session::Own;
use crate::task::Flight;

/// For how long an operation of several documents begins again after lost races, where it is in no transaction of the
/// user's: about as long as other servers wait for a lock.
const PATIENCE: Duration = Duration::from_secs(30);

/// The first and the longest wait between two attempts.
const FIRST_WAIT: Duration = Duration::from_millis(2);
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// Where commands run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Each on its own.
    Alone,
    /// In the session's transaction.
    InTransaction,
}

/// Sends the commands of one operation.
pub(crate) struct Commands<'a> {
    hub: &'a Hub,
    own: &'a mut Own,
    flight: &'a Flight,
    place: Place,
    /// Whether an error came from the server, which ends a transaction for each.
    has_failed: bool,
}

impl<'a> Commands<'a> {
    pub(crate) fn new(hub: &'a Hub, own: &'a mut Own, flight: &'a Flight, place: Place) -> Self {
        Self { hub, own, flight, place, has_failed: false }
    }

    pub(crate) fn hub(&self) -> &'a Hub {
        self.hub
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.has_failed
    }

    /// Notes in the books of the pool what runs now.
    pub(crate) fn note(&self, text: &str) {
        self.own.note(text);
    }

    /// Makes sure that the collections exist.
    ///
    /// # Errors
    /// `ModelNotFound` for the first that does not.
    pub(crate) async fn require(&self, collections: &[String]) -> Result<()> {
        self.hub.existing().require(self.hub, collections).await
    }

    /// Names the collection by its UUID in a command that adds documents to it, so that it fails where others dropped it.
    pub(crate) fn identify(&self, collection: &str, command: &mut RawDocumentBuf) {
        self.hub.existing().identify(collection, command);
    }

    /// Whether each command is on its own.
    pub(crate) fn is_alone(&self) -> bool {
        self.place == Place::Alone
    }

    /// Makes sure of it by asking the server, after nothing was found.
    ///
    /// # Errors
    /// As [`require`](Self::require).
    pub(crate) async fn verify(&self, collections: &[String]) -> Result<()> {
        self.hub.existing().verify(self.hub, collections).await
    }

    /// Runs a command and gives the server's answer.
    ///
    /// # Errors
    /// The server's; `Cancelled` when nobody waits any more.
    pub(crate) async fn run(&mut self, command: RawDocumentBuf, intent: Intent) -> Result<Document> {
        self.flight.check()?;
        let intent = self.intent(intent);
        let answer = self.hub.command(Some(self.own.session()), command, intent).await;
        self.noted(answer)
    }

    /// Runs a command that answers with rows. With `is_steady` they are all of one state, whoever writes meanwhile, as they are
    /// in a transaction anyhow.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub(crate) async fn open(
        &mut self,
        mut command: RawDocumentBuf,
        batch_rows: u32,
        is_steady: bool,
    ) -> Result<SessionRawBatchCursor> {
        self.flight.check()?;
        if is_steady && self.place == Place::Alone && self.hub.has_transactions() {
            command.append(cstr!("readConcern"), rawdoc! { "level": "snapshot" });
        }
        let intent = self.intent(Intent::Read);
        let cursor = self.hub.session_cursor(self.own.session(), command, batch_rows, intent).await;
        self.noted(cursor)
    }

    /// The next rows of a cursor; nothing after the last ones.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub(crate) async fn next(&mut self, cursor: &mut SessionRawBatchCursor) -> Result<Option<RawBatch>> {
        use futures_util::StreamExt;
        self.flight.check()?;
        let next = cursor.stream(self.own.session()).next().await;
        self.noted(next.transpose().map_err(|error| self.hub.translated(&error)))
    }

    fn noted<T>(&mut self, answer: Result<T>) -> Result<T> {
        self.has_failed |= answer.is_err();
        answer
    }

    fn intent(&self, intent: Intent) -> Intent {
        match self.place {
            Place::Alone => intent,
            Place::InTransaction => Intent::InTransaction,
        }
    }

    /// Does a job of several documents: all of it or nothing. Outside of a transaction it gets one, and begins again
    /// when that loses a race.
    ///
    /// # Errors
    /// The job's; `Conflict` where the races are lost for too long.
    pub(crate) async fn atomically<J: Job>(&mut self, job: &J) -> Result<J::Outcome> {
        if self.place == Place::InTransaction {
            return job.run(self).await;
        }
        self.hub.require_transactions().await?;
        let end = Instant::now() + PATIENCE;
        let mut wait = FIRST_WAIT;
        loop {
            let outcome = self.attempt(job).await;
            match outcome {
                Err(error) if error.kind() == ErrorKind::Conflict && Instant::now() < end => {
                    sleep(with_jitter(wait)).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
                outcome => return outcome,
            }
        }
    }

    async fn attempt<J: Job>(&mut self, job: &J) -> Result<J::Outcome> {
        self.flight.check()?;
        self.hub.begin(self.own.session()).await?;
        let mut inner = Commands::new(self.hub, self.own, self.flight, Place::InTransaction);
        let outcome = job.run(&mut inner).await;
        match outcome {
            Ok(outcome) => {
                // Whoever gives the operation up now waits for the end of the commit instead.
                self.flight.check()?;
                self.flight.must_finish(true);
                let committed = commit(self.hub, self.own).await;
                self.flight.must_finish(false);
                committed.map(|()| outcome)
            }
            Err(error) => {
                // What the server does not hear of, it rolls back by itself in time.
                let _ = self.own.session().abort_transaction().await;
                Err(error)
            }
        }
    }
}

/// The wait, or up to half as long again, so that those who lost one race do not meet in the next.
fn with_jitter(wait: Duration) -> Duration {
    let random = u32::try_from(RandomState::new().hash_one(wait) % 1024).unwrap_or(0);
    wait + wait * random / 2048
}

/// Work of several commands that may be done again from the beginning.
pub(crate) trait Job: Sync {
    /// What it gives.
    type Outcome: Send;

    /// Does it in the transaction of `commands`.
    fn run<'r>(
        &'r self,
        commands: &'r mut Commands<'_>,
    ) -> futures_util::future::BoxFuture<'r, Result<Self::Outcome>>;
}
