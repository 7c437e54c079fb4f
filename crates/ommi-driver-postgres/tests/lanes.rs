//! Which connection an operation runs on, and that nobody is in another's way.

mod common;

use std::time::{Duration, Instant};

use common::*;
use futures_executor::block_on;
use futures_util::{FutureExt, StreamExt, future};
use ommi_core::ErrorKind;
use ommi_core::driver::{Driver, Executor};
use ommi_core::plan::Reach;
use ommi_core::schema::FieldType;
use ommi_core::value::Value;

#[test]
fn many_short_reads_at_once_share_few_connections() {
    with_server(|place| {
        let (driver, user) = place.users(|config| config.shared_connections = 4);
        block_on(driver.insert(insert(&driver, &user), rows(100))).unwrap();
        let by_key = by_key(&driver, &user);
        let reads = (1..=100)
            .map(|key| driver.fetch(by_key.clone(), vec![int(key)], options(10)).collect::<Vec<_>>());
        let found = block_on(future::join_all(reads));
        assert!(found.iter().all(|batches| batches.len() == 1 && batches[0].as_ref().unwrap().len() == 1));
        let stats = driver.pool_stats().unwrap();
        assert!(stats.created <= 4, "{stats:?}");
        assert_eq!((stats.used, stats.waiting), (0, 0), "shared connections went back: {stats:?}");
    });
}

#[test]
fn sharing_leaves_connections_to_those_who_need_one() {
    with_server(|place| {
        let (driver, user) = place.users(|config| {
            config.pool.max_connections = 2;
            config.pool.connection_timeout = Duration::from_secs(5);
        });
        block_on(driver.insert(insert(&driver, &user), rows(10))).unwrap();
        let by_key = by_key(&driver, &user);
        let ours = begin(&driver);
        let busy = std::sync::atomic::AtomicBool::new(true);
        std::thread::scope(|scope| {
            // Each answer is asked for again at once, by several: the shared connection is never idle.
            for _ in 0..3 {
                scope.spawn(|| {
                    while busy.load(std::sync::atomic::Ordering::Relaxed) {
                        assert_eq!(read(&driver, &by_key, vec![int(1)]).unwrap().len(), 1);
                    }
                });
            }
            let other = block_on(driver.begin(Default::default()));
            busy.store(false, std::sync::atomic::Ordering::Relaxed);
            block_on(other.unwrap().rollback()).unwrap();
        });
        block_on(ours.rollback()).unwrap();
    });
}

#[test]
fn a_read_whose_caller_stopped_holds_nobody_up() {
    with_server(|place| {
        let (driver, user) = place.users(|config| config.pool.max_connections = 2);
        block_on(driver.insert(insert(&driver, &user), rows(10))).unwrap();
        let by_key = by_key(&driver, &user);
        // Begun and never polled again, while others go on.
        let mut resting: Vec<_> =
            (0..50).map(|key| driver.fetch(by_key.clone(), vec![int(key)], options(10))).collect();
        for stream in &mut resting {
            let _ = stream.next().now_or_never();
        }
        for key in 1..=10 {
            assert_eq!(read(&driver, &by_key, vec![int(key)]).unwrap().len(), 1);
        }
        drop(resting);
        assert_eq!(number(&driver, &count(&driver, &user)), 10);
    });
}

#[test]
fn a_write_that_waits_for_a_lock_holds_no_read_up() {
    with_server(|place| {
        let (driver, user) = place.users(|_| {});
        block_on(driver.insert(insert(&driver, &user), rows(10))).unwrap();
        let (by_key, rename) = (by_key(&driver, &user), rename(&driver, &user));
        let tx = begin(&driver);
        block_on(tx.write(rename.clone(), vec![int(1), string("theirs")])).unwrap();
        let mut waiting = driver.write(rename, vec![int(1), string("ours")]);
        assert!((&mut waiting).now_or_never().is_none());
        for key in 1..=10 {
            assert_eq!(read(&driver, &by_key, vec![int(key)]).unwrap().len(), 1);
        }
        block_on(tx.commit()).unwrap();
        assert_eq!(block_on(waiting).unwrap(), 1);
        let found = read(&driver, &by_key, vec![int(1)]).unwrap();
        assert_eq!(found[0][1], Value::Text("ours".into()));
    });
}

