//! Connections that are used from an event loop: its own turns are enough to go on, and nobody depends on them.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use common::*;
use futures_executor::block_on;
use futures_util::{FutureExt, StreamExt};
use ommi_core::driver::{Driver, Executor};
use ommi_core::plan::Reach;
use ommi_core::schema::FieldType;
use ommi_net::reactor::Reactor;

/// A runtime of which only `block_on` does anything: what goes on elsewhere goes on without it.
fn resting_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Polls `future` as a loop does: when it was woken, and with turns of the reactor in between.
fn run<T>(reactor: &Arc<Reactor>, future: impl Future<Output = T>) -> T {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(woken.clone());
    let mut future = std::pin::pin!(future);
    let begun = Instant::now();
    let _entered = reactor.enter();
    loop {
        if woken.0.swap(false, Ordering::SeqCst)
            && let Poll::Ready(outcome) = future.as_mut().poll(&mut Context::from_waker(&waker))
        {
            return outcome;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "the loop waits in vain");
        std::thread::yield_now();
        reactor.turn();
    }
}

#[test]
fn turns_of_the_loop_are_all_that_is_needed() {
    with_server(|place| {
        let runtime = resting_runtime();
        let (driver, user) = place.users(|_| ());
        let _keep_apart = driver;
        let driver = place.driver(|_| ());
        runtime.block_on(driver.connect()).unwrap();
        let (insert, by_key, rename) =
            (insert(&driver, &user), by_key(&driver, &user), rename(&driver, &user));
        let reactor = Reactor::new().unwrap();
        for key in 1..=20 {
            let keys = run(&reactor, driver.insert(insert.clone(), rows(1))).unwrap();
            assert_eq!(keys, [key]);
            let changed = run(&reactor, driver.write(rename.clone(), vec![int(key), string("new")])).unwrap();
            assert_eq!(changed, 1);
            let stream = driver.fetch(by_key.clone(), vec![int(key)], options(10));
            let batches = run(&reactor, stream.collect::<Vec<_>>());
            assert_eq!(batches.into_iter().map(|batch| batch.unwrap().len()).sum::<usize>(), 1);
        }
        let tx = run(&reactor, driver.begin(Default::default())).unwrap();
        run(&reactor, tx.insert(insert, rows(3))).unwrap();
        run(&reactor, tx.rollback()).unwrap();
        runtime.block_on(driver.close()).unwrap();
    });
}

#[test]
fn a_loop_that_turns_no_more_keeps_nobody_waiting() {
    with_server(|place| {
        let (driver, user) = place.users(|config| config.pool.max_connections = 2);
        block_on(driver.insert(insert(&driver, &user), rows(10))).unwrap();
        let by_key = by_key(&driver, &user);
        let reactor = Reactor::new().unwrap();
        for _ in 0..5 {
            let mut begun = driver.fetch(by_key.clone(), vec![int(1)], options(10));
            let entered = reactor.enter();
            let is_early = begun.next().now_or_never().is_some();
            drop(entered);
            if is_early {
                // The answer was quicker than this thread: nobody has to wait.
                continue;
            }
            // Nobody turns the reactor: the runtime takes the connection back.
            assert_eq!(collect(begun).unwrap().len(), 1);
        }
    });
}

#[test]
fn others_do_not_wait_for_a_loop_that_is_busy() {
    with_server(|place| {
        let (driver, user) = place.users(|config| config.pool.max_connections = 2);
        block_on(driver.insert(insert(&driver, &user), rows(10))).unwrap();
        let by_key = by_key(&driver, &user);
        let reactor = Reactor::new().unwrap();
        for _ in 0..5 {
            let mut begun = driver.fetch(by_key.clone(), vec![int(1)], options(10));
            let entered = reactor.enter();
            let is_early = begun.next().now_or_never().is_some();
            drop(entered);
            if is_early {
                // The answer was quicker than this thread: nobody has to wait.
                continue;
            }
            std::thread::scope(|scope| {
                scope.spawn(|| assert_eq!(read(&driver, &by_key, vec![int(2)]).unwrap().len(), 1));
            });
            assert_eq!(collect(begun).unwrap().len(), 1);
        }
    });
}

#[test]
fn a_loop_hands_on_to_another_one() {
    with_server(|place| {
        let (driver, user) = place.users(|_| ());
        block_on(driver.insert(insert(&driver, &user), rows(10))).unwrap();
        let by_key = by_key(&driver, &user);
        for _ in 0..5 {
            let reactor = Reactor::new().unwrap();
            let stream = driver.fetch(by_key.clone(), vec![int(1)], options(10));
            assert_eq!(run(&reactor, stream.collect::<Vec<_>>()).len(), 1);
        }
    });
}

#[test]
fn answers_and_requests_of_any_size_come_through() {
    with_server(|place| {
        let (driver, user) = place.users(|_| ());
        let reactor = Reactor::new().unwrap();
        let insert = insert(&driver, &user);
        let keys = run(&reactor, driver.insert(insert.clone(), rows(30_000))).unwrap();
        assert_eq!(keys, (1..=30_000).collect::<Vec<_>>());
        for batch_rows in [100, 100_000] {
            let stream = driver.fetch(all(&driver, &user), Vec::new(), options(batch_rows));
            let batches = run(&reactor, stream.collect::<Vec<_>>());
            assert_eq!(batches.into_iter().map(|batch| batch.unwrap().len()).sum::<usize>(), 30_000);
        }
        let long = "x".repeat(20 << 20);
        let echo = text("SELECT length($1::text)::bigint", Reach::Unique, &[FieldType::Int]);
        let stream = driver.fetch(echo, vec![string(&long)], options(10));
        assert_eq!(run(&reactor, stream.collect::<Vec<_>>()).len(), 1);
    });
}
