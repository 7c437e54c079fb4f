//! Servers that end while there is work, and come back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ommi::{ErrorKind, prelude::*};
use tokio::sync::Mutex;

use crate::bounded;
use crate::operation::{Note, OPERATIONS, connect, is_lost, note};
use crate::server::{End, Kind, Server};

pub async fn a_killed_server_fails_work_in_flight_and_nothing_later(kind: Kind) {
    let Some(mut server) = Server::start(kind, None).await else { return };
    let db = connect(&server.url("max_connections=4&connection_timeout=5")).await;
    let mut attempt = 1000;
    for end in [End::Kill, End::Stop] {
        idle_in_the_pool(&mut server, &db, end).await;
        in_a_statement(&mut server, &db, end).await;
        in_a_transaction(&mut server, &db, end).await;
        in_a_stream(&mut server, &db, end).await;
        while_it_is_down(&mut server, &db, end).await;
        for operation in OPERATIONS {
            attempt += 1;
            let outcome = bounded("an operation", operation.run(&db, attempt)).await;
            operation.check(&db, attempt, &outcome, &format!("at last, {end:?}")).await;
            outcome.unwrap();
        }
        let stats = db.driver().pool_stats().unwrap();
        assert_eq!((stats.used, stats.waiting), (0, 0), "{stats:?}");
    }
    db.close().await.unwrap();
}

/// One operation works, or fails because it met a connection that had ended; the next one works.
async fn recovers(db: &Ommi, context: &str) {
    for _ in 0..2 {
        match bounded(context, db.find::<Note>().count()).await {
            Ok(_) => break,
            Err(error) => is_lost(&error, context),
        }
    }
    for operation in OPERATIONS {
        let outcome = bounded(context, operation.run(db, 1)).await;
        outcome.unwrap_or_else(|error| panic!("{context}: {operation:?}: {error}"));
    }
    bounded(context, db.find::<Note>().filter(Note::ATTEMPT.eq(1)).delete()).await.unwrap();
}

async fn idle_in_the_pool(server: &mut Server, db: &Ommi, end: End) {
    server.end(end);
    server.restart().await;
    recovers(db, "idle in the pool").await;
}

/// A statement waits for a row that a transaction has locked.
async fn in_a_statement(server: &mut Server, db: &Ommi, end: End) {
    let holder = db.transaction().begin().await.unwrap();
    let first = || db.find::<Note>().order_by(Note::ID).first();
    let id = first().await.unwrap().unwrap().id;
    let change = || Note::TEXT.set("held");
    holder.find::<Note>().filter(Note::ID.eq(id)).update(change()).await.unwrap();
    let waiting = tokio::spawn({
        let db = db.clone();
        async move { db.find::<Note>().filter(Note::ID.eq(id)).update(Note::TEXT.set("waited")).await }
    });
    until_held(db, 2).await;
    server.end(end);
    let outcome = bounded("a statement whose server was killed", waiting).await.unwrap();
    is_lost(&outcome.unwrap_err(), "mid-statement");
    let outcome = bounded("a transaction whose server was killed", holder.commit()).await;
    is_lost(&outcome.unwrap_err(), "commit after the end");
    server.restart().await;
    recovers(db, "mid-statement").await;
    assert_ne!(first().await.unwrap().unwrap().text, "waited");
}

