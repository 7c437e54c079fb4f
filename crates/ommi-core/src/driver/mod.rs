//! What a database must do for Ommi. A driver compiles plans, runs statements and reads and changes the
//! schema. It never wraps results, retries, logs or caches: the engine does that once for all of them.

mod capability;
mod options;
mod pool;
mod raw;
mod row_write;
mod statement;

use std::pin::Pin;
use std::sync::Arc;

use futures_core::Stream;

use crate::plan::Plan;
use crate::schema::{Change, ModelDef, SchemaDef, TableDef, TableInfo};
use crate::value::{RowBatch, RowSink};
use crate::{Error, Result};

pub use capability::{Capabilities, DecimalLimit, Declared, share_of_index};
pub use options::{FetchOptions, IsolationLevel, TransactionOptions};
pub use pool::{Holder, PoolOptions, PoolStats};
pub use raw::Raw;
pub use row_write::RowWrite;
pub use statement::{Bind, Param, Params, Statement, Transform};

/// A future that any executor may poll. Dropping it cancels the work and leaves the connection clean.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send + 'static>>;

/// Batches of rows in order. Dropping the stream stops the read.
pub type RowStream = Pin<Box<dyn Stream<Item = Result<RowBatch>> + Send + 'static>>;

/// Runs statements: outside of a transaction (a [`Driver`]) or inside one (a [`Transaction`]).
pub trait Executor: Send + Sync {
    /// Runs a read on the calling thread if that can be done at once and will be short.
    ///
    /// `None` means that the caller has to take the long way by [`fetch`](Self::fetch): nothing is left in
    /// `sink`. A driver that cannot do this always answers `None`.
    fn fetch_now(
        &self,
        statement: &Statement,
        params: &[Param],
        sink: &mut dyn RowSink,
    ) -> Option<Result<()>>;

    /// Runs a write of one row on the calling thread if that can be done at once and will be short: inside a
    /// transaction whose connection is idle. Gives the number of rows changed; `None` as for `fetch_now`.
    fn write_now(&self, statement: &Statement, params: &[Param]) -> Option<Result<u64>>;

    /// Reads rows in batches.
    fn fetch(&self, statement: Arc<Statement>, params: Params, options: FetchOptions) -> RowStream;

    /// Runs an update or a delete; gives the number of rows that it found.
    fn write(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<u64>>;

    /// Adds all rows or none. Gives the generated keys in the rows' order, or nothing where the statement
    /// returns no key.
    fn insert(&self, statement: Arc<Statement>, rows: RowBatch) -> BoxFuture<Result<Vec<i64>>>;

    /// Runs statements that take no parameters and return no rows, as schema changes are: all or none.
    fn run_script(&self, statements: Vec<String>) -> BoxFuture<Result<()>>;

    /// How the database would run a read, in its own words: one line each.
    fn explain(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<Vec<String>>>;

    /// The tables of these names that exist, in any order; those that a transaction made are seen inside it.
    fn introspect(&self, tables: Vec<String>) -> BoxFuture<Result<Vec<TableInfo>>>;
}

/// One database, opened.
pub trait Driver: Executor + 'static {
    /// The driver's name: `sqlite`.
    fn name(&self) -> &'static str;

    /// Where it is connected to, for people, without any credential.
    fn location(&self) -> String;

    /// What this database can do.
    fn capabilities(&self) -> &Capabilities;

    /// Compiles a plan for this database.
    ///
    /// # Errors
    /// `Unsupported` when the database cannot do what the plan asks.
    fn compile(&self, plan: &Plan) -> Result<Statement>;

    /// What is known of the connections; nothing where the database is not reached by any.
    fn pool_stats(&self) -> Option<PoolStats>;

    /// Opens the database if that has not been done: connects, or creates the file.
    fn connect(&self) -> BoxFuture<Result<()>>;

    /// Begins a transaction on a connection of its own.
    fn begin(&self, options: TransactionOptions) -> BoxFuture<Result<Arc<dyn Transaction>>>;

    /// Statements that create the models' tables and indexes, if missing, in the order given.
    fn create_statements(&self, models: &[Arc<ModelDef>]) -> Result<Vec<String>>;

    /// Statements that drop the models' tables, if present.
    fn drop_statements(&self, models: &[Arc<ModelDef>]) -> Result<Vec<String>>;

    /// Statements that add one column, by the field's position, to the model's table.
    fn add_column_statements(&self, model: &Arc<ModelDef>, field: usize) -> Result<Vec<String>>;

    /// The tables of the database as they are, whoever made them; of several schemas, those of the current one. The
    /// driver must be connected.
    fn describe(&self) -> BoxFuture<Result<SchemaDef>> {
        let error = no_migrations(self.name());
        Box::pin(std::future::ready(Err(error)))
    }

    /// Statements that make these changes, one after the other, to tables described as `before`. They count on what
    /// is there: run a second time, they fail.
    ///
    /// # Errors
    /// `Schema` when a change does not fit what is there, `Unsupported` when the database cannot make it.
    fn change_statements(&self, before: &SchemaDef, changes: &[Change]) -> Result<Vec<String>> {
        let (_, _) = (before, changes);
        Err(no_migrations(self.name()))
    }

    /// A statement without parameters that writes one row of a table of ours, to stand in a script.
    ///
    /// # Errors
    /// `Schema` for a column that the table does not have, `Validation` for a value that does not stand in it.
    fn row_statement(&self, table: &TableDef, write: &RowWrite) -> Result<String> {
        let (_, _) = (table, write);
        Err(no_migrations(self.name()))
    }

    /// Runs statements of [`change_statements`](Self::change_statements), all or none where schema changes can be
    /// rolled back.
    fn change_schema(&self, statements: Vec<String>) -> BoxFuture<Result<()>> {
        self.run_script(statements)
    }

    /// A statement in the database's own language, for [`fetch`](Executor::fetch) and [`write`](Executor::write). It is asked
    /// where [`raw_statements`](Capabilities::raw_statements) is declared.
    ///
    /// # Errors
    /// `Validation` for names and values that do not fit, `Unsupported` where there is no such language.
    fn raw(&self, raw: &Raw) -> Result<Statement> {
        let message = format!("the driver {} takes no statements of a program's own", self.name());
        Err(Error::unsupported(message).with_statement(&raw.text))
    }

    /// Ends all work and releases threads, connections and files. Later use is a `Closed` error.
    fn close(&self) -> BoxFuture<Result<()>>;
}

fn no_migrations(driver: &str) -> Error {
    Error::unsupported(format!("the driver {driver} describes and changes no schemas: it has no migrations"))
}

/// A transaction with its connection. Dropping it without [`commit`](Self::commit) rolls back. Its operations
/// run one at a time, in the order in which they were made.
pub trait Transaction: Executor + 'static {
    /// Marks a point to return to. Names need not differ: the latest one of a name counts.
    fn savepoint(&self, name: &str) -> BoxFuture<Result<()>>;

    /// Undoes everything since the savepoint, which stays.
    fn rollback_to(&self, name: &str) -> BoxFuture<Result<()>>;

    /// Forgets the savepoint and keeps what was done since.
    fn release(&self, name: &str) -> BoxFuture<Result<()>>;

    /// Makes everything permanent. The transaction is over whether this succeeds or not.
    fn commit(&self) -> BoxFuture<Result<()>>;

    /// Undoes everything. The transaction is over.
    fn rollback(&self) -> BoxFuture<Result<()>>;
}
