//! What a transaction's task does: one command after the other on its connection, each that can fail behind a
//! savepoint of its own, so that it undoes itself alone.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use ommi_core::driver::{Params, Statement};
use ommi_core::plan::Reach;
use ommi_core::schema::TableInfo;
use ommi_core::value::RowBatch;
use ommi_core::{Error, ErrorKind, Result};
use ommi_net::Pooled;
use tokio::sync::{mpsc, oneshot};

use crate::attend::attended_in_transaction;
use crate::connection::Opener;
use crate::error::{self, given_up, outcome_unknown};
use crate::execute::{self, Within};
use crate::guard::{Attempt, Guard};
use crate::paging::{self, Cursors, Page};
use crate::statement::Part;
use crate::task::{Caller, Stage, Tasks};
use crate::{insert, schema};

type Answer<T> = oneshot::Sender<Result<T>>;

/// What a transaction is told to do.
pub(crate) enum Command {
    Fetch {
        statement: Arc<Statement>,
        params: Params,
        rows: usize,
        reply: Answer<Page>,
        caller: Caller,
    },
    /// The next page of a cursor.
    Next {
        cursor: u32,
        rows: usize,
        reply: Answer<Page>,
        caller: Caller,
    },
    /// Nobody wants the rest of a cursor.
    Close {
        cursor: u32,
    },
    Write {
        statement: Arc<Statement>,
        params: Params,
        reply: Answer<u64>,
        caller: Caller,
    },
    Insert {
        statement: Arc<Statement>,
        rows: RowBatch,
        reply: Answer<Vec<i64>>,
        caller: Caller,
    },
    Script {
        statements: Vec<String>,
        reply: Answer<()>,
        caller: Caller,
    },
    Explain {
        statement: Arc<Statement>,
        params: Params,
        reply: Answer<Vec<String>>,
        caller: Caller,
    },
    Introspect {
        tables: Vec<String>,
        reply: Answer<Vec<TableInfo>>,
        caller: Caller,
    },
    Savepoint {
        what: Mark,
        name: String,
        reply: Answer<()>,
    },
    Commit {
        reply: Answer<()>,
    },
    Rollback {
        reply: Answer<()>,
    },
}

/// What is done with a savepoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Set,
    RollBackTo,
    Release,
}

/// A transaction's connection, and how it stands.
pub(crate) struct Session {
    pooled: Pooled<Opener>,
    cursors: Cursors,
    /// The quoted names of the savepoints, oldest first.
    savepoints: Vec<String>,
    guard: Guard,
    /// Why nothing can be done but to roll back.
    failed: OnceLock<(ErrorKind, String)>,
}

/// Whether the transaction goes on.
enum Next {
    GoesOn,
    IsOver { reply: Answer<()>, outcome: Result<()> },
}

impl Session {
    pub(crate) fn new(pooled: Pooled<Opener>) -> Self {
        Self {
            pooled,
            cursors: Cursors::default(),
            savepoints: Vec::new(),
            guard: Guard::default(),
            failed: OnceLock::new(),
        }
    }

    /// Does what it is told until the transaction is over, nobody can tell it anything any more, or the driver is
    /// closed.
    pub(crate) async fn serve(mut self, mut commands: mpsc::UnboundedReceiver<Command>, tasks: &Tasks) {
        loop {
            let command = tokio::select! {
                biased;
                command = commands.recv() => command,
                () = tasks.reached(Stage::Closing) => None,
            };
            match command {
                Some(command) => {
                    if let Next::IsOver { reply, outcome } = self.obey(command).await {
                        // Whoever hears of the end finds the connection back in the pool.
                        drop(self);
                        drop(reply.send(outcome));
                        return;
                    }
                }
                None => {
                    commands.close();
                    drop(self.end("ROLLBACK").await);
                    return;
                }
            }
        }
    }

