//! `MemoryDriver`: a database in memory behind Ommi's driver interface.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ommi_core::Result;
use ommi_core::driver::{
    BoxFuture, Capabilities, Driver, Executor, FetchOptions, Param, Params, PoolStats, RowStream, Statement,
    Transaction, TransactionOptions,
};
use ommi_core::plan::Plan;
use ommi_core::schema::{ModelDef, TableInfo};
use ommi_core::value::{RowBatch, RowSink};
use parking_lot::Mutex;

use crate::capability::capabilities;
use crate::config::MemoryConfig;
use crate::data::State;
use crate::database::Database;
use crate::error::closed;
use crate::program::Program;
use crate::transaction::{MemoryTransaction, Open};
use crate::{execute, schema};

/// A database in memory. Dropping the last driver of a database drops its rows.
pub struct MemoryDriver {
    config: MemoryConfig,
    capabilities: Capabilities,
    core: Arc<Core>,
}

/// What outlives the driver in futures and streams.
struct Core {
    /// Nothing once it is closed.
    database: Mutex<Option<Arc<Database>>>,
    closed: Arc<AtomicBool>,
    /// The transactions that may be open.
    transactions: Mutex<Vec<std::sync::Weak<Mutex<Option<Open>>>>>,
}

impl MemoryDriver {
    /// A driver for the database that `config` tells of.
    pub fn new(config: MemoryConfig) -> Self {
        let core = Core {
            database: Mutex::new(Some(Database::of(&config))),
            closed: Arc::default(),
            transactions: Mutex::default(),
        };
        Self { config, capabilities: capabilities(), core: Arc::new(core) }
    }

    /// Runs `work` on what is committed when its turn comes, and commits what it makes of it.
    fn write_with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&State) -> Result<(State, T)> + Send + 'static,
    ) -> BoxFuture<Result<T>> {
        let core = self.core.clone();
        Box::pin(async move {
            let database = core.database()?;
            let turn = database.turn().await;
            // It may have been closed meanwhile.
            core.database()?;
            let (state, outcome) = work(&database.snapshot())?;
            database.commit(state, &turn);
            Ok(outcome)
        })
    }

    fn snapshot(&self) -> Result<State> {
        Ok(self.core.database()?.snapshot())
    }
}

impl Core {
    fn database(&self) -> Result<Arc<Database>> {
        self.database.lock().clone().ok_or_else(closed)
    }

    async fn begin(&self, options: TransactionOptions) -> Result<MemoryTransaction> {
        let database = self.database()?;
        let turn = if options.read_only { None } else { Some(database.turn().await) };
        let open = Arc::new(Mutex::new(Some(Open::new(database, turn))));
        let mut transactions = self.transactions.lock();
        // Whoever closes takes the database first and the transactions after it.
        self.database()?;
        transactions.retain(|known| known.strong_count() > 0);
        transactions.push(Arc::downgrade(&open));
        Ok(MemoryTransaction::new(open, self.closed.clone()))
    }

    fn close(&self) {
        self.closed.store(true, Ordering::Release);
        drop(self.database.lock().take());
        for transaction in self.transactions.lock().drain(..).filter_map(|known| known.upgrade()) {
            drop(transaction.lock().take());
        }
    }
}

impl Executor for MemoryDriver {
    fn fetch_now(
        &self,
        statement: &Statement,
        params: &[Param],
        sink: &mut dyn RowSink,
    ) -> Option<Result<()>> {
        execute::read_now(statement, params, sink, || self.snapshot())
    }

    fn write_now(&self, _: &Statement, _: &[Param]) -> Option<Result<u64>> {
        // A write waits for its turn.
        None
    }

    fn fetch(&self, statement: Arc<Statement>, params: Params, options: FetchOptions) -> RowStream {
        execute::rows(statement, params, options, self.snapshot(), self.core.closed.clone())
    }

    fn write(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<u64>> {
        self.write_with(move |state| execute::write(&statement, &params, state))
    }

    fn insert(&self, statement: Arc<Statement>, rows: RowBatch) -> BoxFuture<Result<Vec<i64>>> {
        self.write_with(move |state| execute::insert(&statement, &rows, state))
    }

    fn run_script(&self, statements: Vec<String>) -> BoxFuture<Result<()>> {
        self.write_with(move |state| Ok((schema::run(&statements, state)?, ())))
    }

    fn explain(&self, statement: Arc<Statement>, _: Params) -> BoxFuture<Result<Vec<String>>> {
        let state = self.snapshot();
        Box::pin(async move { Program::of(&statement)?.explain(&state?) })
    }

    fn introspect(&self, tables: Vec<String>) -> BoxFuture<Result<Vec<TableInfo>>> {
        let state = self.snapshot();
        Box::pin(async move { Ok(schema::tables(&state?, &tables)) })
    }
}

impl Driver for MemoryDriver {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn location(&self) -> String {
        self.config.describe()
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn compile(&self, plan: &Plan) -> Result<Statement> {
        Ok(Program::compile(plan))
    }

    fn pool_stats(&self) -> Option<PoolStats> {
        None
    }

    fn connect(&self) -> BoxFuture<Result<()>> {
        let open = self.core.database().map(drop);
        Box::pin(std::future::ready(open))
    }

    fn begin(&self, options: TransactionOptions) -> BoxFuture<Result<Arc<dyn Transaction>>> {
        let core = self.core.clone();
        Box::pin(async move { Ok(Arc::new(core.begin(options).await?) as Arc<dyn Transaction>) })
    }

    fn create_statements(&self, models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
        schema::create_statements(models)
    }

    fn drop_statements(&self, models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
        schema::drop_statements(models)
    }

    fn add_column_statements(&self, model: &Arc<ModelDef>, field: usize) -> Result<Vec<String>> {
        schema::add_column_statements(model, field)
    }

    fn close(&self) -> BoxFuture<Result<()>> {
        let core = self.core.clone();
        Box::pin(async move {
            core.close();
            Ok(())
        })
    }
}

impl Drop for MemoryDriver {
    fn drop(&mut self) {
        self.core.close();
    }
}

impl std::fmt::Debug for MemoryDriver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryDriver").field("config", &self.config).finish_non_exhaustive()
    }
}
