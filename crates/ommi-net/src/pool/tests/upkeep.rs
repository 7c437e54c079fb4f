//! What the keeper does: the minimum, idle time, age, and the end.

use ommi_core::ErrorKind;

use super::fake::Door;
use super::*;

#[tokio::test(start_paused = true)]
async fn the_minimum_is_opened_early_and_kept() {
    let options = PoolOptions { min_connections: 3, max_connections: 5, ..PoolOptions::default() };
    let (_server, pool) = pool_with(options);
    assert_eq!(pool.stats().open, 0, "nothing is opened before the first use");
    drop(get(&pool).await);
    settled().await;
    assert_eq!(counts(&pool.stats()), (3, 3, 0, 0));
    get(&pool).await.discard();
    settled().await;
    assert_eq!(counts(&pool.stats()), (3, 3, 0, 0), "one was closed and replaced");
    tokio::time::sleep(seconds(1200)).await;
    assert_eq!(pool.stats().open, 3, "the minimum does not end by resting");
}

#[tokio::test(start_paused = true)]
async fn the_minimum_is_tried_again_with_longer_and_longer_pauses() {
    let options = PoolOptions { min_connections: 2, ..PoolOptions::default() };
    let (server, pool) = pool_with(options);
    server.door(Door::Refusing);
    assert_eq!(pool.get("statement").await.unwrap_err().kind(), ErrorKind::Connection);
    tokio::time::sleep(seconds(60)).await;
    assert_eq!(pool.stats().open, 0);
    server.door(Door::Open);
    tokio::time::sleep(seconds(60)).await;
    assert_eq!(counts(&pool.stats()), (2, 2, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn what_rests_beyond_the_minimum_is_closed_after_the_idle_timeout() {
    let options =
        PoolOptions { min_connections: 1, idle_timeout: Some(seconds(60)), ..PoolOptions::default() };
    let (server, pool) = pool_with(options);
    let held = (get(&pool).await, get(&pool).await, get(&pool).await);
    drop(held);
    tokio::time::sleep(seconds(59)).await;
    assert_eq!(pool.stats().open, 3);
    drop(get(&pool).await);
    tokio::time::sleep(seconds(2)).await;
    assert_eq!(counts(&pool.stats()), (1, 1, 0, 0));
    assert_eq!((server.alive(), pool.stats().closed), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn without_an_idle_timeout_nothing_is_closed_for_resting() {
    let options = PoolOptions { idle_timeout: None, max_lifetime: None, ..PoolOptions::default() };
    let (_server, pool) = pool_with(options);
    drop(get(&pool).await);
    tokio::time::sleep(seconds(1_000_000)).await;
    assert_eq!(pool.stats().open, 1);
}

#[tokio::test(start_paused = true)]
async fn an_old_connection_is_closed_when_it_comes_back_or_while_it_rests() {
    let options =
        PoolOptions { max_lifetime: Some(seconds(100)), idle_timeout: None, ..PoolOptions::default() };
    let (_server, pool) = pool_with(options);
    let held = get(&pool).await;
    drop(get(&pool).await);
    tokio::time::sleep(seconds(101)).await;
    assert_eq!(counts(&pool.stats()), (1, 0, 1, 0), "the idle one is gone, the one at work stays");
    drop(held);
    assert_eq!(counts(&pool.stats()), (0, 0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_limit_beyond_all_clocks_is_no_limit() {
    let options = PoolOptions {
        connection_timeout: Duration::MAX,
        idle_timeout: Some(Duration::MAX),
        max_lifetime: Some(Duration::MAX),
        ..PoolOptions::default()
    };
    let (_server, pool) = pool_with(options);
    drop(get(&pool).await);
    assert!(pool.try_get("statement").is_some());
}

#[tokio::test(start_paused = true)]
async fn closing_ends_waits_and_refuses_later_use() {
    let (server, pool) = pool_of(2);
    let (held, idle) = (get(&pool).await, get(&pool).await);
    let waiting = get_in_task(&pool);
    settled().await;
    pool.close().await;
    assert_eq!(waiting.await.unwrap(), ErrorKind::Closed);
    let error = pool.get("statement").await.unwrap_err();
    assert_eq!(error.to_string(), "the connections to fake://here are closed");
    assert!(pool.try_get("statement").is_none());
    assert_eq!(server.alive(), 2, "what is at work may finish");
    drop((held, idle));
    assert_eq!((server.alive(), pool.stats().open), (0, 0));
    pool.close().await;
}

fn get_in_task(pool: &Pool<Fake>) -> tokio::task::JoinHandle<ErrorKind> {
    let pool = pool.clone();
    tokio::spawn(async move { pool.get("statement").await.unwrap_err().kind() })
}

#[tokio::test(start_paused = true)]
async fn closing_gives_up_what_is_being_opened() {
    let (server, pool) = pool_of(2);
    server.door(Door::Slow(seconds(10)));
    let waiting = get_in_task(&pool);
    settled().await;
    pool.close().await;
    assert_eq!(waiting.await.unwrap(), ErrorKind::Closed);
    tokio::time::sleep(seconds(20)).await;
    assert_eq!((server.0.lock().opened, pool.stats().open), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn closing_waits_until_good_bye_is_said() {
    let server = Server::default();
    let manager = Fake { server: server.clone(), says_good_bye: true };
    let pool = Pool::new(manager, PoolOptions::default(), "fake://here").unwrap();
    let held = get(&pool).await;
    drop(get(&pool).await);
    pool.close().await;
    assert_eq!(server.alive(), 1);
    drop(held);
    tokio::time::sleep(seconds(2)).await;
    assert_eq!(server.alive(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_pool_ends_when_its_last_clone_is_dropped() {
    let (server, pool) = pool_of(2);
    let held = get(&pool).await;
    drop(get(&pool).await);
    assert_eq!(server.alive(), 2);
    drop(pool.clone());
    assert_eq!(server.alive(), 2);
    drop(pool);
    assert_eq!(server.alive(), 1);
    drop(held);
    settled().await;
    // The manager went with the tasks: only this test still knows the server.
    assert_eq!((server.alive(), std::sync::Arc::strong_count(&server.0)), (0, 1));
}

#[test]
fn options_that_cannot_work_are_refused() {
    let refused =
        |options| Pool::new(Server::default().manager(), options, "x").map(drop).unwrap_err().kind();
    let defaults = PoolOptions::default;
    assert_eq!(refused(PoolOptions { max_connections: 0, ..defaults() }), ErrorKind::Validation);
    assert_eq!(refused(PoolOptions { min_connections: 11, ..defaults() }), ErrorKind::Validation);
    assert_eq!(
        refused(PoolOptions { connection_timeout: Duration::ZERO, ..defaults() }),
        ErrorKind::Validation
    );
}
