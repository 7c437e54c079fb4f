//! `PostgresDriver`: one PostgreSQL database behind Ommi's driver interface.

use std::sync::Arc;
use std::time::Duration;

use ommi_core::driver::{
    BoxFuture, Capabilities, Driver, Executor, FetchOptions, Param, Params, PoolStats, Raw, RowStream,
    RowWrite, Statement, Transaction, TransactionOptions,
};
use ommi_core::plan::Plan;
use ommi_core::schema::{Change, ModelDef, SchemaDef, TableDef, TableInfo};
use ommi_core::value::{RowBatch, RowSink};
use ommi_core::{Error, ErrorKind, Result};
use ommi_net::Pool;
use ommi_sql::Dialect;
use ommi_sql::introspect::describe::describe;
use tokio::runtime::Handle;

use crate::attend::attended;
use crate::capability::capabilities;
use crate::config::PostgresConfig;
use crate::connection::{Connection, Opener};
use crate::error::lost;
use crate::execute::{self, Within};
use crate::lane::Lanes;
use crate::loan::{self, Loan};
use crate::statement::with_pace;
use crate::task::{Active, Caller, Reply, Stage, Tasks};
use crate::transaction::{PostgresTransaction, begin_text};
use crate::{insert, reading, schema};

/// How long closing waits for writes that are running before they are stopped, and then for everything to end.
const GRACE: Duration = Duration::from_secs(2);
const LIMIT: Duration = Duration::from_secs(5);

/// A PostgreSQL database. Nothing is opened before [`connect`](Driver::connect) or the first use.
///
/// Its connections live on the tokio runtime that it is first used in, or else on one that all drivers of the process
/// share; its futures may be polled anywhere. Dropping the driver closes it.
pub struct PostgresDriver {
    core: Arc<Core>,
    capabilities: Capabilities,
}

/// What all operations share.
pub(crate) struct Core {
    pub(crate) pool: Pool<Opener>,
    pub(crate) lanes: Lanes,
    pub(crate) tasks: Arc<Tasks>,
}

impl Core {
    /// What a new task needs: where it runs, and its place among the tasks.
    pub(crate) fn start(&self) -> Result<(Handle, Active)> {
        self.tasks.check_open()?;
        Ok((self.pool.runtime()?, self.tasks.enter()))
    }
}

impl PostgresDriver {
    /// A driver for the database that `config` describes.
    ///
    /// # Errors
    /// `Validation` when the configuration cannot work, or a certificate that it names cannot be read.
    pub fn new(config: PostgresConfig) -> Result<Self> {
        config.check()?;
        let (location, options) = (config.describe(), config.pool.clone());
        let shared = config.shared_connections.min(options.max_connections.saturating_sub(1));
        let pool = Pool::new(Opener::new(config)?, options, location)?;
        let core = Core { pool, lanes: Lanes::new(shared), tasks: Tasks::new() };
        Ok(Self { core: Arc::new(core), capabilities: capabilities() })
    }

    /// The configuration that the driver was made with.
    pub fn config(&self) -> &PostgresConfig {
        self.core.pool.manager().config()
    }

    /// Runs `work` on a connection of its own.
    fn with_connection<T, F>(&self, purpose: &'static str, until: Stage, work: F) -> BoxFuture<Result<T>>
    where
        T: Send + 'static,
        F: AsyncWork<T>,
    {
        let (runtime, active) = match self.core.start() {
            Ok(started) => started,
            Err(error) => return Box::pin(std::future::ready(Err(error))),
        };
        let (caller, waiting) = Caller::new(&self.core.tasks, until);
        let (sender, reply) = Reply::new(&self.core.tasks, Some(waiting));
        let loan = Loan::new(&self.core, purpose);
        let drive = loan.drive();
        let operation = async move {
            let _active = active;
            drop(sender.send(on_connection(loan, &caller, work).await));
        };
        loan::begin(&runtime, drive, operation);
        Box::pin(reply)
    }
}

/// Work on a connection: a closure cannot say that its future borrows what it is given and may be sent.
trait AsyncWork<T>: Send + 'static {
    /// The text to note for those who ask who holds the connection.
    fn note(&self) -> &str;

