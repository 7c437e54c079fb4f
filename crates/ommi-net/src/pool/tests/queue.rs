//! Who gets a connection, when, and what those are told who do not.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use futures_util::FutureExt;
use ommi_core::ErrorKind;

use super::fake::Door;
use super::*;

#[tokio::test(start_paused = true)]
async fn a_connection_is_used_again_and_handed_out_at_once() {
    let (server, pool) = pool_of(3);
    let first = get(&pool).await;
    let number = first.number;
    assert!(pool.try_get("statement").is_none(), "none is open and free");
    drop(first);
    let again = pool.get("statement").now_or_never().expect("no wait for a free connection").unwrap();
    assert_eq!(again.number, number);
    drop(again);
    assert_eq!(pool.try_get("statement").unwrap().number, number);
    assert_eq!(server.0.lock().checks, 0);
}

#[tokio::test(start_paused = true)]
async fn the_latest_used_is_taken_first_so_that_the_others_may_end() {
    let (_server, pool) = pool_of(3);
    let (one, two) = (get(&pool).await, get(&pool).await);
    let (first, second) = (one.number, two.number);
    drop(two);
    drop(one);
    assert_eq!(get(&pool).await.number, first);
    assert_ne!(first, second);
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_are_served_in_order_and_nobody_overtakes() {
    let (server, pool) = pool_of(1);
    let mut held = get(&pool).await;
    let order = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for place in 0..50 {
        let (mine, order) = (pool.clone(), order.clone());
        tasks.push(tokio::spawn(async move {
            let connection = get(&mine).await;
            order.lock().push(place);
            tokio::task::yield_now().await;
            drop(connection);
        }));
        settled().await;
    }
    assert_eq!(pool.stats().waiting, 50);
    held.work().unwrap();
    drop(held);
    assert!(pool.try_get("statement").is_none(), "others came first");
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*order.lock(), (0..50).collect::<Vec<_>>());
    assert_eq!(server.0.lock().most, 1);
}

#[tokio::test(start_paused = true)]
async fn never_more_than_the_maximum_are_open() {
    let (server, pool) = pool_of(4);
    server.door(Door::Slow(seconds(1)));
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let connection = get(&pool).await;
                tokio::time::sleep(seconds(1)).await;
                drop(connection);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(server.0.lock().most, 4);
    assert_eq!(counts(&pool.stats()), (4, 4, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn an_exhausted_pool_names_who_holds_its_connections() {
    let (_server, pool) = pool_of(2);
    let transaction = pool.get("transaction").await.unwrap();
    transaction.note("UPDATE a SET b = $1");
    tokio::time::sleep(seconds(3)).await;
    let _stream = pool.get("stream").await.unwrap();
    let start = Instant::now();
    let error = pool.get("statement").await.unwrap_err();
    assert_eq!(start.elapsed(), seconds(30));
    assert_eq!(error.kind(), ErrorKind::PoolExhausted);
    assert_eq!(
        error.to_string(),
        "no connection to fake://here became free within 30 s: all 2 are in use (transaction for 33 s: UPDATE a \
         SET b = $1; stream for 30 s). End transactions and streams earlier, or raise max_connections or \
         connection_timeout"
    );
    assert_eq!(pool.stats().timeouts, 1);
}

#[tokio::test(start_paused = true)]
async fn a_long_list_of_holders_and_long_statements_are_shortened() {
    let (_server, pool) = pool_of(8);
    let mut held = Vec::new();
    for _ in 0..8 {
        held.push(get(&pool).await);
    }
    held[0].note(&"é".repeat(1_000_000));
    let error = pool.get("statement").await.unwrap_err().to_string();
    assert!(error.contains("; and 3 more)") && error.contains("é..."), "{error}");
    assert!(error.chars().count() < 700, "{error}");
    assert_eq!(pool.stats().holders[0].statement.chars().count(), 1000);
}

#[tokio::test(start_paused = true)]
async fn statistics_tell_what_is() {
    let (_server, pool) = pool_of(3);
    assert_eq!(counts(&pool.stats()), (0, 0, 0, 0));
    let held = pool.get("transaction").await.unwrap();
    held.note("SELECT 1");
    drop(get(&pool).await);
    tokio::time::sleep(seconds(2)).await;
    let stats = pool.stats();
    assert_eq!(counts(&stats), (2, 1, 1, 0));
    assert_eq!((stats.max, stats.created, stats.closed, stats.timeouts), (3, 2, 0, 0));
    let holder = &stats.holders[0];
    assert_eq!(
        (holder.purpose, holder.held, holder.statement.as_str()),
        ("transaction", seconds(2), "SELECT 1")
    );
    held.discard();
    let stats = pool.stats();
    assert_eq!((counts(&stats), stats.closed), ((1, 1, 0, 0), 1));
    let again = get(&pool).await;
    assert_eq!(pool.stats().holders[0].statement, "", "a new holder has run nothing yet");
    drop(again);
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_leaves_the_queue() {
    let (_server, pool) = pool_of(1);
    let held = get(&pool).await;
    let first = begun(Box::pin(pool.get("statement")));
    let second = begun(Box::pin(pool.get("statement")));
    assert_eq!(pool.stats().waiting, 2);
    drop(first);
    assert_eq!(pool.stats().waiting, 1);
    drop(held);
    assert!(second.now_or_never().expect("it is first now").is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_connection_granted_to_one_who_is_dropped_goes_to_the_next() {
    let (server, pool) = pool_of(1);
    let held = get(&pool).await;
    let first = begun(Box::pin(pool.get("statement")));
    let second = begun(Box::pin(pool.get("statement")));
    drop(held);
    assert_eq!(pool.stats().used, 1, "granted to the first");
    drop(first);
    assert!(second.now_or_never().expect("granted to the second").is_ok());
    assert_eq!((server.0.lock().opened, pool.stats().idle), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_nobody_waits_for_any_more_is_kept() {
    let (server, pool) = pool_of(3);
    server.door(Door::Slow(seconds(1)));
    drop(begun(Box::pin(pool.get("statement"))));
    tokio::time::sleep(seconds(2)).await;
    assert_eq!(counts(&pool.stats()), (1, 1, 0, 0));
    assert!(pool.try_get("statement").is_some());
}

#[tokio::test(start_paused = true)]
async fn one_that_comes_back_serves_a_waiter_before_the_one_on_its_way() {
    let (server, pool) = pool_of(2);
    let held = get(&pool).await;
    server.door(Door::Slow(seconds(5)));
    let waiting = begun(Box::pin(pool.get("statement")));
    settled().await;
    drop(held);
    assert_eq!(waiting.now_or_never().expect("no need to wait for a new one").unwrap().number, 1);
    tokio::time::sleep(seconds(6)).await;
    assert_eq!(counts(&pool.stats()), (2, 2, 0, 0));
}

struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The smallest executor: nothing of tokio is on its thread.
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let (mut future, mut context) = (pin!(future), Context::from_waker(&waker));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn any_executor_may_wait_even_for_the_timeout() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let options = PoolOptions {
        max_connections: 1,
        connection_timeout: Duration::from_millis(20),
        ..PoolOptions::default()
    };
    let (_server, pool) = pool_with(options);
    runtime.block_on(async { drop(get(&pool).await) });
    let held = block_on(pool.get("statement")).unwrap();
    assert_eq!(block_on(pool.get("statement")).unwrap_err().kind(), ErrorKind::PoolExhausted);
    drop(held);
    block_on(pool.close());
}
