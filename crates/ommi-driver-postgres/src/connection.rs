//! One connection: the client, what drives its socket, and the statements prepared on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use futures_util::{TryStreamExt, future};
use ommi_core::driver::BoxFuture;
use ommi_core::schema::FieldType;
use ommi_core::{ErrorKind, Result};
use ommi_net::Manager;
use quick_cache::sync::Cache;
use tokio::sync::OnceCell;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, RowStream};

use crate::cancel::Canceller;
use crate::config::{Pooler, PostgresConfig};
use crate::drive::Drive;
use crate::error;
use crate::open;
use crate::statement::{Form, Part, Prepared};
use crate::tls::Tls;

type Statements = Cache<(u64, Part), Arc<OnceCell<Arc<Prepared>>>>;

/// An open connection. Reads may share it; everything else owns it for its time.
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) canceller: Canceller,
    /// What drives the socket and the operations.
    pub(crate) drive: Arc<Drive>,
    statements: Arc<Statements>,
    keeps: bool,
    /// Operations at work: a connection that comes back with one is closed.
    at_work: AtomicU32,
    /// Whether the owner of the connection has given up: no further statement is begun for it.
    given_up: AtomicBool,
    /// Whether nothing may be begun on it any more.
    unfit: AtomicBool,
}

impl Connection {
    pub(crate) fn new(
        client: Client,
        canceller: Canceller,
        drive: Arc<Drive>,
        statements: Arc<Statements>,
        keeps: bool,
    ) -> Self {
        Self {
            client,
            canceller,
            drive,
            statements,
            keeps,
            at_work: AtomicU32::new(0),
            given_up: AtomicBool::new(false),
            unfit: AtomicBool::new(false),
        }
    }

    /// Begins an operation. Unless [`leave`](Self::leave) or [`left`](Self::left) follows, the connection is closed
    /// when it comes back to the pool.
    pub(crate) fn enter(&self) {
        self.at_work.fetch_add(1, Ordering::AcqRel);
    }

    /// The operation ended, well or with an error of the server: the connection is as it was before.
    pub(crate) fn leave(&self) {
        self.at_work.fetch_sub(1, Ordering::AcqRel);
    }

    /// The operation ended so. After an error of the connection itself it is unfit: behind an answer that was not
    /// understood, the next one would be read from the wrong place.
    pub(crate) fn left<T>(&self, outcome: &Result<T>) {
        if outcome.as_ref().is_err_and(|error| error.kind() == ErrorKind::Connection) {
            self.spoil();
        }
        self.leave();
    }

    /// Marks the connection as unfit to be used again.
    pub(crate) fn spoil(&self) {
        self.unfit.store(true, Ordering::Release);
    }

    /// Whether something may be begun on it, as far as is known.
    pub(crate) fn is_fit(&self) -> bool {
        !self.unfit.load(Ordering::Acquire) && !self.client.is_closed()
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.at_work.load(Ordering::Acquire) == 0 && self.is_fit()
    }

    pub(crate) fn set_given_up(&self, given_up: bool) {
        self.given_up.store(given_up, Ordering::Release);
    }

    /// An error where nobody waits for what would be sent.
    pub(crate) fn check_wanted(&self) -> Result<()> {
        if self.given_up.load(Ordering::Acquire) { Err(error::cancelled()) } else { Ok(()) }
    }

    /// The statement of `text`, prepared now if it was not.
    pub(crate) async fn prepared(
        &self,
        id: u64,
        part: Part,
        text: &str,
        columns: &[FieldType],
        in_transaction: bool,
    ) -> Result<Arc<Prepared>> {
        let key = (id, part);
        let cell = match self.statements.get(&key) {
            Some(cell) => cell,
            None => {
                let cell = Arc::new(OnceCell::new());
                self.statements.insert(key, cell.clone());
                cell
            }
        };
        if let Some(prepared) = cell.get() {
            return Ok(prepared.clone());
        }
        let prepared = cell.get_or_try_init(|| self.prepare(text, columns, in_transaction)).await;
        prepared.cloned().map_err(|error| error.with_statement(text))
    }

    /// The statement if it was prepared before.
    pub(crate) fn is_prepared(&self, id: u64, part: Part) -> bool {
        self.statements.get(&(id, part)).is_some_and(|cell| cell.initialized())
    }

    /// Whether statements stay prepared: not behind a pooler.
    pub(crate) fn keeps_statements(&self) -> bool {
        self.keeps
    }