    fn run(self, connection: &Connection) -> impl Future<Output = Result<T>> + Send;
}

async fn on_connection<T>(loan: Loan, caller: &Caller, work: impl AsyncWork<T>) -> Result<T> {
    let pooled = loan.taken(caller).await?;
    pooled.note(work.note());
    pooled.enter();
    let Some(outcome) = attended(&pooled, caller, work.run(&pooled)).await else {
        return Err(caller.reason());
    };
    pooled.left(&outcome);
    outcome
}

struct Write(Arc<Statement>, Params);

impl AsyncWork<u64> for Write {
    fn note(&self) -> &str {
        &self.0.text
    }

    async fn run(self, connection: &Connection) -> Result<u64> {
        execute::write(connection, &self.0, &self.1, Within::Autocommit).await
    }
}

struct Insert(Arc<Statement>, RowBatch);

impl AsyncWork<Vec<i64>> for Insert {
    fn note(&self) -> &str {
        &self.0.text
    }

    async fn run(self, connection: &Connection) -> Result<Vec<i64>> {
        insert::insert(connection, &self.0, &self.1, Within::Autocommit).await
    }
}

struct Script(Vec<String>);

impl AsyncWork<()> for Script {
    fn note(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    async fn run(self, connection: &Connection) -> Result<()> {
        execute::script(connection, &self.0, Within::Autocommit).await
    }
}

struct Explain(Arc<Statement>, Params);

impl AsyncWork<Vec<String>> for Explain {
    fn note(&self) -> &str {
        &self.0.text
    }

    async fn run(self, connection: &Connection) -> Result<Vec<String>> {
        execute::explain(connection, &self.0, &self.1, Within::Autocommit).await
    }
}

struct Introspect(Vec<String>);

impl AsyncWork<Vec<TableInfo>> for Introspect {
    fn note(&self) -> &str {
        "the tables as they are"
    }

    async fn run(self, connection: &Connection) -> Result<Vec<TableInfo>> {
        schema::tables(connection, self.0).await
    }
}

struct Connect;

impl AsyncWork<()> for Connect {
    fn note(&self) -> &str {
        ""
    }

    async fn run(self, _: &Connection) -> Result<()> {
        Ok(())
    }
}

impl Executor for PostgresDriver {
    fn fetch_now(&self, _: &Statement, _: &[Param], _: &mut dyn RowSink) -> Option<Result<()>> {
        // A server is never so near that the caller's thread could wait for it.
        None
    }

    fn write_now(&self, _: &Statement, _: &[Param]) -> Option<Result<u64>> {
        None
    }

    fn fetch(&self, statement: Arc<Statement>, params: Params, options: FetchOptions) -> RowStream {
        Box::pin(reading::fetch(&self.core, statement, params, options))
    }