/// Waits until so many are at work, each of whom the pool knows.
async fn until_held(db: &Ommi, holders: usize) {
    let reached = async {
        while db.driver().pool_stats().unwrap().holders.len() < holders {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    bounded("taking connections", reached).await;
}

async fn in_a_transaction(server: &mut Server, db: &Ommi, end: End) {
    let tx = db.transaction().begin().await.unwrap();
    tx.add(&mut note(7)).await.unwrap();
    server.end(end);
    let error = bounded("work in a transaction", tx.add(&mut note(7))).await.unwrap_err();
    is_lost(&error, "mid-transaction");
    // Whatever it says now, it says it soon.
    let _ = bounded("the rollback", tx.rollback()).await;
    server.restart().await;
    recovers(db, "mid-transaction").await;
    assert_eq!(db.find::<Note>().filter(Note::ATTEMPT.eq(7)).count().await.unwrap(), 0);
}

/// A stream gives all rows or an error: never fewer rows and silence.
async fn in_a_stream(server: &mut Server, db: &Ommi, end: End) {
    let mut many: Vec<_> = (0..20_000).map(|_| Note { text: "s".repeat(500), ..note(8) }).collect();
    db.add_all(&mut many).await.unwrap();
    let mut stream = db.find::<Note>().filter(Note::ATTEMPT.eq(8)).stream();
    let mut count = 0;
    while count < 10 {
        stream.next().await.unwrap().unwrap();
        count += 1;
    }
    server.end(end);
    loop {
        match bounded("a stream whose server was killed", stream.next()).await {
            Some(Ok(_)) => count += 1,
            Some(Err(error)) => break is_lost(&error, "mid-stream"),
            None => break assert_eq!(count, many.len(), "the stream ended without an error"),
        }
    }
    drop(stream);
    server.restart().await;
    recovers(db, "mid-stream").await;
    db.find::<Note>().filter(Note::ATTEMPT.eq(8)).delete().await.unwrap();
}

async fn while_it_is_down(server: &mut Server, db: &Ommi, end: End) {
    server.end(end);
    // The crate for MongoDB waits for a server as long as for a connection.
    let tries = if server.kind == Kind::Mongodb { 2 } else { 10 };
    for _ in 0..tries {
        let error = bounded("work without a server", db.find::<Note>().count()).await.unwrap_err();
        is_lost(&error, "down");
    }
    let connected =
        bounded("connecting without a server", Ommi::connect(&server.url("connection_timeout=5"))).await;
    is_lost(&connected.map(drop).unwrap_err(), "connecting while it is down");
    server.restart().await;
    // Every connection of before is known to be lost by now.
    db.find::<Note>().count().await.unwrap();
}

/// Eight tasks commit pairs until the server is killed, three times over.
pub async fn what_was_committed_is_there_after_a_crash(kind: Kind) {
    let Some(mut server) = Server::start(kind, None).await else { return };
    let db = connect(&server.url("max_connections=8&connection_timeout=5")).await;
    for round in 1..=3 {
        let committed = Arc::new(Mutex::new(BTreeSet::new()));
        let tasks: Vec<_> = (0..8)
            .map(|task| {
                tokio::spawn(commit_pairs(db.clone(), round * 1_000_000 + task * 100_000, committed.clone()))
            })
            .collect();
        let enough = async {
            while committed.lock().await.len() < 50 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        bounded("the first commits", enough).await;
        server.end(End::Kill);
        for task in tasks {
            bounded("a task whose server was killed", task).await.unwrap();
        }
        server.restart().await;
        recovers(&db, "mid-commit").await;
        let found = db.find::<Note>().filter(Note::ATTEMPT.ge(1_000_000)).all().await.unwrap();
        let mut pairs = std::collections::BTreeMap::<i64, usize>::new();
        found.iter().for_each(|note| *pairs.entry(note.attempt).or_default() += 1);
        assert!(pairs.values().all(|count| *count == 2), "half of a transaction is there");
        for attempt in committed.lock().await.iter() {
            assert!(pairs.contains_key(attempt), "{attempt} was committed and is not there");
        }
    }
}

/// Commits until something fails.
async fn commit_pairs(db: Ommi, first: i64, committed: Arc<Mutex<BTreeSet<i64>>>) {
    for attempt in first.. {
        let work = async |tx: Tx| {
            tx.add(&mut note(attempt)).await?;
            tx.add(&mut note(attempt)).await
        };
        match db.transaction().run(work).await {
            Ok(()) => committed.lock().await.insert(attempt),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
                return;
            }
        };
    }
}
