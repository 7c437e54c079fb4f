//! The driver: statements, transactions and schema changes in sessions of a client.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture as LocalFuture;
use ommi_core::Result;
use ommi_core::driver::{
    BoxFuture, Capabilities, Driver, Executor, FetchOptions, Param, Params, PoolStats, RowStream, Statement,
    Transaction, TransactionOptions,
};
use ommi_core::plan::Plan;
use ommi_core::schema::{ModelDef, TableInfo};
use ommi_core::value::{RowBatch, RowSink};

use crate::capability::capabilities;
use crate::command::{Commands, Place};
use crate::compile::compile;
use crate::config::MongodbConfig;
use crate::explain::explain;
use crate::hub::Hub;
use crate::insert::insert;
use crate::schema;
use crate::stream::batches;
use crate::task::{Held, Operation};
use crate::transaction::MongodbTransaction;
use crate::write::write;

/// Ommi's driver for MongoDB. Clones are the same driver.
#[derive(Clone)]
pub struct MongodbDriver {
    hub: Arc<Hub>,
    capabilities: Arc<Capabilities>,
}

impl MongodbDriver {
    /// A driver that connects when it is first used.
    ///
    /// # Errors
    /// `Validation` for options that cannot work.
    pub fn new(config: MongodbConfig) -> Result<Self> {
        Ok(Self { hub: Arc::new(Hub::new(config)?), capabilities: Arc::new(capabilities()) })
    }

    /// Runs `work` in a session of its own.
    fn run<T, W>(&self, purpose: &'static str, work: W) -> BoxFuture<Result<T>>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut Commands<'_>) -> LocalFuture<'c, Result<T>> + Send + 'static,
    {
        let operation = Operation::new(self.hub.clone(), move |hub, flight| async move {
            let mut own = match hub.own(purpose).await {
                Ok(own) => own,
                Err(error) => return (None, Err(error)),
            };
            flight.begin(own.id());
            let mut commands = Commands::new(&hub, &mut own, &flight, Place::Alone);
            let outcome = work(&mut commands).await;
            (Some(Held::Own(own)), outcome)
        });
        operation.outcome()
    }
}

impl std::fmt::Debug for MongodbDriver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MongodbDriver").field("location", &self.location()).finish_non_exhaustive()
    }
}

impl Executor for MongodbDriver {
    fn fetch_now(&self, _: &Statement, _: &[Param], _: &mut dyn RowSink) -> Option<Result<()>> {
        None
    }

    fn write_now(&self, _: &Statement, _: &[Param]) -> Option<Result<u64>> {
        None
    }

    fn fetch(&self, statement: Arc<Statement>, params: Params, options: FetchOptions) -> RowStream {
        Box::pin(batches(self.hub.clone(), None, statement, params, options))
    }

    fn write(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<u64>> {
        self.run("write", move |commands| write(commands, statement, params).boxed())
    }

    fn insert(&self, statement: Arc<Statement>, rows: RowBatch) -> BoxFuture<Result<Vec<i64>>> {
        self.run("insert", move |commands| insert(commands, statement, rows).boxed())
    }

    fn run_script(&self, statements: Vec<String>) -> BoxFuture<Result<()>> {
        self.run("schema", move |commands| {
            let hub = commands.hub();
            async move { schema::run_script(hub, &statements).await }.boxed()
        })
    }

    fn explain(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<Vec<String>>> {
        self.run("explain", move |commands| {
            let hub = commands.hub();
            async move { explain(hub, &statement, &params).await }.boxed()
        })
    }

    fn introspect(&self, tables: Vec<String>) -> BoxFuture<Result<Vec<TableInfo>>> {
        self.run("schema", move |commands| {
            let hub = commands.hub();
            async move { schema::introspect(hub, &tables).await }.boxed()
        })
    }
}

impl Driver for MongodbDriver {
    fn name(&self) -> &'static str {
        "mongodb"
    }

    fn location(&self) -> String {
        self.hub.config().describe()
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn compile(&self, plan: &Plan) -> Result<Statement> {
        compile(plan)
    }

    fn pool_stats(&self) -> Option<PoolStats> {
        Some(self.hub.stats())
    }

    fn connect(&self) -> BoxFuture<Result<()>> {
        self.run("connect", |commands| {
            let hub = commands.hub();
            async move { hub.database().await.map(drop) }.boxed()
        })
    }

    fn begin(&self, options: TransactionOptions) -> BoxFuture<Result<Arc<dyn Transaction>>> {
        MongodbTransaction::begin(self.hub.clone(), options)
    }

    fn create_statements(&self, models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
        schema::create_statements(self.hub.config().database.as_deref().unwrap_or_default(), models)
    }

    fn drop_statements(&self, models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
        schema::drop_statements(models)
    }

    fn add_column_statements(&self, model: &Arc<ModelDef>, field: usize) -> Result<Vec<String>> {
        schema::add_column_statements(model, field)
    }

    fn close(&self) -> BoxFuture<Result<()>> {
        Box::pin(self.hub.clone().close())
    }
}