    async fn obey(&mut self, command: Command) -> Next {
        match command {
            Command::Fetch { statement, params, rows, reply, caller } => {
                let outcome = self.fetch(&statement, params, rows, &caller).await;
                self.answer_page(reply, outcome);
            }
            Command::Next { cursor, rows, reply, caller } => {
                let outcome = self.next_page(cursor, rows, &caller).await;
                self.answer_page(reply, outcome);
            }
            Command::Close { cursor } => self.cursors.close(&self.pooled, cursor),
            Command::Write { statement, params, reply, caller } => {
                self.pooled.note(&statement.text);
                let work = execute::write(&self.pooled, &statement, &params, Within::Transaction);
                drop(reply.send(self.guarded(&caller, work).await));
            }
            Command::Insert { statement, rows, reply, caller } => {
                self.pooled.note(&statement.text);
                let work = insert::insert(&self.pooled, &statement, &rows, Within::Transaction);
                drop(reply.send(self.guarded(&caller, work).await));
            }
            Command::Script { statements, reply, caller } => {
                let work = execute::script(&self.pooled, &statements, Within::Transaction);
                drop(reply.send(self.guarded(&caller, work).await));
            }
            Command::Explain { statement, params, reply, caller } => {
                let work = execute::explain(&self.pooled, &statement, &params, Within::Transaction);
                drop(reply.send(self.guarded(&caller, work).await));
            }
            Command::Introspect { tables, reply, caller } => {
                let work = schema::tables(&self.pooled, tables);
                drop(reply.send(self.guarded(&caller, work).await));
            }
            Command::Savepoint { what, name, reply } => {
                let outcome = self.mark(what, name).await;
                drop(reply.send(outcome));
            }
            Command::Commit { reply } => {
                let outcome = self.commit().await;
                return Next::IsOver { reply, outcome };
            }
            Command::Rollback { reply } => {
                let outcome = self.end("ROLLBACK").await;
                return Next::IsOver { reply, outcome };
            }
        }
        Next::GoesOn
    }

    /// Gives a page to who asked for it; where nobody does any more, its cursor is closed.
    fn answer_page(&mut self, reply: Answer<Page>, outcome: Result<Page>) {
        if let Err(Ok(Page { cursor: Some(cursor), .. })) = reply.send(outcome) {
            self.cursors.close(&self.pooled, cursor);
        }
    }

    /// Reads to the end where that is known to be short, else by a cursor, which rests between pages.
    async fn fetch(
        &mut self,
        statement: &Arc<Statement>,
        params: Params,
        rows: usize,
        caller: &Caller,
    ) -> Result<Page> {
        self.pooled.note(&statement.text);
        if !crate::reading::is_short(statement, &params) {
            return self.open_cursor(statement, params, rows, caller).await;
        }
        let is_ready = self.pooled.is_prepared(statement.id(), Part::Whole);
        let read = async {
            let read = execute::read(&self.pooled, statement, &params, Within::Transaction).await?;
            let (batches, _) = read.collect(rows, statement).await?;
            Ok(Page { batches, cursor: None })
        };
        let needs_guard = statement.can_fail || !is_ready || statement.reach != Reach::Unique;
        if needs_guard { self.guarded(caller, read).await } else { self.attended(caller, read).await }
    }

    async fn open_cursor(
        &mut self,
        statement: &Arc<Statement>,
        params: Params,
        rows: usize,
        caller: &Caller,
    ) -> Result<Page> {
        let number = self.cursors.reserve(statement, self.savepoints.len());
        let open = paging::open(&self.pooled, number, statement, &params, rows);
        let outcome = self.guarded(caller, open).await;
        self.cursors.settle(&self.pooled, number, outcome)
    }

    async fn next_page(&mut self, cursor: u32, rows: usize, caller: &Caller) -> Result<Page> {
        let Some((statement, rows)) = self.cursors.ask(cursor, rows) else {
            return Err(error::stream_gone());
        };
        let read = paging::read(&self.pooled, cursor, &statement, rows);
        let outcome = self.guarded(caller, read).await;
        self.cursors.settle(&self.pooled, cursor, outcome)
    }

