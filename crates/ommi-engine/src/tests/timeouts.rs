//! Transactions whose time is over.

use std::sync::mpsc;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use ommi_core::ErrorKind;
use ommi_core::driver::FetchOptions;

use super::*;
use crate::testing::{Answer, models};
use crate::{Tx, TxOptions, sleep};

const SHORT: Duration = Duration::from_millis(20);

fn within(timeout: Duration) -> TxOptions {
    TxOptions { timeout: Some(timeout), ..TxOptions::default() }
}

fn begin(timeout: Duration) -> (Tx, Arc<Fake>) {
    let (handle, fake) = handle();
    let tx = wait(handle.begin(within(timeout)));
    fake.take_log();
    (tx, fake)
}

fn delete() -> Operation {
    Operation::Delete(Query::new(models().lonely.clone()))
}

#[test]
fn a_running_operation_is_cancelled_and_the_work_undone() {
    let (tx, fake) = begin(SHORT);
    fake.answer([Answer::Done, Answer::Hang]);
    wait(tx.session().write(delete()));
    let error = fail(tx.session().write(delete()));
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.message().contains("20ms"), "{error}");
    wait(tx.rollback());
    assert_eq!(fake.take_log()[2..], ["tx write [Lonely] []", "cancelled write", "tx rollback"]);
}

#[test]
fn it_is_undone_while_nobody_waits_for_anything() {
    let (tx, fake) = begin(SHORT);
    let (told, hears) = mpsc::channel();
    tx.on_rollback(move || told.send(()).unwrap()).unwrap();
    fake.answer([Answer::Hang]);
    let mut write = tx.session().write(delete());
    assert!((&mut write).now_or_never().is_none());
    // Neither the operation nor the transaction is polled any more.
    hears.recv().unwrap();
    assert_eq!(fake.take_log()[1..], ["tx write [Lonely] []", "cancelled write", "tx rollback"]);
    assert!(!tx.is_open());
    assert_eq!(fail(write).kind(), ErrorKind::Timeout);
}

#[test]
fn what_comes_later_fails_and_so_does_the_commit() {
    let (tx, fake) = begin(SHORT);
    let inner = wait(tx.nested());
    let (told, hears) = mpsc::channel();
    tx.on_rollback(move || told.send(()).unwrap()).unwrap();
    hears.recv().unwrap();
    fake.take_log();
    let mut rows =
        block_on(tx.session().fetch(all(&models().lonely), FetchOptions::default()).collect::<Vec<_>>());
    assert_eq!(rows.len(), 1);
    for error in [
        rows.remove(0).unwrap_err(),
        fail(inner.session().write(delete())),
        fail(inner.commit()),
        fail(tx.session().write(delete())),
        fail(tx.session().use_models(vec![models().lonely.clone()])),
        fail(tx.nested()),
        fail(tx.commit()),
    ] {
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    }
    assert!(fake.take_log().iter().all(|line| !line.starts_with("tx")));
    wait(inner.rollback());
    wait(tx.rollback());
}

#[test]
fn a_stream_that_is_read_ends_with_the_time() {
    let (tx, _) = begin(SHORT);
    let (told, hears) = mpsc::channel();
    let mut rows = tx.session().fetch(all(&models().lonely), FetchOptions::default());
    assert!(block_on(rows.next()).unwrap().is_ok());
    tx.on_rollback(move || told.send(()).unwrap()).unwrap();
    hears.recv().unwrap();
    let rest: Vec<_> = block_on(rows.collect());
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].as_ref().unwrap_err().kind(), ErrorKind::Timeout);
}

#[test]
fn the_wait_for_the_beginning_counts() {
    let (handle, fake) = handle();
    fake.answer([Answer::Hang]);
    assert_eq!(fail(handle.begin(within(SHORT))).kind(), ErrorKind::Timeout);
    assert_eq!(fake.take_log(), ["begin Serializable", "cancelled begin"]);
}

#[test]
fn a_commit_that_was_sent_is_waited_for() {
    let (tx, fake) = begin(SHORT);
    fake.answer([Answer::Hang]);
    let mut commit = tx.commit();
    assert!((&mut commit).now_or_never().is_none());
    block_on(sleep(SHORT * 3));
    assert!((&mut commit).now_or_never().is_none());
    assert_eq!(fake.take_log(), ["tx commit"]);
}

#[test]
fn a_transaction_that_ends_in_time_is_left_alone() {
    let (tx, fake) = begin(SHORT);
    let inner = wait(tx.nested());
    wait(inner.commit());
    wait(tx.commit());
    block_on(sleep(SHORT * 2));
    assert_eq!(fake.take_log().last().unwrap(), "tx commit");
    assert_eq!(fail(tx.commit()).kind(), ErrorKind::Transaction);
}

#[test]
fn a_dropped_transaction_is_not_kept_by_its_timeout() {
    let (tx, _) = begin(Duration::from_secs(3600));
    let (told, hears) = mpsc::channel();
    tx.on_rollback(move || told.send(()).unwrap()).unwrap();
    drop(tx);
    hears.try_recv().unwrap();
}

#[test]
fn a_timeout_of_nothing_is_refused() {
    let (handle, fake) = handle();
    assert_eq!(fail(handle.begin(within(Duration::ZERO))).kind(), ErrorKind::Validation);
    assert_eq!(fake.take_log(), [] as [&str; 0]);
    wait(handle.begin(within(Duration::MAX)));
}
