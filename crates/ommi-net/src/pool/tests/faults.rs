//! Servers that refuse, hang, end and come back.

use futures_util::FutureExt;
use ommi_core::ErrorKind;
use tokio::runtime::{Builder, Runtime};

use super::fake::Door;
use super::*;

#[tokio::test(start_paused = true)]
async fn a_refusal_reaches_each_who_waits_at_once_and_passes() {
    let (server, pool) = pool_of(2);
    server.door(Door::Refusing);
    let start = Instant::now();
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.get("statement").await.unwrap_err() })
        })
        .collect();
    for task in tasks {
        let error = task.await.unwrap();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Connection, "refused"));
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    server.door(Door::Open);
    drop(get(&pool).await);
    assert_eq!(counts(&pool.stats()), (1, 1, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_is_given_up_in_time_and_is_not_called_exhausted() {
    let (server, pool) = pool_of(2);
    server.door(Door::Hanging);
    let start = Instant::now();
    let error = pool.get("statement").await.unwrap_err();
    assert_eq!((start.elapsed(), error.kind()), (seconds(30), ErrorKind::Connection));
    let expected = "fake://here did not accept a connection within 30 s";
    assert!(error.message().starts_with(expected), "{error}");
    server.door(Door::Open);
    drop(get(&pool).await);
}

#[tokio::test(start_paused = true)]
async fn an_unclean_connection_is_closed_and_never_handed_out() {
    let (server, pool) = pool_of(2);
    let mut held = get(&pool).await;
    held.clean = false;
    drop(held);
    assert_eq!((server.alive(), pool.stats().closed), (0, 1));
    assert_eq!(get(&pool).await.number, 2);
}

#[tokio::test(start_paused = true)]
async fn a_discarded_connection_makes_room_for_who_waits() {
    let (server, pool) = pool_of(1);
    let held = get(&pool).await;
    let waiting = begun(Box::pin(pool.get("statement")));
    held.discard();
    assert_eq!(waiting.await.unwrap().number, 2);
    assert_eq!(server.0.lock().most, 1);
}

#[tokio::test(start_paused = true)]
async fn a_long_rest_is_followed_by_a_question() {
    let (server, pool) = pool_of(2);
    drop(get(&pool).await);
    tokio::time::sleep(seconds(6)).await;
    assert!(pool.try_get("statement").is_none(), "it has to be asked first");
    assert_eq!(get(&pool).await.number, 1);
    assert_eq!(server.0.lock().checks, 1);
    drop(get(&pool).await);
    assert_eq!(server.0.lock().checks, 1, "it has just worked");
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_one_operation_fails_and_the_next_works() {
    let (server, pool) = pool_of(5);
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(get(&pool).await);
    }
    drop(all);
    server.restart();
    let mut held = get(&pool).await;
    assert!(held.work().is_err(), "nobody could know yet");
    drop(held);
    for _ in 0..5 {
        get(&pool).await.work().unwrap();
    }
    let stats = pool.stats();
    assert_eq!((stats.closed, stats.open), (5, 1), "the others were found out");
    assert_eq!(server.0.lock().checks, 1, "one answer was enough for all of them");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_never_answers_the_question_is_replaced() {
    let (server, pool) = pool_of(2);
    drop((get(&pool).await, get(&pool).await));
    tokio::time::sleep(seconds(10)).await;
    server.0.lock().mute = true;
    let start = Instant::now();
    assert_eq!(get(&pool).await.number, 3);
    assert_eq!(start.elapsed(), seconds(5));
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_during_the_question_loses_nothing() {
    let (server, pool) = pool_of(1);
    drop(get(&pool).await);
    tokio::time::sleep(seconds(10)).await;
    drop(begun(Box::pin(pool.get("statement"))));
    settled().await;
    assert_eq!(counts(&pool.stats()), (1, 1, 0, 0));
    assert_eq!(server.0.lock().opened, 1);
    assert!(pool.try_get("statement").is_some(), "it has just answered");
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_opening_is_an_error_for_who_waits() {
    let (server, pool) = pool_of(1);
    server.door(Door::Panicking);
    let waiting = begun(Box::pin(pool.get("statement")));
    assert_eq!(waiting.await.unwrap_err().kind(), ErrorKind::Connection);
    server.door(Door::Open);
    drop(get(&pool).await);
    assert_eq!(counts(&pool.stats()), (1, 1, 0, 0));
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn the_end_of_a_runtime_ends_waits_and_another_takes_over() {
    let (server, pool) = pool_of(1);
    let first = runtime();
    let held = first.block_on(get(&pool));
    let waiting = {
        let _inside = first.enter();
        begun(Box::pin(pool.get("statement")))
    };
    drop(first);
    let error = waiting.now_or_never().expect("nobody looks after it any more").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    drop(held);
    let second = runtime();
    second.block_on(async {
        drop(get(&pool).await);
        server.door(Door::Refusing);
        get(&pool).await.discard();
        assert_eq!(pool.get("statement").await.unwrap_err().message(), "refused");
    });
}

#[test]
fn the_end_of_a_runtime_while_many_wait_for_connections_fails_them_all() {
    let (server, pool) = pool_of(10);
    server.door(Door::Hanging);
    let first = runtime();
    let waiting: Vec<_> =
        first.block_on(async { (0..1000).map(|_| begun(Box::pin(pool.get("statement")))).collect() });
    drop(first);
    for wait in waiting {
        let error = wait.now_or_never().expect("an answer").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection);
    }
    assert_eq!(pool.stats().waiting, 0);
    server.door(Door::Open);
    runtime().block_on(async { drop(get(&pool).await) });
}