    fn check_sound(&self) -> Result<()> {
        match self.failed.get() {
            None => Ok(()),
            Some((ErrorKind::Conflict, reason)) => Err(Error::new(
                ErrorKind::Conflict,
                format!("the transaction lost a race before ({reason}): run it again from its beginning"),
            )),
            Some((ErrorKind::Connection, reason)) => Err(Error::new(ErrorKind::Connection, reason.clone())),
            Some((_, reason)) => Err(given_up(reason)),
        }
    }

    /// Runs `work`, which is short, on the connection for a caller who may stop waiting. Without a savepoint every
    /// error of the server ends the transaction, that of a cancel too.
    async fn attended<T>(&self, caller: &Caller, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.check_sound()?;
        let harmless = AtomicBool::new(false);
        let outcome = attended_in_transaction(&self.pooled, caller, &harmless, work).await;
        let outcome = outcome.unwrap_or_else(|| Err(error::lost()));
        if let Err(error) = &outcome {
            self.fail(error);
        }
        outcome
    }

    /// As `attended`, behind a savepoint that is sent along: a failure undoes `work` alone.
    async fn guarded<T>(&self, caller: &Caller, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.check_sound()?;
        let is_set = AtomicBool::new(false);
        let attempt = self.guard.attempt(&self.pooled, &is_set, work);
        let attempt = attended_in_transaction(&self.pooled, caller, &is_set, attempt).await;
        let error = match attempt.unwrap_or_else(|| Attempt::Unguarded(error::lost())) {
            Attempt::Kept(value) => return Ok(value),
            Attempt::Unguarded(error) => {
                self.fail(&error);
                return Err(error);
            }
            Attempt::Failed(error) => error,
        };
        // No cancel is on its way any more that could hit this.
        if let Err(error) = self.guard.undo(&self.pooled).await {
            self.fail(&error);
        }
        if error.kind() == ErrorKind::Conflict {
            // It could go on, but what it has seen is no whole any more.
            self.fail(&error);
        }
        Err(error)
    }

    fn fail(&self, error: &Error) {
        // The first reason is the one to tell.
        drop(self.failed.set((error.kind(), error.message().to_owned())));
    }

    /// Short by nature, a savepoint's command is not stopped half-way. One that is unknown would end the transaction
    /// there: it is not sent.
    async fn mark(&mut self, what: Mark, name: String) -> Result<()> {
        self.check_sound()?;
        let position = self.savepoints.iter().rposition(|known| *known == name);
        let command = match (what, position) {
            (Mark::Set, _) => "SAVEPOINT",
            (Mark::RollBackTo, Some(_)) => "ROLLBACK TO",
            (Mark::Release, Some(_)) => "RELEASE",
            (Mark::RollBackTo | Mark::Release, None) => {
                let message = format!("there is no savepoint {name} in this transaction");
                return Err(Error::new(ErrorKind::Transaction, message));
            }
        };
        let command = format!("{}{command} {name}", self.guard.give_up());
        if let Err(error) = self.pooled.command(&command).await {
            self.fail(&error);
            return Err(error);
        }
        match (what, position) {
            (Mark::Set, _) => self.savepoints.push(name),
            (Mark::RollBackTo, position) => {
                let position = position.unwrap_or(0);
                self.savepoints.truncate(position + 1);
                self.cursors.undo(position);
            }
            (Mark::Release, position) => {
                let position = position.unwrap_or(0);
                self.savepoints.truncate(position);
                self.cursors.merge(position);
            }
        }
        Ok(())
    }

    async fn commit(&mut self) -> Result<()> {
        if let Err(error) = self.check_sound() {
            drop(self.end("ROLLBACK").await);
            return Err(error);
        }
        self.end("COMMIT").await.map_err(|error| match error.kind() {
            ErrorKind::Connection => outcome_unknown(&error),
            _refused => error,
        })
    }

    async fn end(&mut self, text: &str) -> Result<()> {
        let outcome = self.pooled.command(text).await;
        match &outcome {
            Err(error) if error.kind() == ErrorKind::Connection => {}
            // A commit that is refused has rolled back.
            Ok(()) | Err(_) => self.pooled.leave(),
        }
        outcome
    }
}