    /// Forgets a statement that the server knows no more, or knows otherwise.
    pub(crate) fn forget(&self, id: u64, part: Part) {
        self.statements.remove(&(id, part));
    }

    async fn prepare(
        &self,
        text: &str,
        columns: &[FieldType],
        in_transaction: bool,
    ) -> Result<Arc<Prepared>> {
        if self.keeps || in_transaction {
            let prepared = self.client.prepare(text).await.map_err(error::of)?;
            return Ok(Arc::new(Prepared::new(prepared, columns, self.keeps)));
        }
        // Behind a pooler the name lives in a transaction, which stays with one session: the statement is dropped,
        // and so closed, before its end.
        let (begun, prepared) =
            future::join(self.client.batch_execute("BEGIN"), self.client.prepare(text)).await;
        let prepared = prepared.map(|prepared| Arc::new(Prepared::new(prepared, columns, false)));
        let ended = self.client.batch_execute("ROLLBACK").await;
        begun.and(ended).map_err(error::of)?;
        prepared.map_err(error::of)
    }

    /// Sends a statement with its parameters; the rows come as they are read. The request is under way when this is
    /// first polled.
    pub(crate) async fn run<P: ToSql>(
        &self,
        prepared: &Prepared,
        text: &str,
        params: impl ExactSizeIterator<Item = P>,
    ) -> Result<RowStream, tokio_postgres::Error> {
        match &prepared.form {
            Form::Named(statement) => self.client.query_raw(statement, params).await,
            Form::Text(types) => self.client.query_typed_raw(text, params.zip(types.iter().cloned())).await,
        }
    }

    /// Runs a statement whose rows are of no interest; gives the number of rows that it changed.
    pub(crate) async fn execute<P: ToSql>(
        &self,
        prepared: &Prepared,
        text: &str,
        params: impl ExactSizeIterator<Item = P>,
    ) -> Result<u64, tokio_postgres::Error> {
        let rows = self.run(prepared, text, params).await?;
        let mut rows = std::pin::pin!(rows);
        while rows.try_next().await?.is_some() {}
        Ok(rows.rows_affected().unwrap_or(0))
    }

    /// Runs text without parameters.
    pub(crate) async fn command(&self, text: &str) -> Result<()> {
        self.client.batch_execute(text).await.map_err(error::of)
    }
}

/// Opens connections for the pool.
pub(crate) struct Opener {
    shared: Arc<Shared>,
}

/// What it takes to open a connection.
pub(crate) struct Shared {
    pub(crate) config: PostgresConfig,
    pub(crate) tls: Tls,
    /// Behind a pooler no statement belongs to a connection: what is known of them is kept for all.
    known: Option<Arc<Statements>>,
}

impl Opener {
    pub(crate) fn new(config: PostgresConfig) -> Result<Self> {
        let tls = Tls::new(&config)?;
        let known =
            (config.pooler == Pooler::Transaction).then(|| Arc::new(Cache::new(config.statement_cache)));
        Ok(Self { shared: Arc::new(Shared { config, tls, known }) })
    }

    pub(crate) fn config(&self) -> &PostgresConfig {
        &self.shared.config
    }
}

impl Shared {
    pub(crate) fn connection(&self, client: Client, canceller: Canceller, drive: Arc<Drive>) -> Connection {
        let keeps = self.known.is_none();
        let own = || Arc::new(Cache::new(self.config.statement_cache));
        Connection::new(client, canceller, drive, self.known.clone().unwrap_or_else(own), keeps)
    }
}

impl Manager for Opener {
    type Connection = Connection;

    fn open(&self) -> BoxFuture<Result<Connection>> {
        let shared = self.shared.clone();
        Box::pin(async move { open::open(&shared).await })
    }

    fn is_clean(&self, connection: &mut Connection) -> bool {
        connection.is_idle()
    }

    fn check<'a>(&'a self, connection: &'a mut Connection) -> future::BoxFuture<'a, Result<()>> {
        Box::pin(async move { connection.client.check_connection().await.map_err(error::of) })
    }

    fn close(&self, connection: Connection) -> Option<BoxFuture<()>> {
        let drive = connection.drive.clone();
        if !connection.is_idle() {
            // Something may still run: nobody waits for its end.
            drive.abort();
            return None;
        }
        // Without a client the task says good-bye and ends.
        drop(connection);
        Some(Box::pin(async move {
            while !drive.is_over() {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
        }))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if !self.is_idle() {
            self.drive.abort();
        }
    }
}