#[test]
fn a_stream_in_a_transaction_rests_while_others_run() {
    with_server(|place| {
        let (driver, user) = place.users(|_| {});
        block_on(driver.insert(insert(&driver, &user), rows(5000))).unwrap();
        let (all, rename) = (all(&driver, &user), rename(&driver, &user));
        let tx = begin(&driver);
        let mut streams: Vec<_> = (0..3).map(|_| tx.fetch(all.clone(), vec![], options(100))).collect();
        let mut found = [0; 3];
        let mut step = 0;
        loop {
            let mut is_over = true;
            for (stream, found) in streams.iter_mut().zip(&mut found) {
                if let Some(batch) = block_on(stream.next()) {
                    let batch = batch.unwrap();
                    assert!(batch.len() <= 100);
                    *found += batch.len();
                    is_over = false;
                }
            }
            step += 1;
            block_on(tx.write(rename.clone(), vec![int(step), string("x")])).unwrap();
            if is_over {
                break;
            }
        }
        assert_eq!(found, [5000; 3]);
        block_on(tx.commit()).unwrap();
    });
}

#[test]
fn a_stream_ends_with_the_savepoint_that_it_began_after() {
    with_server(|place| {
        let (driver, user) = place.users(|_| {});
        block_on(driver.insert(insert(&driver, &user), rows(5000))).unwrap();
        let (all, count) = (all(&driver, &user), count(&driver, &user));
        let tx = begin(&driver);
        let mut before = tx.fetch(all.clone(), vec![], options(100));
        block_on(before.next()).unwrap().unwrap();
        block_on(tx.savepoint("here")).unwrap();
        let mut after = tx.fetch(all.clone(), vec![], options(100));
        block_on(after.next()).unwrap().unwrap();
        block_on(tx.rollback_to("here")).unwrap();
        // A page may have been read ahead; what is not read yet is gone.
        let outcome = block_on(after.collect::<Vec<_>>());
        assert_eq!(outcome.last().unwrap().as_ref().unwrap_err().kind(), ErrorKind::Transaction);
        assert_eq!(collect(before).unwrap().len(), 4900);
        assert_eq!(number(tx.as_ref(), &count), 5000, "the transaction goes on");
        let unknown = block_on(tx.rollback_to("there")).unwrap_err();
        assert_eq!(unknown.kind(), ErrorKind::Transaction);
        block_on(tx.commit()).unwrap();
    });
}

#[test]
fn a_failed_statement_undoes_itself_alone() {
    with_server(|place| {
        let (driver, user) = place.users(|_| {});
        let (adding, count) = (insert(&driver, &user), count(&driver, &user));
        let tx = begin(&driver);
        block_on(tx.insert(adding.clone(), rows(3))).unwrap();
        let wrong = text("SELECT 1 / (SELECT 0)", Reach::Limited, &[FieldType::Int]);
        for _ in 0..3 {
            assert_eq!(read(tx.as_ref(), &wrong, vec![]).unwrap_err().kind(), ErrorKind::Query);
            let missing = text("SELECT * FROM missing", Reach::Unique, &[]);
            assert_eq!(read(tx.as_ref(), &missing, vec![]).unwrap_err().kind(), ErrorKind::ModelNotFound);
            let script = vec!["CREATE TABLE half (x int)".to_owned(), "nonsense".to_owned()];
            assert_eq!(block_on(tx.run_script(script)).unwrap_err().kind(), ErrorKind::Query);
        }
        block_on(tx.insert(adding, rows(2))).unwrap();
        block_on(tx.commit()).unwrap();
        assert_eq!(number(&driver, &count), 5);
    });
}

#[test]
fn a_stale_statement_is_prepared_again() {
    with_server(|place| {
        let (driver, user) = place.users(|config| config.pool.max_connections = 1);
        block_on(driver.insert(insert(&driver, &user), rows(2))).unwrap();
        let all = all(&driver, &user);
        assert_eq!(read(&driver, &all, vec![]).unwrap().len(), 2);
        let script = vec!["ALTER TABLE users ALTER COLUMN age TYPE integer".to_owned()];
        block_on(driver.run_script(script)).unwrap();
        assert_eq!(read(&driver, &all, vec![]).unwrap()[1][2], Value::Int(1));
        block_on(driver.run_script(vec!["DEALLOCATE ALL".to_owned()])).unwrap();
        assert_eq!(read(&driver, &all, vec![]).unwrap().len(), 2);
    });
}

#[test]
fn a_transaction_waits_for_its_turn_and_is_told_who_has_it() {
    with_server(|place| {
        let (driver, _) = place.users(|config| {
            config.pool.max_connections = 1;
            config.pool.connection_timeout = Duration::from_millis(200);
        });
        let tx = begin(&driver);
        let begun = Instant::now();
        let error = block_on(driver.begin(Default::default())).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::PoolExhausted);
        assert!(error.to_string().contains("transaction"), "{error}");
        assert!(begun.elapsed() >= Duration::from_millis(200));
        block_on(tx.commit()).unwrap();
        block_on(block_on(driver.begin(Default::default())).unwrap().rollback()).unwrap();
    });
}
