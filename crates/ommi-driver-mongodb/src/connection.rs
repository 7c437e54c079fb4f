//! What the driver, its transactions and its streams share: the client, commands, the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::raw_batch_cursor::SessionRawBatchCursor;
use mongodb::{Client, ClientSession, Database};
use ommi_core::driver::PoolStats;
use ommi_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::OnceCell;

use crate::client::{Connected, Failures, options};
use crate::config::MongodbConfig;
use crate::error::{self, Failure, closed, translated, unreachable};
use crate::pool::Watch;
use crate::schema::{Counters, Existing};

pub(crate) use crate::client::Intent;

/// What all parts of one driver share.
pub(crate) struct Core {
    config: MongodbConfig,
    existing: Existing,
    counters: Counters,
    watch: Arc<Watch>,
    failures: Arc<Failures>,
    client: OnceCell<Connected>,
    runtime: Mutex<Option<(Handle, u32)>>,
    closed: AtomicBool,
}

impl Core {
    /// Nothing is connected to yet.
    pub(crate) fn new(config: MongodbConfig) -> Result<Self> {
        config.check()?;
        let watch = Watch::new(config.pool.clone(), config.describe());
        Ok(Self {
            config,
            existing: Existing::default(),
            counters: Counters::default(),
            watch,
            failures: Arc::default(),
            client: OnceCell::new(),
            runtime: Mutex::default(),
            closed: AtomicBool::new(false),
        })
    }

    pub(crate) fn config(&self) -> &MongodbConfig {
        &self.config
    }

    /// The collections that are known to exist.
    pub(crate) fn existing(&self) -> &Existing {
        &self.existing
    }

    /// What is known of the counters of generated keys.
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Whose turn it is; see [`Watch::hold`].
    pub(crate) fn watch(&self) -> &Arc<Watch> {
        &self.watch
    }

    pub(crate) fn stats(&self) -> PoolStats {
        self.watch.stats()
    }

    /// The runtime that the client's tasks run on: that of the first use. Futures of the `mongodb` crate must be polled
    /// inside it.
    ///
    /// # Errors
    /// `Connection` in a process that was forked after the first use.
    pub(crate) fn runtime(&self) -> Result<Handle> {
        let mut runtime = self.runtime.lock();
        match &*runtime {
            Some((handle, process)) if *process == std::process::id() => Ok(handle.clone()),
            Some(_) => Err(Error::new(
                ErrorKind::Connection,
                "the process was forked after its connections were opened, and they belong to its parent: open the \
                 database in each process after the fork, or start processes by spawn",
            )),
            None => {
                let handle = ommi_net::runtime::handle()?;
                *runtime = Some((handle.clone(), std::process::id()));
                Ok(handle)
            }
        }
    }

