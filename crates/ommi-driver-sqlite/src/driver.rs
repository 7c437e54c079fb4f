//! `SqliteDriver`: one SQLite database behind Ommi's driver interface.

use std::sync::{Arc, Weak};
use std::time::Duration;

use ommi_core::driver::{
    BoxFuture, Capabilities, Driver, Executor, FetchOptions, Param, Params, PoolStats, Raw, RowStream,
    RowWrite, Statement, Transaction, TransactionOptions,
};
use ommi_core::plan::Plan;
use ommi_core::schema::{Change, ModelDef, SchemaDef, TableDef, TableInfo};
use ommi_core::value::{RowBatch, RowSink};
use ommi_core::{Error, ErrorKind, Result};
use ommi_sql::Dialect;
use ommi_sql::introspect::describe::describe;
use parking_lot::Mutex;

use crate::capability::capabilities;
use crate::change;
use crate::config::SqliteConfig;
use crate::connection::{Connection, Role};
use crate::cursor::Cursor;
use crate::error::{cancelled, closed};
use crate::feed::{Feed, Rows};
use crate::guard::Flag;
use crate::inline::Inline;
use crate::lane::{Job, Lane};
use crate::readers::{Readers, Task};
use crate::reply::{Sender, answer, ready, reply};
use crate::source::Source;
use crate::threads::Threads;
use crate::transaction::SqliteTransaction;
use crate::{execute, locks, schema, written};

/// How long closing waits for a write that is running before it is interrupted, and then for threads to end.
const GRACE: Duration = Duration::from_secs(2);
const LIMIT: Duration = Duration::from_secs(5);

/// A SQLite database. Nothing is opened before [`connect`](Driver::connect) or the first use.
///
/// One thread writes, others read; short reads run on the caller's thread. Dropping the driver closes it.
pub struct SqliteDriver {
    core: Arc<Core>,
}

struct Core {
    capabilities: Capabilities,
    source: Arc<Source>,
    threads: Arc<Threads>,
    writer: Arc<Lane>,
    readers: Arc<Readers>,
    inline: Arc<Inline>,
    /// The lanes of read-only transactions.
    snapshots: Mutex<Vec<Weak<Lane>>>,
    process: u32,
}

impl SqliteDriver {
    /// A driver for the database that `config` describes.
    ///
    /// # Errors
    /// `Validation` when the configuration asks for nothing that can be, as no readers.
    pub fn new(config: SqliteConfig) -> Result<Self> {
        config.check()?;
        locks::install();
        let capabilities = capabilities(&config);
        let source = Arc::new(Source::new(config));
        let threads = Arc::new(Threads::default());
        let writer = Lane::lasting("ommi-sqlite-writer", threads.clone(), opens(&source, Role::Writer));
        let (closing, open) = (source.readers_closing.clone(), opens(&source, Role::Reader));
        let readers = Readers::new(source.config(), threads.clone(), closing, open);
        let inline = Arc::new(Inline::new(source.clone()));
        let (snapshots, process) = (Mutex::new(Vec::new()), std::process::id());
        let core = Core { capabilities, source, threads, writer, readers, inline, snapshots, process };
        Ok(Self { core: Arc::new(core) })
    }

    /// Runs `work` on the writer's thread when its turn comes, unless it is cancelled before.
    fn write_with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> BoxFuture<Result<T>> {
        let (sender, outcome) = reply(closed);
        let cancel = Flag::default();
        match self.core.writer.submit(job(work, sender, cancel.clone())) {
            Ok(()) => Box::pin(outcome.or_cancel(cancel)),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }

    /// Runs `work` on a reading thread, unless it is cancelled before.
    fn read_with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> BoxFuture<Result<T>> {
        let (sender, outcome) = reply(closed);
        let cancel = Flag::default();
        self.core.readers.submit(Task::Job(job(work, sender, cancel.clone())));
        Box::pin(outcome.or_cancel(cancel))
    }
}

fn opens(source: &Arc<Source>, role: Role) -> crate::lane::Open {
    let source = source.clone();
    Box::new(move || source.open(role))
}

fn job<T: Send + 'static>(
    work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    sender: Sender<T>,
    cancel: Flag,
) -> Job {
    Box::new(move |connection| {
        answer(sender, || {
            let connection = connection?;
            if cancel.is_raised() {
                return Err(cancelled());
            }
            connection.guard.patient(Some(cancel));
            let outcome = work(connection);
            connection.roll_back();
            outcome
        })
    })
}

impl Executor for SqliteDriver {
    fn fetch_now(
        &self,
        statement: &Statement,
        params: &[Param],
        sink: &mut dyn RowSink,
    ) -> Option<Result<()>> {
        self.core.inline.read(statement, params, sink)
    }

    fn write_now(&self, _: &Statement, _: &[Param]) -> Option<Result<u64>> {
        // A write of its own ends with a commit, which waits for the disk.
        None
    }

    fn fetch(&self, statement: Arc<Statement>, params: Params, options: FetchOptions) -> RowStream {
        let feed = Arc::new(Feed::default());
        self.core.readers.submit(Task::Read(Cursor::new(statement, params, options, feed.clone())));
        Box::pin(Rows::new(feed))
    }

