//! A driver that records what it is told, keeps no rows, and answers every read with one row holding 1.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::stream;
use ommi_core::driver::{
    BoxFuture, Capabilities, Driver, Executor, FetchOptions, IsolationLevel, Param, Params, PoolStats,
    RowStream, Statement, Transaction, TransactionOptions,
};
use ommi_core::plan::Plan;
use ommi_core::schema::{ColumnInfo, ModelDef, TableInfo};
use ommi_core::value::{Cell, RowBatch, RowSink};
use ommi_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;

/// What all parts of the fake share.
#[derive(Default)]
struct State {
    log: Mutex<Vec<String>>,
    tables: Mutex<Vec<TableInfo>>,
    /// What a `create` of a table makes.
    creatable: Mutex<Vec<TableInfo>>,
    savepoints: Mutex<Vec<String>>,
    /// The most connections, where it says so.
    connections: Mutex<Option<usize>>,
    /// What becomes of the next writes, commits and beginnings.
    answers: Mutex<VecDeque<Answer>>,
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// All is well.
    Done,
    /// It fails by an error of this kind.
    Fail(ErrorKind),
    /// It never ends by itself.
    Hang,
}

pub(crate) struct Fake {
    state: Arc<State>,
    capabilities: Capabilities,
    in_transaction: bool,
}

/// A table as a model would make it.
pub(crate) fn table(model: &ModelDef) -> TableInfo {
    let column = |(position, field): (usize, &ommi_core::schema::FieldDef)| ColumnInfo {
        name: field.column.clone(),
        declared: field.ty.to_string(),
        fits: vec![field.ty.clone()],
        nullable: field.nullable,
        key: model.key().iter().position(|key| *key == position),
        has_default: field.auto || field.default.is_some(),
        sampled: false,
    };
    TableInfo {
        name: model.table().to_owned(),
        columns: model.fields().iter().enumerate().map(column).collect(),
    }
}

impl Fake {
    pub(crate) fn new() -> Arc<Self> {
        Self::with(Self::capable())
    }

    /// A database that can do what is declared.
    pub(crate) fn with(capabilities: Capabilities) -> Arc<Self> {
        Arc::new(Self { state: Arc::default(), capabilities, in_transaction: false })
    }

    /// What the usual one can do.
    pub(crate) fn capable() -> Capabilities {
        Capabilities {
            savepoints: true,
            isolation: vec![IsolationLevel::Serializable],
            concurrent_writers: false,
            statement_rollback: true,
            row_waits: true,
            transactional_schema: true,
            fixed_columns: true,
            foreign_keys: true,
            references_at_statement_end: true,
            cascades_before_checks: true,
            unique_at_statement_end: true,
            own_references_follow: true,
            conditions_in_order: false,
            float_nan: false,
            float_infinity: true,
            float_remainder: true,
            decimal_limit: None,
            decimal_digits: None,
            timestamp_microseconds: true,
            bytes_order: true,
            indexed_length: None,
            indexed_bytes: None,
            row_locks: false,
            lock_without_waiting: false,
            raw_statements: false,
            schema_changes: false,
        }
    }

    /// Says that there are at most so many connections.
    pub(crate) fn has_connections(&self, max: usize) {
        *self.state.connections.lock() = Some(max);
    }

    /// What becomes of the next calls.
    pub(crate) fn answer(&self, answers: impl IntoIterator<Item = Answer>) {
        self.state.answers.lock().extend(answers);
    }

    /// The outcome of a call that was noted, as it was arranged.
    fn arranged<T: Send + 'static>(&self, what: &'static str, value: T) -> BoxFuture<Result<T>> {
        match self.state.answers.lock().pop_front() {
            None | Some(Answer::Done) => ready(Ok(value)),
            Some(Answer::Fail(kind)) => ready(Err(Error::new(kind, "arranged"))),
            Some(Answer::Hang) => {
                let cancelled = Cancelled { state: self.state.clone(), what };
                Box::pin(async move {
                    let _cancelled = cancelled;
                    std::future::pending().await
                })
            }
        }
    }

    /// What it was told since the last call.
    pub(crate) fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.state.log.lock())
    }

    /// Puts a table there.
    pub(crate) fn add_table(&self, table: TableInfo) {
        self.state.tables.lock().push(table);
    }

    fn note(&self, what: &str) {
        let place = if self.in_transaction { "tx " } else { "" };
        self.state.log.lock().push(format!("{place}{what}"));
    }

    fn run(&self, statement: &str) {
        self.note(statement);
        let mut tables = self.state.tables.lock();
        match statement.split_once(' ') {
            Some(("create", name)) if tables.iter().all(|table| table.name != name) => {
                tables.extend(self.state.creatable.lock().iter().find(|table| table.name == name).cloned());
            }
            Some(("drop", name)) => tables.retain(|table| table.name != name),
            _other => {}
        }
    }

    fn savepoint(&self, what: &str, name: &str) -> Result<()> {
        self.note(&format!("{what} {name}"));
        let mut savepoints = self.state.savepoints.lock();
        if what == "savepoint" {
            savepoints.push(name.to_owned());
            return Ok(());
        }
        let Some(position) = savepoints.iter().rposition(|known| known == name) else {
            return Err(Error::new(ErrorKind::Transaction, format!("no such savepoint: {name}")));
        };
        savepoints.truncate(if what == "release" { position } else { position + 1 });
        Ok(())
    }
}

