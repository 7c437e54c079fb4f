//! A driver from outside of Ommi's repository: the one in memory, with a log of what it is asked. A driver of a real
//! database has the same parts; `tests/behaviour.rs` runs Ommi's suite on it.

use std::sync::{Arc, Mutex, PoisonError};

use ommi_core::Result;
use ommi_core::driver::{
    BoxFuture, Capabilities, Driver, Executor, FetchOptions, Param, Params, PoolStats, RowStream, Statement,
    Transaction, TransactionOptions,
};
use ommi_core::plan::Plan;
use ommi_core::schema::{ModelDef, TableInfo};
use ommi_core::value::{RowBatch, RowSink};
use ommi_driver_memory::{MemoryConfig, MemoryDriver};

/// What was asked for, in order; clones share it.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<&'static str>>>);

impl Log {
    fn note(&self, what: &'static str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    /// Takes what was noted since the last call.
    pub fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A database in memory that keeps a log.
pub struct LogDriver {
    inner: MemoryDriver,
    log: Log,
}

impl LogDriver {
    /// An empty database.
    #[expect(clippy::new_without_default, reason = "two new databases are not the same one")]
    pub fn new() -> Self {
        Self { inner: MemoryDriver::new(MemoryConfig::default()), log: Log::default() }
    }

    /// The log.
    pub fn log(&self) -> Log {
        self.log.clone()
    }
}

/// A transaction that keeps the driver's log.
struct LogTransaction {
    inner: Arc<dyn Transaction>,
    log: Log,
}

/// Running statements is the same on a driver and on a transaction.
macro_rules! executor {
    ($type:ty) => {
        impl Executor for $type {
            fn fetch_now(
                &self,
                statement: &Statement,
                params: &[Param],
                sink: &mut dyn RowSink,
            ) -> Option<Result<()>> {
                self.log.note("fetch now");
                self.inner.fetch_now(statement, params, sink)
            }

            fn write_now(&self, statement: &Statement, params: &[Param]) -> Option<Result<u64>> {
                self.log.note("write now");
                self.inner.write_now(statement, params)
            }

            fn fetch(&self, statement: Arc<Statement>, params: Params, options: FetchOptions) -> RowStream {
                self.log.note("fetch");
                self.inner.fetch(statement, params, options)
            }

            fn write(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<u64>> {
                self.log.note("write");
                self.inner.write(statement, params)
            }

            fn insert(&self, statement: Arc<Statement>, rows: RowBatch) -> BoxFuture<Result<Vec<i64>>> {
                self.log.note("insert");
                self.inner.insert(statement, rows)
            }

            fn run_script(&self, statements: Vec<String>) -> BoxFuture<Result<()>> {
                self.log.note("script");
                self.inner.run_script(statements)
            }

            fn explain(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<Vec<String>>> {
                self.log.note("explain");
                self.inner.explain(statement, params)
            }

            fn introspect(&self, tables: Vec<String>) -> BoxFuture<Result<Vec<TableInfo>>> {
                self.log.note("introspect");
                self.inner.introspect(tables)
            }
        }
    };
}

executor!(LogDriver);
executor!(LogTransaction);

impl Driver for LogDriver {
    fn name(&self) -> &'static str {
        "log"
    }

    fn location(&self) -> String {
        self.inner.location()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    fn compile(&self, plan: &Plan) -> Result<Statement> {
        self.inner.compile(plan)
    }

    fn pool_stats(&self) -> Option<PoolStats> {
        self.inner.pool_stats()
    }

    fn connect(&self) -> BoxFuture<Result<()>> {
        self.log.note("connect");
        self.inner.connect()
    }

    fn begin(&self, options: TransactionOptions) -> BoxFuture<Result<Arc<dyn Transaction>>> {
        self.log.note("begin");
        let (beginning, log) = (self.inner.begin(options), self.log.clone());
        Box::pin(async move {
            let inner = beginning.await?;
            Ok(Arc::new(LogTransaction { inner, log }) as Arc<dyn Transaction>)
        })
    }

    fn create_statements(&self, models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
        self.inner.create_statements(models)
    }

    fn drop_statements(&self, models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
        self.inner.drop_statements(models)
    }

    fn add_column_statements(&self, model: &Arc<ModelDef>, field: usize) -> Result<Vec<String>> {
        self.inner.add_column_statements(model, field)
    }

    fn close(&self) -> BoxFuture<Result<()>> {
        self.log.note("close");
        self.inner.close()
    }
}

impl Transaction for LogTransaction {
    fn savepoint(&self, name: &str) -> BoxFuture<Result<()>> {
        self.log.note("savepoint");
        self.inner.savepoint(name)
    }

    fn rollback_to(&self, name: &str) -> BoxFuture<Result<()>> {
        self.log.note("rollback to");
        self.inner.rollback_to(name)
    }

    fn release(&self, name: &str) -> BoxFuture<Result<()>> {
        self.log.note("release");
        self.inner.release(name)
    }

    fn commit(&self) -> BoxFuture<Result<()>> {
        self.log.note("commit");
        self.inner.commit()
    }

    fn rollback(&self) -> BoxFuture<Result<()>> {
        self.log.note("rollback");
        self.inner.rollback()
    }
}