    fn write(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<u64>> {
        self.with_connection("write", Stage::Closed, Write(statement, params))
    }

    fn insert(&self, statement: Arc<Statement>, rows: RowBatch) -> BoxFuture<Result<Vec<i64>>> {
        self.with_connection("insert", Stage::Closed, Insert(statement, rows))
    }

    fn run_script(&self, statements: Vec<String>) -> BoxFuture<Result<()>> {
        self.with_connection("schema", Stage::Closed, Script(statements))
    }

    fn explain(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<Vec<String>>> {
        self.with_connection("explain", Stage::Closing, Explain(statement, params))
    }

    fn introspect(&self, tables: Vec<String>) -> BoxFuture<Result<Vec<TableInfo>>> {
        self.with_connection("schema", Stage::Closing, Introspect(tables))
    }
}

impl Driver for PostgresDriver {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn location(&self) -> String {
        self.core.pool.location().to_owned()
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn compile(&self, plan: &Plan) -> Result<Statement> {
        ommi_sql::compile(plan, Dialect::Postgres).map(|statement| with_pace(statement, plan))
    }

    fn raw(&self, raw: &Raw) -> Result<Statement> {
        ommi_sql::raw(raw, Dialect::Postgres)
    }

    fn pool_stats(&self) -> Option<PoolStats> {
        Some(self.core.pool.stats())
    }

    fn connect(&self) -> BoxFuture<Result<()>> {
        self.with_connection("connect", Stage::Closing, Connect)
    }

    fn begin(&self, options: TransactionOptions) -> BoxFuture<Result<Arc<dyn Transaction>>> {
        let (runtime, active) = match self.core.start() {
            Ok(started) => started,
            Err(error) => return Box::pin(std::future::ready(Err(error))),
        };
        let (caller, waiting) = Caller::new(&self.core.tasks, Stage::Closing);
        let (sender, reply) = Reply::new(&self.core.tasks, Some(waiting));
        let loan = Loan::new(&self.core, "transaction");
        let (drive, tasks) = (loan.drive(), self.core.tasks.clone());
        let operation = async move {
            let outcome = begin(loan, options, &caller, tasks, active).await;
            // Where nobody waits any more, dropping the transaction rolls it back.
            drop(sender.send(outcome));
        };
        loan::begin(&runtime, drive, operation);
        Box::pin(reply)
    }

    fn create_statements(&self, models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
        ommi_sql::create_statements(models, Dialect::Postgres)
    }

    fn drop_statements(&self, models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
        ommi_sql::drop_statements(models, Dialect::Postgres)
    }

    fn add_column_statements(&self, model: &Arc<ModelDef>, field: usize) -> Result<Vec<String>> {
        ommi_sql::add_column_statements(model, field, Dialect::Postgres)
    }

    fn describe(&self) -> BoxFuture<Result<SchemaDef>> {
        let ask = |question| self.fetch(question, Params::new(), FetchOptions::default());
        describe(Dialect::Postgres, ask)
    }

    fn change_statements(&self, before: &SchemaDef, changes: &[Change]) -> Result<Vec<String>> {
        ommi_sql::change_statements(before, changes, Dialect::Postgres)
    }

    fn row_statement(&self, table: &TableDef, write: &RowWrite) -> Result<String> {
        ommi_sql::row_statement(table, write, Dialect::Postgres)
    }

    fn close(&self) -> BoxFuture<Result<()>> {
        let core = self.core.clone();
        if core.tasks.stage() == Stage::Closed {
            return Box::pin(std::future::ready(Ok(())));
        }
        core.tasks.set_stage(Stage::Closing);
        let (sender, reply) = tokio::sync::oneshot::channel();
        // The waiting needs a timer, which only the runtime has.
        match core.pool.runtime() {
            Ok(runtime) => drop(runtime.spawn(async move { drop(sender.send(close(&core).await)) })),
            // Nothing was ever opened, or it belongs to another process.
            Err(_) => return Box::pin(std::future::ready(Ok(()))),
        }
        Box::pin(async move { reply.await.unwrap_or(Ok(())) })
    }
}

async fn begin(
    loan: Loan,
    options: TransactionOptions,
    caller: &Caller,
    tasks: Arc<Tasks>,
    active: Active,
) -> Result<Arc<dyn Transaction>> {
    let pooled = loan.taken(caller).await?;
    let text = begin_text(options);
    pooled.note(&text);
    pooled.enter();
    let Some(begun) = attended(&pooled, caller, pooled.command(&text)).await else {
        return Err(lost());
    };
    if begun.is_err() {
        pooled.left(&begun);
    }
    begun?;
    Ok(PostgresTransaction::start(pooled, tasks, active))
}

/// Ends everything and waits for it, but never for ever.
async fn close(core: &Core) -> Result<()> {
    let in_peace = core.tasks.idle_within(GRACE).await;
    core.tasks.set_stage(Stage::Closed);
    let ended = in_peace || core.tasks.idle_within(LIMIT).await;
    core.pool.close().await;
    if ended {
        return Ok(());
    }
    let message = "the database is closed to new work, but an operation on it did not stop in time";
    Err(Error::new(ErrorKind::Timeout, message))
}

impl Drop for PostgresDriver {
    fn drop(&mut self) {
        // Transactions and streams may outlive the driver: they end, and the pool closes with the last of them.
        self.core.tasks.set_stage(Stage::Closed);
    }
}