    /// # Errors
    /// `Closed` after [`refuse`](Self::refuse).
    pub(crate) fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) { Err(closed()) } else { Ok(()) }
    }

    /// The error that the user sees: after a close, lost connections are its consequence; and why no server could be
    /// reached.
    pub(crate) fn explained(&self, error: Error) -> Error {
        let is_consequence = matches!(error.kind(), ErrorKind::Connection | ErrorKind::Cancelled);
        if is_consequence && self.check_open().is_err() { closed() } else { error }
    }

    /// The error of the crate in Ommi's words, with what is known of servers that do not answer.
    pub(crate) fn translated(&self, error: &mongodb::error::Error) -> Error {
        match error.kind.as_ref() {
            mongodb::error::ErrorKind::ServerSelection { .. } => self.not_selected(),
            _another => translated(error),
        }
    }

    fn not_selected(&self) -> Error {
        let place = self.config.describe();
        match self.failures.told() {
            Some(reasons) => unreachable(&format!("{place}: {reasons}")),
            None => Error::new(
                ErrorKind::Connection,
                format!(
                    "{place} has no server that could be asked: there is no primary just now, or replicaSet or \
                     readPreference names what is not there"
                ),
            ),
        }
    }

    /// The database; its servers were heard from.
    ///
    /// # Errors
    /// `Connection` where it cannot be reached.
    pub(crate) async fn database(&self) -> Result<Database> {
        Ok(self.connected().await?.database.clone())
    }

    /// # Errors
    /// `Unsupported` where the server is a standalone one, `Connection`.
    pub(crate) async fn require_transactions(&self) -> Result<()> {
        if self.connected().await?.has_transactions {
            return Ok(());
        }
        Err(error::no_transactions(&self.config.describe()))
    }

    /// Whether the server leads to the shards of a cluster.
    pub(crate) async fn leads_to_shards(&self) -> Result<bool> {
        Ok(self.connected().await?.leads_to_shards)
    }

    /// Runs a command of the database `admin`.
    pub(crate) async fn administer(&self, command: RawDocumentBuf) -> Result<()> {
        let admin = self.connected().await?.client.database("admin");
        admin.run_raw_command(command).await.map(drop).map_err(|error| self.translated(&error))
    }

    /// A new session, for one operation or transaction.
    pub(crate) async fn session(&self) -> Result<ClientSession> {
        let started = self.connected().await?.client.start_session().causal_consistency(false).await;
        started.map_err(|error| self.translated(&error))
    }

    /// Whether there are transactions, as far as is known.
    pub(crate) fn has_transactions(&self) -> bool {
        self.client.get().is_some_and(|connected| connected.has_transactions)
    }

    /// Runs a command that is no read and gives the server's answer. Errors inside of the answer are errors here.
    pub(crate) async fn command(
        &self,
        session: Option<&mut ClientSession>,
        command: RawDocumentBuf,
        intent: Intent,
    ) -> Result<Document> {
        let connected = self.connected().await?;
        let command = connected.completed(command, intent, self.config.statement_timeout)?;
        let mut run = connected.database.run_raw_command(command);
        if let Some(preference) = connected.preference(intent) {
            run = run.selection_criteria(preference);
        }
        if let Some(session) = session {
            run = run.session(session);
        }
        let writes = matches!(intent, Intent::Write | Intent::InTransaction);
        let answer = run.await.map_err(|error| {
            if writes && error::is_cut(&error) { error::cut_duplicate() } else { self.translated(&error) }
        })?;
        match Failure::within(&answer) {
            Some(error) => Err(error),
            None => Ok(answer),
        }
    }

    /// Runs `find`, `aggregate` or another command that answers with a cursor in a session, so in its transaction where
    /// it has one. `batch_rows` is for the batches after the first one.
    pub(crate) async fn session_cursor(
        &self,
        session: &mut ClientSession,
        command: RawDocumentBuf,
        batch_rows: u32,
        intent: Intent,
    ) -> Result<SessionRawBatchCursor> {
        let connected = self.connected().await?;
        let command = connected.completed(command, intent, self.config.statement_timeout)?;
        let mut run = connected.database.run_raw_cursor_command(command).batch_size(batch_rows);
        if let Some(preference) = connected.preference(intent) {
            run = run.selection_criteria(preference);
        }
        run.session(session).batch().await.map_err(|error| self.translated(&error))
    }

    /// From now on new work is refused. Gives whether that is new.
    pub(crate) fn refuse(&self) -> bool {
        let was_open = !self.closed.swap(true, Ordering::AcqRel);
        self.watch.close();
        was_open
    }

    /// Closes all connections, whatever runs on them.
    pub(crate) async fn shut_down(&self) {
        if let Some(connected) = self.client.get() {
            connected.client.clone().shutdown().immediate(true).await;
        }
    }

    /// The client, connected the first time.
    async fn connected(&self) -> Result<&Connected> {
        self.client.get_or_try_init(|| self.connect()).await
    }

    async fn connect(&self) -> Result<Connected> {
        // Remembered before anything is spawned: the client's tasks live there.
        self.runtime()?;
        let options = options(&self.config, &self.watch, &self.failures).await?;
        let (read_concern, write_concern) = (options.read_concern.clone(), options.write_concern.clone());
        let preference = options.selection_criteria.clone();
        let client = Client::with_options(options).map_err(|error| self.translated(&error))?;
        let database = client.database(self.config.database.as_deref().unwrap_or_default());
        let mut run = database.run_command(doc! { "hello": 1 });
        if let Some(preference) = &preference {
            run = run.selection_criteria(preference.clone());
        }
        let hello = match run.await {
            Ok(hello) => hello,
            Err(error) => {
                let told = self.translated(&error);
                client.shutdown().immediate(true).await;
                return Err(told);
            }
        };
        let leads_to_shards = hello.get_str("msg").is_ok_and(|kind| kind == "isdbgrid");
        let has_transactions = leads_to_shards || hello.contains_key("setName");
        Ok(Connected {
            client,
            database,
            read_concern,
            write_concern,
            preference,
            has_transactions,
            leads_to_shards,
        })
    }
}
