//! Operations that nobody waits for any more are stopped on the server, and only they.

mod common;

use common::*;
use futures_executor::block_on;
use futures_util::{FutureExt, StreamExt};
use ommi_core::ErrorKind;
use ommi_core::driver::{Driver, Executor};
use ommi_core::plan::Reach;
use ommi_core::schema::FieldType;

/// Waits until a statement of the marked text runs, or until none does.
fn wait_for(place: &Place, mark: &str, runs: bool) {
    let text = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%{mark}%'"
    );
    let count = text_of_number(&text);
    let begun = std::time::Instant::now();
    while (number(&place.admin, &count) > 0) != runs {
        assert!(begun.elapsed().as_secs() < 60, "{mark}: the statement did not get there");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

fn text_of_number(sql: &str) -> std::sync::Arc<ommi_core::driver::Statement> {
    text(sql, Reach::Limited, &[FieldType::Int])
}

fn sleep(mark: &str, reach: Reach) -> std::sync::Arc<ommi_core::driver::Statement> {
    text(&format!("SELECT 1::bigint FROM pg_sleep(600) /* {mark} */"), reach, &[FieldType::Int])
}

#[test]
fn a_dropped_read_is_stopped_on_the_server() {
    with_server(|place| {
        let driver = place.driver(|config| config.pool.max_connections = 1);
        let mark = format!("read of {}", place.schema);
        let mut rows = driver.fetch(sleep(&mark, Reach::Unlimited), vec![], options(10));
        assert!(rows.next().now_or_never().is_none());
        wait_for(place, &mark, true);
        drop(rows);
        wait_for(place, &mark, false);
        // The one connection is clean and used again.
        assert_eq!(number(&driver, &text_of_number("SELECT 1::bigint")), 1);
        let stats = driver.pool_stats().unwrap();
        assert_eq!((stats.created, stats.open), (1, 1), "{stats:?}");
    });
}

#[test]
fn a_dropped_write_is_stopped_and_undone() {
    with_server(|place| {
        let (driver, user) = place.users(|_| {});
        block_on(driver.insert(insert(&driver, &user), rows(3))).unwrap();
        let mark = format!("write of {}", place.schema);
        let slow = text(
            &format!("UPDATE users SET name = 'x' WHERE id > 0 AND pg_sleep(200) IS NOT NULL /* {mark} */"),
            Reach::Unlimited,
            &[],
        );
        let mut write = driver.write(slow, vec![]);
        assert!((&mut write).now_or_never().is_none());
        wait_for(place, &mark, true);
        drop(write);
        wait_for(place, &mark, false);
        let changed = text_of_number("SELECT count(*) FROM users WHERE name = 'x'");
        assert_eq!(number(&driver, &changed), 0);
    });
}

#[test]
fn a_dropped_statement_of_a_transaction_leaves_it_usable() {
    with_server(|place| {
        let (driver, user) = place.users(|_| {});
        let tx = begin(&driver);
        block_on(tx.insert(insert(&driver, &user), rows(3))).unwrap();
        let mark = format!("statement of {}", place.schema);
        for _ in 0..3 {
            let mut rows = tx.fetch(sleep(&mark, Reach::Limited), vec![], options(10));
            assert!(rows.next().now_or_never().is_none());
            wait_for(place, &mark, true);
            drop(rows);
            wait_for(place, &mark, false);
            let slow = text(
                &format!("UPDATE users SET name = 'x' WHERE pg_sleep(200) IS NOT NULL /* {mark} */"),
                Reach::Unlimited,
                &[],
            );
            let mut write = tx.write(slow, vec![]);
            assert!((&mut write).now_or_never().is_none());
            wait_for(place, &mark, true);
            drop(write);
            wait_for(place, &mark, false);
        }
        assert_eq!(number(tx.as_ref(), &count(&driver, &user)), 3);
        block_on(tx.commit()).unwrap();
        let kept = text_of_number("SELECT count(*) FROM users WHERE name <> 'x'");
        assert_eq!(number(&driver, &kept), 3);
    });
}

#[test]
fn a_dropped_transaction_is_rolled_back_and_its_statement_stopped() {
    with_server(|place| {
        let (driver, user) = place.users(|config| config.pool.max_connections = 1);
        let tx = begin(&driver);
        block_on(tx.insert(insert(&driver, &user), rows(3))).unwrap();
        let mark = format!("transaction of {}", place.schema);
        let mut rows = tx.fetch(sleep(&mark, Reach::Limited), vec![], options(10));
        assert!(rows.next().now_or_never().is_none());
        wait_for(place, &mark, true);
        drop((rows, tx));
        wait_for(place, &mark, false);
        assert_eq!(number(&driver, &count(&driver, &user)), 0);
    });
}

#[test]
fn neighbours_are_never_hit() {
    with_server(|place| {
        let (driver, user) = place.users(|config| config.pool.max_connections = 4);
        block_on(driver.insert(insert(&driver, &user), rows(100))).unwrap();
        let (by_key, all) = (by_key(&driver, &user), all(&driver, &user));
        let busy = std::sync::atomic::AtomicBool::new(true);
        std::thread::scope(|scope| {
            let neighbours: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        while busy.load(std::sync::atomic::Ordering::Relaxed) {
                            assert_eq!(read(&driver, &by_key, vec![int(7)]).unwrap().len(), 1);
                            assert_eq!(read(&driver, &all, vec![]).unwrap().len(), 100);
                        }
                    })
                })
                .collect();
            for round in 0..300 {
                let mut rows = driver.fetch(all.clone(), vec![], options(1 + round % 7));
                let _ = rows.next().now_or_never();
                drop(rows);
                let mut write = driver.write(rename(&driver, &user), vec![int(1), string("x")]);
                let _ = (&mut write).now_or_never();
                drop(write);
            }
            busy.store(false, std::sync::atomic::Ordering::Relaxed);
            for neighbour in neighbours {
                neighbour.join().unwrap();
            }
        });
    });
}

#[test]
fn a_statement_that_takes_too_long_is_a_timeout() {
    with_server(|place| {
        let (driver, user) =
            place.users(|config| config.statement_timeout = Some(std::time::Duration::from_millis(100)));
        let mark = format!("timeout of {}", place.schema);
        assert_eq!(
            read(&driver, &sleep(&mark, Reach::Unlimited), vec![]).unwrap_err().kind(),
            ErrorKind::Timeout
        );
        let tx = begin(&driver);
        assert_eq!(
            read(tx.as_ref(), &sleep(&mark, Reach::Unlimited), vec![]).unwrap_err().kind(),
            ErrorKind::Timeout
        );
        assert_eq!(number(tx.as_ref(), &count(&driver, &user)), 0);
        block_on(tx.commit()).unwrap();
    });
}
