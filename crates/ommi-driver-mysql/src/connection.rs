//! One connection: its session, its prepared statements, and whether it is fit for other work.

use mysql_async::prelude::Queryable;
use mysql_async::{BinaryProtocol, Conn, QueryResult, Statement as Prepared, Value};
use ommi_core::Result;
use quick_cache::unsync::Cache;
use quick_cache::{DefaultHashBuilder, Lifecycle, UnitWeighter};

use crate::error::{is_fatal, lost, too_large, translated};
use crate::server::Server;

/// Names a prepared statement: that of a plan, and for inserts the number of rows.
pub(crate) type Key = (u64, usize);

/// What a value takes in a packet beside its bytes.
const PER_VALUE: usize = 3;

/// The result of a prepared statement, read row by row.
pub(crate) type Rows<'c> = QueryResult<'c, 'static, BinaryProtocol>;

/// A connection. Everything that it does leaves a mark, so that an operation that was given up half-way is noticed.
pub(crate) struct Connection {
    conn: Conn,
    server: Server,
    statements: Cache<Key, Prepared, UnitWeighter, DefaultHashBuilder, Evicted>,
    /// An answer, or a part of one, is still to come.
    is_busy: bool,
    /// It may not be used any more.
    is_broken: bool,
    /// A transaction was begun on it.
    in_transaction: bool,
}

/// Gives evicted statements back, so that they can be closed on the server.
#[derive(Debug, Clone, Copy)]
struct Evicted;

impl Lifecycle<Key, Prepared> for Evicted {
    type RequestState = Vec<Prepared>;

    fn on_evict(&self, evicted: &mut Vec<Prepared>, _: Key, statement: Prepared) {
        evicted.push(statement);
    }
}

impl Connection {
    /// A connection whose session was set up, which keeps so many prepared statements.
    pub(crate) fn new(conn: Conn, server: Server, statements: usize) -> Self {
        let weight = statements as u64;
        let statements =
            Cache::with(statements, weight, UnitWeighter, DefaultHashBuilder::default(), Evicted);
        Self { conn, server, statements, is_busy: false, is_broken: false, in_transaction: false }
    }

    /// The number by which the server knows the connection.
    pub(crate) fn id(&self) -> u32 {
        self.conn.id()
    }

    /// What is known of the server.
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// Whether it is connected as far as is known, idle, and outside of a transaction.
    pub(crate) fn is_clean(&self) -> bool {
        self.is_usable() && !self.in_transaction
    }

    /// Whether it is connected as far as is known, and idle.
    pub(crate) fn is_usable(&self) -> bool {
        !self.is_busy && !self.is_broken && !self.conn.is_disconnected()
    }

    /// Whether a transaction was noted to be open.
    pub(crate) fn is_in_transaction(&self) -> bool {
        self.in_transaction
    }

    /// Notes that a transaction has begun, or that it is over.
    pub(crate) fn set_in_transaction(&mut self, in_transaction: bool) {
        self.in_transaction = in_transaction;
    }

    /// The rows changed by the latest statement, or found where an update changed nothing in them.
    pub(crate) fn affected_rows(&self) -> u64 {
        self.conn.affected_rows()
    }

    /// The first key that the latest statement generated.
    pub(crate) fn last_insert_id(&self) -> u64 {
        self.conn.last_insert_id().unwrap_or(0)
    }

    /// Runs statements of one text, without parameters; rows are thrown away.
    pub(crate) async fn command(&mut self, text: &str) -> Result<()> {
        self.begin_work()?;
        let outcome = self.conn.query_drop(text).await;
        self.end_work(outcome)
    }

    /// Runs one or several statements of one text, without parameters; gives the rows of all of them.
    pub(crate) async fn query(&mut self, text: &str) -> Result<Vec<mysql_async::Row>> {
        self.begin_work()?;
        let outcome = all_rows(&mut self.conn, text).await;
        self.end_work(outcome)
    }

    /// Runs a prepared statement that returns no rows.
    pub(crate) async fn execute(&mut self, key: Key, text: &str, values: Vec<Value>) -> Result<()> {
        self.start(key, text, values).await?;
        let outcome = self.rows().drop_result().await;
        self.end_work(outcome)
    }