    fn write(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<u64>> {
        self.write_with(move |connection| execute::write(connection, &statement, &params))
    }

    fn insert(&self, statement: Arc<Statement>, rows: RowBatch) -> BoxFuture<Result<Vec<i64>>> {
        self.write_with(move |connection| execute::insert_all(connection, &statement, &rows))
    }

    fn run_script(&self, statements: Vec<String>) -> BoxFuture<Result<()>> {
        self.write_with(move |connection| execute::script(connection, &statements))
    }

    fn explain(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<Vec<String>>> {
        self.read_with(move |connection| execute::explain(connection, &statement, &params))
    }

    fn introspect(&self, tables: Vec<String>) -> BoxFuture<Result<Vec<TableInfo>>> {
        self.read_with(move |connection| schema::tables(connection, tables))
    }
}

impl Driver for SqliteDriver {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn location(&self) -> String {
        self.core.source.config().describe()
    }

    fn capabilities(&self) -> &Capabilities {
        &self.core.capabilities
    }

    fn compile(&self, plan: &Plan) -> Result<Statement> {
        written::compile(plan)
    }

    fn raw(&self, raw: &Raw) -> Result<Statement> {
        ommi_sql::raw(raw, Dialect::Sqlite)
    }

    fn pool_stats(&self) -> Option<PoolStats> {
        None
    }

    fn connect(&self) -> BoxFuture<Result<()>> {
        let inline = self.core.inline.clone();
        self.write_with(move |_| {
            inline.prepare();
            Ok(())
        })
    }

    fn begin(&self, options: TransactionOptions) -> BoxFuture<Result<Arc<dyn Transaction>>> {
        let lane = if options.read_only { self.core.snapshot() } else { self.core.writer.clone() };
        Box::pin(SqliteTransaction::begin(lane, options, self.core.source.config().inline_budget))
    }

    fn create_statements(&self, models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
        ommi_sql::create_statements(models, Dialect::Sqlite)
    }

    fn drop_statements(&self, models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
        ommi_sql::drop_statements(models, Dialect::Sqlite)
    }

    fn add_column_statements(&self, model: &Arc<ModelDef>, field: usize) -> Result<Vec<String>> {
        ommi_sql::add_column_statements(model, field, Dialect::Sqlite)
    }

    fn describe(&self) -> BoxFuture<Result<SchemaDef>> {
        let ask = |question| self.fetch(question, Params::new(), FetchOptions::default());
        describe(Dialect::Sqlite, ask)
    }

    fn change_statements(&self, before: &SchemaDef, changes: &[Change]) -> Result<Vec<String>> {
        ommi_sql::change_statements(before, changes, Dialect::Sqlite)
    }

    fn row_statement(&self, table: &TableDef, write: &RowWrite) -> Result<String> {
        ommi_sql::row_statement(table, write, Dialect::Sqlite)
    }

    fn change_schema(&self, statements: Vec<String>) -> BoxFuture<Result<()>> {
        let checked = self.core.capabilities.foreign_keys;
        self.write_with(move |connection| change::run(connection, &statements, checked))
    }

    fn close(&self) -> BoxFuture<Result<()>> {
        let (sender, outcome) = reply(closed);
        let core = self.core.clone();
        let closing = move || drop(sender.send(core.close()));
        // Closing waits for threads, so it has one of its own: whoever polls must not wait.
        match std::thread::Builder::new().name("ommi-sqlite-close".into()).spawn(closing) {
            Ok(_) => Box::pin(outcome),
            Err(_) => Box::pin(ready(self.core.close())),
        }
    }
}

impl Core {
    /// A lane for one read-only transaction, which closes it.
    fn snapshot(&self) -> Arc<Lane> {
        let open = opens(&self.source, Role::Reader);
        let lane = Lane::new("ommi-sqlite-snapshot", self.threads.clone(), open);
        let mut snapshots = self.snapshots.lock();
        snapshots.retain(|lane| lane.strong_count() > 0);
        snapshots.push(Arc::downgrade(&lane));
        if self.source.readers_closing.is_raised() {
            lane.close();
        }
        lane
    }

    /// Ends everything and waits for it, but never for ever.
    fn close(&self) -> Result<()> {
        if self.process != std::process::id() {
            // In a forked process there are no threads to end, and the connections belong to the other one.
            return Ok(());
        }
        let source = &self.source;
        source.readers_closing.raise();
        self.writer.close();
        self.snapshots.lock().drain(..).filter_map(|lane| lane.upgrade()).for_each(|lane| lane.close());
        self.readers.close();
        self.inline.close();
        let mut ended = self.threads.wait(GRACE);
        if !ended {
            source.writer_closing.raise();
            ended = self.threads.wait(LIMIT);
        }
        self.writer.release();
        source.close();
        if ended {
            return Ok(());
        }
        let message = "the database is closed to new work, but a thread of it did not stop in time";
        Err(Error::new(ErrorKind::Timeout, message))
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        // The error would only say that a thread takes longer; it ends by itself.
        let _ = self.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_executor::block_on;

    #[test]
    fn a_panic_in_a_worker_is_an_error_and_the_driver_goes_on() {
        let driver = SqliteDriver::new(SqliteConfig::memory()).unwrap();
        for _ in 0..6 {
            let error = block_on(driver.write_with(|_| -> Result<()> { panic!("on purpose") })).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Internal);
            let error = block_on(driver.read_with(|_| -> Result<()> { panic!("on purpose") })).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Internal);
        }
        let transaction = block_on(driver.begin(TransactionOptions::default())).unwrap();
        let panics = driver.write_with(|_| -> Result<()> { panic!("on purpose") });
        block_on(transaction.commit()).unwrap();
        assert!(block_on(panics).is_err());
        block_on(driver.run_script(vec!["CREATE TABLE t (x)".into()])).unwrap();
        block_on(driver.close()).unwrap();
    }
}
