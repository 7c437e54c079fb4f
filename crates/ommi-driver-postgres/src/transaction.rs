//! A transaction: an operation that owns its connection and does what it is told, one thing after the other, in the
//! order in which it was told. Whoever waits for an answer may stop waiting at any time; when nobody can tell it
//! anything any more, it rolls back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ommi_core::driver::{
    BoxFuture, Executor, FetchOptions, IsolationLevel, Param, Params, RowStream, Statement, Transaction,
    TransactionOptions,
};
use ommi_core::schema::TableInfo;
use ommi_core::value::{RowBatch, RowSink};
use ommi_core::{Error, Result};
use ommi_net::Pooled;

use crate::commands::Commands;
use crate::connection::Opener;
use crate::error::{closed, over};
use crate::paging::Pages;
use crate::session::{Command, Mark, Session};
use crate::task::{Active, Caller, Reply, Stage, Tasks, Waiting};

/// A transaction that has begun.
pub(crate) struct PostgresTransaction {
    commands: Commands,
    over: AtomicBool,
    tasks: Arc<Tasks>,
}

/// The text that begins a transaction of these options.
pub(crate) fn begin_text(options: TransactionOptions) -> String {
    let level = match options.isolation {
        IsolationLevel::ReadUncommitted | IsolationLevel::ReadCommitted => "READ COMMITTED",
        IsolationLevel::RepeatableRead => "REPEATABLE READ",
        IsolationLevel::Serializable => "SERIALIZABLE",
    };
    format!("BEGIN ISOLATION LEVEL {level}{}", if options.read_only { " READ ONLY" } else { "" })
}

impl PostgresTransaction {
    /// Takes over a connection on which a transaction was begun.
    pub(crate) fn start(pooled: Pooled<Opener>, tasks: Arc<Tasks>, active: Active) -> Arc<dyn Transaction> {
        let drive = pooled.drive.clone();
        let (commands, received) = Commands::new(drive.clone());
        let session = Session::new(pooled);
        let ending = tasks.clone();
        let serve = async move {
            let _active = active;
            session.serve(received, &ending).await;
        };
        drive.begin(serve, false);
        Arc::new(Self { commands, over: AtomicBool::new(false), tasks })
    }

    /// Tells the task something and gives what it will answer.
    fn ask<T: Send + 'static>(
        &self,
        command: impl FnOnce(tokio::sync::oneshot::Sender<Result<T>>, Caller) -> Command,
    ) -> Result<Reply<T>> {
        if self.over.load(Ordering::Acquire) {
            return Err(over());
        }
        self.tell(command)
    }

    fn tell<T: Send + 'static>(
        &self,
        command: impl FnOnce(tokio::sync::oneshot::Sender<Result<T>>, Caller) -> Command,
    ) -> Result<Reply<T>> {
        let (caller, waiting): (Caller, Waiting) = Caller::new(&self.tasks, Stage::Closing);
        let (sender, reply) = Reply::new(&self.tasks, Some(waiting));
        if self.commands.send(command(sender, caller)) { Ok(reply) } else { Err(self.refusal()) }
    }

    fn refusal(&self) -> Error {
        if self.tasks.stage() == Stage::Open { over() } else { closed() }
    }

    fn mark(&self, what: Mark, name: &str) -> BoxFuture<Result<()>> {
        answer(quoted(name).and_then(|name| self.ask(|reply, _| Command::Savepoint { what, name, reply })))
    }

    fn end(
        &self,
        command: impl FnOnce(tokio::sync::oneshot::Sender<Result<()>>) -> Command,
    ) -> BoxFuture<Result<()>> {
        if self.over.swap(true, Ordering::AcqRel) {
            return answer::<()>(Err(over()));
        }
        answer(self.tell(|reply, _| command(reply)))
    }
}

fn answer<T: Send + 'static>(reply: Result<Reply<T>>) -> BoxFuture<Result<T>> {
    match reply {
        Ok(reply) => Box::pin(reply),
        Err(error) => Box::pin(std::future::ready(Err(error))),
    }
}

/// A savepoint's name in SQL. The server cuts names after 63 bytes: a longer one stands for what it begins with and
/// a sum of all of it.
fn quoted(name: &str) -> Result<String> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    if name.is_empty() || name.contains('\0') {
        return Err(Error::validation("a savepoint's name is empty or holds a NUL character"));
    }
    let mut kept = name.to_owned();
    if name.len() > 63 {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        let end = (0..=46).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
        kept = format!("{}{:016x}", &name[..end], hasher.finish());
    }
    Ok(format!("\"{}\"", kept.replace('"', "\"\"")))
}

impl Executor for PostgresTransaction {
    fn fetch_now(&self, _: &Statement, _: &[Param], _: &mut dyn RowSink) -> Option<Result<()>> {
        None
    }

    fn write_now(&self, _: &Statement, _: &[Param]) -> Option<Result<u64>> {
        None
    }

    fn fetch(&self, statement: Arc<Statement>, params: Params, options: FetchOptions) -> RowStream {
        let rows = options.batch_rows.max(1);
        let first = self.ask(|reply, caller| Command::Fetch { statement, params, rows, reply, caller });
        Box::pin(Pages::new(first, rows, self.commands.clone(), self.tasks.clone()))
    }

    fn write(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<u64>> {
        answer(self.ask(|reply, caller| Command::Write { statement, params, reply, caller }))
    }

    fn insert(&self, statement: Arc<Statement>, rows: RowBatch) -> BoxFuture<Result<Vec<i64>>> {
        answer(self.ask(|reply, caller| Command::Insert { statement, rows, reply, caller }))
    }

    fn run_script(&self, statements: Vec<String>) -> BoxFuture<Result<()>> {
        answer(self.ask(|reply, caller| Command::Script { statements, reply, caller }))
    }

    fn explain(&self, statement: Arc<Statement>, params: Params) -> BoxFuture<Result<Vec<String>>> {
        answer(self.ask(|reply, caller| Command::Explain { statement, params, reply, caller }))
    }

    fn introspect(&self, tables: Vec<String>) -> BoxFuture<Result<Vec<TableInfo>>> {
        answer(self.ask(|reply, caller| Command::Introspect { tables, reply, caller }))
    }
}

impl Transaction for PostgresTransaction {
    fn savepoint(&self, name: &str) -> BoxFuture<Result<()>> {
        self.mark(Mark::Set, name)
    }

    fn rollback_to(&self, name: &str) -> BoxFuture<Result<()>> {
        self.mark(Mark::RollBackTo, name)
    }

    fn release(&self, name: &str) -> BoxFuture<Result<()>> {
        self.mark(Mark::Release, name)
    }

    fn commit(&self) -> BoxFuture<Result<()>> {
        self.end(|reply| Command::Commit { reply })
    }

    fn rollback(&self) -> BoxFuture<Result<()>> {
        self.end(|reply| Command::Rollback { reply })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_of_savepoints_stay_different() {
        let (one, other) = ("x".repeat(70), format!("{}y", "x".repeat(69)));
        assert_ne!(quoted(&one).unwrap(), quoted(&other).unwrap());
        assert!(quoted(&"é".repeat(60)).unwrap().len() <= 65);
        assert_eq!(quoted("a\"b").unwrap(), "\"a\"\"b\"");
        assert!(quoted("").is_err());
    }

    #[test]
    fn transactions_begin_as_asked() {
        let options = TransactionOptions { isolation: IsolationLevel::RepeatableRead, read_only: true };
        assert_eq!(begin_text(options), "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        assert_eq!(begin_text(TransactionOptions::default()), "BEGIN ISOLATION LEVEL READ COMMITTED");
    }
}