    /// Runs a prepared statement. Its rows are to be read until there are no more.
    pub(crate) async fn start(&mut self, key: Key, text: &str, values: Vec<Value>) -> Result<()> {
        // A server that gets more than that says nothing and hangs up.
        let size: usize = values.iter().map(|value| value.bin_len() as usize + PER_VALUE).sum();
        if size + text.len() > self.server.max_packet {
            return Err(too_large(self.server.max_packet));
        }
        self.begin_work()?;
        let outcome = self.try_start(key, text, values).await;
        if outcome.is_err() { self.end_work(outcome) } else { Ok(()) }
    }

    async fn try_start(&mut self, key: Key, text: &str, values: Vec<Value>) -> mysql_async::Result<()> {
        let statement = match self.statements.get(&key) {
            Some(statement) => statement.clone(),
            None => self.prepare(key, text).await?,
        };
        self.conn.exec_iter(&statement, values).await.map(drop)
    }

    async fn prepare(&mut self, key: Key, text: &str) -> mysql_async::Result<Prepared> {
        let statement = self.conn.prep(text).await?;
        let mut evicted = Vec::new();
        self.statements.insert_with_lifecycle(key, statement.clone(), &mut evicted);
        for old in evicted {
            // One that the cache does not take at all comes back at once, and is still needed.
            if old.id() != statement.id() {
                self.conn.close(old).await?;
            }
        }
        Ok(statement)
    }

    /// The result of the statement that was started.
    pub(crate) fn rows(&mut self) -> Rows<'_> {
        QueryResult::new(&mut self.conn)
    }

    /// Ends reading: nothing more is to come, or something went wrong.
    pub(crate) fn end_work<T>(&mut self, outcome: mysql_async::Result<T>) -> Result<T> {
        match outcome {
            Ok(value) => {
                self.is_busy = false;
                Ok(value)
            }
            Err(error) => {
                self.is_busy = false;
                self.is_broken |= is_fatal(&error);
                Err(translated(error))
            }
        }
    }

    /// Asks the server whether it still answers.
    pub(crate) async fn ping(&mut self) -> Result<()> {
        self.begin_work()?;
        let outcome = self.conn.ping().await;
        self.end_work(outcome)
    }

    /// Makes sure that nothing of an operation that was stopped is left: neither rows to be read nor an order to stop
    /// that came too late and would hit the next statement.
    pub(crate) async fn settle(&mut self) -> Result<()> {
        // Whatever the stopped statement says is of no interest.
        self.drain().await;
        for _ in 0..3 {
            if self.command("DO 0").await.is_ok() {
                return Ok(());
            }
        }
        self.is_broken = true;
        Err(lost("it could not be brought to rest"))
    }

    /// Whether an answer, or a part of one, is still to come.
    pub(crate) fn is_reading(&self) -> bool {
        self.is_busy && !self.is_broken
    }

    /// Reads what is still to come, and forgets it.
    pub(crate) async fn drain(&mut self) {
        if self.is_reading() {
            let outcome = self.rows().drop_result().await;
            // Where that fails the connection knows that it is broken.
            let _ = self.end_work(outcome);
        }
    }

    /// Makes it useless, so that it is closed instead of used again.
    pub(crate) fn give_up(&mut self) {
        self.is_broken = true;
    }

    /// Closes the connection: says good-bye where the server listens for that.
    pub(crate) async fn close(self) {
        if self.is_usable() {
            // Where the good-bye fails the connection is closed all the same.
            let _ = self.conn.disconnect().await;
        } else {
            self.sever();
        }
    }

    /// Closes the connection at once. mysql_async would read a result to its end first, if it found a runtime to do
    /// it on: there is none on a thread of its own.
    pub(crate) fn sever(self) {
        let conn = self.conn;
        if conn.is_disconnected() {
            return;
        }
        let severed = std::thread::Builder::new().name("ommi-mysql-close".into()).spawn(move || drop(conn));
        // Without a thread it was dropped right here, by the closure.
        drop(severed);
    }

    fn begin_work(&mut self) -> Result<()> {
        if !self.is_usable() {
            self.is_broken = true;
            return Err(lost("it was given up in the middle of an operation"));
        }
        self.is_busy = true;
        Ok(())
    }
}

/// The rows of all results of a text.
pub(crate) async fn all_rows(conn: &mut Conn, text: &str) -> mysql_async::Result<Vec<mysql_async::Row>> {
    let mut result = conn.query_iter(text).await?;
    let mut rows = Vec::new();
    loop {
        rows.extend(result.collect::<mysql_async::Row>().await?);
        if result.is_empty() {
            return Ok(rows);
        }
    }
}
