//! The driver: statements, transactions and schema changes on pooled connections.

use std::sync::Arc;

use ommi_core::Result;
use ommi_core::driver::{
    BoxFuture, Capabilities, Driver, Executor, FetchOptions, Param, Params, PoolStats, Raw, RowStream,
    RowWrite, Statement, Transaction, TransactionOptions,
};
use ommi_core::plan::Plan;
use ommi_core::schema::{Change, ModelDef, SchemaDef, TableDef, TableInfo};
use ommi_core::value::{RowBatch, RowSink};
use ommi_sql::Dialect;
use ommi_sql::introspect::describe::describe;

use crate::capability::capabilities;
use crate::compiled::{MARIADB, compile};
use crate::config::MysqlConfig;
use crate::core::Core;
use crate::execute;
use crate::held::Held;
use crate::insert::{Frame, insert};
use crate::manager::Loan;
use crate::operation::{Flight, Operation};
use crate::script::Scripts;
use crate::stream::batches;
use crate::transaction::MysqlTransaction;

/// Ommi's driver for MySQL and MariaDB. Clones are the same driver; dropping the last one closes it.
#[derive(Clone)]
pub struct MysqlDriver {
    core: Arc<Core>,
    capabilities: Arc<Capabilities>,
    scripts: Arc<Scripts>,
}

impl MysqlDriver {
    /// A driver that connects when it is first used.
    ///
    /// # Errors
    /// `Validation` for options that cannot work.
    pub fn new(config: MysqlConfig) -> Result<Self> {
        let core = Arc::new(Core::new(config)?);
        Ok(Self { core, capabilities: Arc::new(capabilities()), scripts: Arc::default() })
    }

    /// Runs `work` on a connection of its own.
    fn run<T, W>(&self, purpose: &'static str, work: W) -> BoxFuture<Result<T>>
    where
        T: Send + 'static,
        W: for<'l> FnOnce(&'l mut Loan, &'l Flight) -> futures_util::future::BoxFuture<'l, Result<T>>
            + Send
            + 'static,
    {
        let operation = Operation::new(self.core.clone(), move |core, flight| async move {
            let mut loan = match core.loan(purpose).await {
                Ok(loan) => loan,
                Err(error) => return (None, Err(error)),
            };
            flight.begin(loan.id());
            let outcome = work(&mut loan, &flight).await;
            (Some(Held::Loan(loan)), outcome)
        });
        operation.outcome()
    }
}

impl std::fmt::Debug for MysqlDriver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MysqlDriver").field("location", &self.location()).finish_non_exhaustive()
    }
}

impl Executor for MysqlDriver {
    fn fetch_now(&self, _: &Statement, _: &[Param], _: &mut dyn RowSink) -> Option<Result<()>> {
        None
    }

    fn write_now(&self, _: &Statement, _: &[Param]) -> Option<Result<u64>> {
        None
    }

    fn fetch(&self, statement: Arc<Statement>, params: Params, options: FetchOptions) -> RowStream {
        Box::pin(batches(self.core.clone(), None, statement, params, options))
    }

    fn write(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<u64>> {
        self.run("write", move |loan, flight| {
            loan.note(&statement.text);
            Box::pin(async move { execute::write(loan, statement, &params, flight).await })
        })
    }

    fn insert(&self, statement: Arc<Statement>, rows: RowBatch) -> BoxFuture<Result<Vec<i64>>> {
        self.run("insert", move |loan, flight| {
            loan.note(&statement.text);
            Box::pin(async move { insert(loan, statement, &rows, Frame::Transaction, flight).await })
        })
    }

    fn run_script(&self, statements: Vec<String>) -> BoxFuture<Result<()>> {
        let scripts = self.scripts.clone();
        self.run("schema", move |loan, _| {
            Box::pin(async move {
                let statements = scripts.for_server(statements, loan.server().flavour);
                loan.note(statements.first().map_or("", String::as_str));
                execute::script(loan, &statements).await
            })
        })
    }

    fn explain(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<Vec<String>>> {
        self.run("explain", move |loan, _| {
            loan.note(&statement.text);
            Box::pin(async move { execute::explain(loan, statement, &params).await })
        })
    }

    fn introspect(&self, tables: Vec<String>) -> BoxFuture<Result<Vec<TableInfo>>> {
        self.run("schema", move |loan, _| Box::pin(async move { execute::introspect(loan, &tables).await }))
    }
}

impl Driver for MysqlDriver {
    fn name(&self) -> &'static str {
        "mysql"
    }

    fn location(&self) -> String {
        self.core.config().describe()
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn compile(&self, plan: &Plan) -> Result<Statement> {
        compile(plan, self.core.flavour())
    }

    fn raw(&self, raw: &Raw) -> Result<Statement> {
        ommi_sql::raw(raw, Dialect::Mysql(MARIADB))
    }

    fn pool_stats(&self) -> Option<PoolStats> {
        Some(self.core.pool().stats())
    }

    fn connect(&self) -> BoxFuture<Result<()>> {
        self.run("connect", |_, _| Box::pin(std::future::ready(Ok(()))))
    }

    fn begin(&self, options: TransactionOptions) -> BoxFuture<Result<Arc<dyn Transaction>>> {
        MysqlTransaction::begin(self.core.clone(), options)
    }

    fn create_statements(&self, models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
        self.scripts
            .text(self.core.flavour(), |flavour| ommi_sql::create_statements(models, Dialect::Mysql(flavour)))
    }

    fn drop_statements(&self, models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
        self.scripts
            .text(self.core.flavour(), |flavour| ommi_sql::drop_statements(models, Dialect::Mysql(flavour)))
    }

    fn add_column_statements(&self, model: &Arc<ModelDef>, field: usize) -> Result<Vec<String>> {
        self.scripts.text(self.core.flavour(), |flavour| {
            ommi_sql::add_column_statements(model, field, Dialect::Mysql(flavour))
        })
    }

    fn describe(&self) -> BoxFuture<Result<SchemaDef>> {
        let ask = |question| self.fetch(question, Params::new(), FetchOptions::default());
        describe(Dialect::Mysql(self.core.flavour().unwrap_or(MARIADB)), ask)
    }

    fn change_statements(&self, before: &SchemaDef, changes: &[Change]) -> Result<Vec<String>> {
        self.scripts.text(self.core.flavour(), |flavour| {
            ommi_sql::change_statements(before, changes, Dialect::Mysql(flavour))
        })
    }

    fn row_statement(&self, table: &TableDef, write: &RowWrite) -> Result<String> {
        let texts = self.scripts.text(self.core.flavour(), |flavour| {
            ommi_sql::row_statement(table, write, Dialect::Mysql(flavour)).map(|text| vec![text])
        })?;
        Ok(texts.concat())
    }

    fn close(&self) -> BoxFuture<Result<()>> {
        Box::pin(self.core.clone().close())
    }
}