/// Notes that a call was dropped.
struct Cancelled {
    state: Arc<State>,
    what: &'static str,
}

impl Drop for Cancelled {
    fn drop(&mut self) {
        self.state.log.lock().push(format!("cancelled {}", self.what));
    }
}

fn ready<T: Send + 'static>(outcome: Result<T>) -> BoxFuture<Result<T>> {
    Box::pin(async move { outcome })
}

impl Executor for Fake {
    fn fetch_now(
        &self,
        statement: &Statement,
        params: &[Param],
        sink: &mut dyn RowSink,
    ) -> Option<Result<()>> {
        self.note(&format!("fetch_now {} {params:?}", statement.text));
        Some(sink.row(&[Cell::Int(1)]))
    }

    fn write_now(&self, statement: &Statement, params: &[Param]) -> Option<Result<u64>> {
        self.note(&format!("write_now {} {params:?}", statement.text));
        if !self.in_transaction {
            return None;
        }
        match self.state.answers.lock().pop_front() {
            None | Some(Answer::Done) => Some(Ok(1)),
            Some(Answer::Fail(kind)) => Some(Err(Error::new(kind, "arranged"))),
            Some(Answer::Hang) => None,
        }
    }

    fn fetch(&self, statement: Arc<Statement>, params: Params, _options: FetchOptions) -> RowStream {
        self.note(&format!("fetch {} {params:?}", statement.text));
        let mut batch = RowBatch::with_capacity(1, 1);
        batch.push_row(&[Cell::Int(1)]);
        Box::pin(stream::iter([Ok(batch)]))
    }

    fn write(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<u64>> {
        self.note(&format!("write {} {params:?}", statement.text));
        self.arranged("write", 1)
    }

    fn insert(&self, statement: Arc<Statement>, rows: RowBatch) -> BoxFuture<Result<Vec<i64>>> {
        self.note(&format!("insert {} {}", statement.text, rows.len()));
        ready(Ok((1..=rows.len() as i64).collect()))
    }

    fn run_script(&self, statements: Vec<String>) -> BoxFuture<Result<()>> {
        statements.iter().for_each(|statement| self.run(statement));
        ready(Ok(()))
    }

    fn explain(&self, statement: Arc<Statement>, _params: Params) -> BoxFuture<Result<Vec<String>>> {
        ready(Ok(vec![statement.text.clone()]))
    }

    fn introspect(&self, names: Vec<String>) -> BoxFuture<Result<Vec<TableInfo>>> {
        self.note("introspect");
        let state = self.state.clone();
        // Answers on the second poll, so that others get a turn meanwhile.
        let mut asked = false;
        Box::pin(std::future::poll_fn(move |context| {
            if !asked {
                asked = true;
                context.waker().wake_by_ref();
                return std::task::Poll::Pending;
            }
            let tables = state.tables.lock();
            std::task::Poll::Ready(Ok(tables
                .iter()
                .filter(|table| names.contains(&table.name))
                .cloned()
                .collect()))
        }))
    }
}

impl Driver for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn location(&self) -> String {
        "nowhere".into()
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn compile(&self, plan: &Plan) -> Result<Statement> {
        let mut statement = Statement::new(format!("[{}]", plan.model().name()), plan.reach);
        statement.returns_key = plan.model().generated_key().is_some();
        self.state.log.lock().push(format!("compile {}", plan.model().name()));
        Ok(statement)
    }

    fn pool_stats(&self) -> Option<PoolStats> {
        self.state.connections.lock().map(|max| PoolStats { max, ..PoolStats::default() })
    }

    fn connect(&self) -> BoxFuture<Result<()>> {
        ready(Ok(()))
    }

    fn begin(&self, options: TransactionOptions) -> BoxFuture<Result<Arc<dyn Transaction>>> {
        self.note(&format!("begin {:?}", options.isolation));
        let transaction =
            Self { state: self.state.clone(), capabilities: self.capabilities.clone(), in_transaction: true };
        self.arranged("begin", Arc::new(transaction))
    }

    fn create_statements(&self, models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
        self.state.creatable.lock().extend(models.iter().map(|model| table(model)));
        Ok(models.iter().map(|model| format!("create {}", model.table())).collect())
    }

    fn drop_statements(&self, models: &[Arc<ModelDef>]) -> Result<Vec<String>> {
        Ok(models.iter().map(|model| format!("drop {}", model.table())).collect())
    }

    fn add_column_statements(&self, model: &Arc<ModelDef>, field: usize) -> Result<Vec<String>> {
        Ok(vec![format!("add {}.{}", model.table(), model.fields()[field].column)])
    }

    fn close(&self) -> BoxFuture<Result<()>> {
        self.note("close");
        ready(Ok(()))
    }
}

impl Transaction for Fake {
    fn savepoint(&self, name: &str) -> BoxFuture<Result<()>> {
        ready(self.savepoint("savepoint", name))
    }

    fn rollback_to(&self, name: &str) -> BoxFuture<Result<()>> {
        ready(self.savepoint("rollback to", name))
    }

    fn release(&self, name: &str) -> BoxFuture<Result<()>> {
        ready(self.savepoint("release", name))
    }

    fn commit(&self) -> BoxFuture<Result<()>> {
        self.note("commit");
        self.arranged("commit", ())
    }

    fn rollback(&self) -> BoxFuture<Result<()>> {
        self.note("rollback");
        ready(Ok(()))
    }
}
