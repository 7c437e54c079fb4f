//! `Watch`: a driver around the tested one that counts what is compiled and what is sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ommi_core::Result;
use ommi_core::driver::{
    BoxFuture, Capabilities, Driver, Executor, FetchOptions, Param, Params, PoolStats, Raw, RowStream,
    RowWrite, Statement, Transaction, TransactionOptions,
};
use ommi_core::plan::Plan;
use ommi_core::schema::{Change, ModelDef, SchemaDef, TableDef, TableInfo};
use ommi_core::value::{RowBatch, RowSink};
use parking_lot::Mutex;

/// The tested driver, watched.
pub(crate) struct Watch {
    driver: Arc<dyn Driver>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    sent: AtomicUsize,
    compiled: AtomicUsize,
    scripts: Mutex<Vec<String>>,
}

impl Counts {
    fn send(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    /// A call that may be declined sent something only when it was not.
    fn answered<T>(&self, outcome: Option<T>) -> Option<T> {
        if outcome.is_some() {
            self.send();
        }
        outcome
    }

    fn script(&self, statements: &[String]) {
        self.send();
        self.scripts.lock().extend_from_slice(statements);
    }
}

impl Watch {
    pub(crate) fn new(driver: Arc<dyn Driver>) -> Self {
        Self { driver, counts: Arc::default() }
    }

    /// How many calls were sent to the database.
    pub(crate) fn sent(&self) -> usize {
        self.counts.sent.load(Ordering::Relaxed)
    }

    /// How many plans were compiled.
    pub(crate) fn compiled(&self) -> usize {
        self.counts.compiled.load(Ordering::Relaxed)
    }

    /// The statements that changed the schema since the last call.
    pub(crate) fn scripts(&self) -> Vec<String> {
        std::mem::take(&mut self.counts.scripts.lock())
    }
}

/// The watched transaction.
struct Watched {
    transaction: Arc<dyn Transaction>,
    counts: Arc<Counts>,
}

macro_rules! watched_executor {
    ($type:ty, $inner:ident) => {
        impl Executor for $type {
            fn fetch_now(
                &self,
                statement: &Statement,
                params: &[Param],
                sink: &mut dyn RowSink,
            ) -> Option<Result<()>> {
                self.counts.answered(self.$inner.fetch_now(statement, params, sink))
            }

            fn write_now(&self, statement: &Statement, params: &[Param]) -> Option<Result<u64>> {
                self.counts.answered(self.$inner.write_now(statement, params))
            }

            fn fetch(&self, statement: Arc<Statement>, params: Params, options: FetchOptions) -> RowStream {
                self.counts.send();
                self.$inner.fetch(statement, params, options)
            }

            fn write(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<u64>> {
                self.counts.send();
                self.$inner.write(statement, params)
            }

            fn insert(&self, statement: Arc<Statement>, rows: RowBatch) -> BoxFuture<Result<Vec<i64>>> {
                self.counts.send();
                self.$inner.insert(statement, rows)
            }

            fn run_script(&self, statements: Vec<String>) -> BoxFuture<Result<()>> {
                self.counts.script(&statements);
                self.$inner.run_script(statements)
            }

            fn explain(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<Vec<String>>> {
                self.counts.send();
                self.$inner.explain(statement, params)
            }

            fn introspect(&self, tables: Vec<String>) -> BoxFuture<Result<Vec<TableInfo>>> {
                self.counts.send();
                self.$inner.introspect(tables)
            }
        }
    };
}

watched_executor!(Watch, driver);
watched_executor!(Watched, transaction);

impl Driver for Watch {
    fn name(&self) -> &'static str {
        self.driver.name()
    }

    fn location(&self) -> String {
        self.driver.location()
    }

    fn capabilities(&self) -> &Capabilities {
        self.driver.capabilities()
    }

    fn compile(&self, plan: &Plan) -> Result<Statement> {
        self.counts.compiled.fetch_add(1, Ordering::Relaxed);
        self.driver.compile(plan)
    }

    fn raw(&self, raw: &Raw) -> Result<Statement> {
        self.driver.raw(raw)
    }

    fn pool_stats(&self) -> Option<PoolStats> {
        self.driver.pool_stats()
    }

    fn connect(&self) -> BoxFuture<Result<()>> {
        self.driver.connect()
    }

    fn begin(&self, options: TransactionOptions) -> BoxFuture<Result<Arc<dyn Transaction>>> {
        self.counts.send();
        let (begun, counts) = (self.driver.begin(options), self.counts.clone());
        Box::pin(async move {
            let transaction = begun.await?;
            Ok(Arc::new(Watched { transaction, counts }) as Arc<dyn Transaction>)
        })
    }

    fn create_statements(&self, models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
        self.driver.create_statements(models)
    }

    fn drop_statements(&self, models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
        self.driver.drop_statements(models)
    }

    fn add_column_statements(&self, model: &Arc<ModelDef>, field: usize) -> Result<Vec<String>> {
        self.driver.add_column_statements(model, field)
    }

    fn describe(&self) -> BoxFuture<Result<SchemaDef>> {
        self.counts.send();
        self.driver.describe()
    }

    fn change_statements(&self, before: &SchemaDef, changes: &[Change]) -> Result<Vec<String>> {
        self.driver.change_statements(before, changes)
    }

    fn row_statement(&self, table: &TableDef, write: &RowWrite) -> Result<String> {
        self.driver.row_statement(table, write)
    }

    fn change_schema(&self, statements: Vec<String>) -> BoxFuture<Result<()>> {
        self.counts.script(&statements);
        self.driver.change_schema(statements)
    }

    fn close(&self) -> BoxFuture<Result<()>> {
        self.driver.close()
    }
}

impl Transaction for Watched {
    fn savepoint(&self, name: &str) -> BoxFuture<Result<()>> {
        self.counts.send();
        self.transaction.savepoint(name)
    }

    fn rollback_to(&self, name: &str) -> BoxFuture<Result<()>> {
        self.counts.send();
        self.transaction.rollback_to(name)
    }

    fn release(&self, name: &str) -> BoxFuture<Result<()>> {
        self.counts.send();
        self.transaction.release(name)
    }

    fn commit(&self) -> BoxFuture<Result<()>> {
        self.counts.send();
        self.transaction.commit()
    }

    fn rollback(&self) -> BoxFuture<Result<()>> {
        self.counts.send();
        self.transaction.rollback()
    }
}
