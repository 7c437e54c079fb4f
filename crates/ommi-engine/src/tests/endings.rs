//! Transactions that the database gave up, that are misused, or that may not write.

use ommi_core::ErrorKind;
use ommi_core::driver::{IsolationLevel, TransactionOptions};
use ommi_core::value::{Cell, RowBatch};

use super::*;
use crate::testing::{Answer, models};
use crate::{Tx, TxOptions};

fn begin(options: TxOptions) -> (Tx, Arc<Fake>) {
    let (handle, fake) = handle();
    let tx = wait(handle.begin(options));
    fake.take_log();
    (tx, fake)
}

fn delete() -> Operation {
    Operation::Delete(Query::new(models().lonely.clone()))
}

#[test]
fn after_a_lost_race_nothing_more_is_sent() {
    for kind in [ErrorKind::Conflict, ErrorKind::Connection] {
        let (tx, fake) = begin(TxOptions::default());
        let inner = wait(tx.nested());
        fake.answer([Answer::Fail(kind)]);
        assert_eq!(fail(inner.session().write(delete())).kind(), kind);
        assert_eq!(fake.take_log()[1..], ["compile Lonely", "tx write [Lonely] []", "tx rollback"]);
        assert!(!tx.is_open() && !inner.is_open());
        for error in [
            fail(inner.session().write(delete())),
            fail(inner.commit()),
            fail(tx.session().write(delete())),
            tx.session().write_now(&delete()).unwrap().unwrap_err(),
            fail(tx.nested()),
            fail(tx.savepoint("a")),
            tx.on_commit(|| {}).unwrap_err(),
            fail(tx.commit()),
        ] {
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.message().contains("before"), "{error}");
        }
        wait(inner.rollback());
        wait(tx.rollback());
        assert_eq!(fail(tx.rollback()).kind(), kind);
        assert_eq!(fake.take_log(), [] as [&str; 0]);
    }
}

#[test]
fn a_race_lost_on_the_calling_thread_ends_the_transaction_too() {
    let (tx, fake) = begin(TxOptions::default());
    fake.answer([Answer::Fail(ErrorKind::Conflict)]);
    assert_eq!(tx.session().write_now(&delete()).unwrap().unwrap_err().kind(), ErrorKind::Conflict);
    assert!(!tx.is_open());
    wait(tx.rollback());
    assert_eq!(fake.take_log()[2..], ["tx rollback"]);
}

#[test]
fn other_errors_leave_the_transaction_open() {
    let (tx, fake) = begin(TxOptions::default());
    for kind in [ErrorKind::UniqueViolation, ErrorKind::Lock, ErrorKind::Timeout, ErrorKind::Query] {
        fake.answer([Answer::Fail(kind)]);
        assert_eq!(fail(tx.session().write(delete())).kind(), kind);
        assert!(tx.is_open());
    }
    wait(tx.commit());
}

#[test]
fn a_failed_commit_is_the_end() {
    let (tx, fake) = begin(TxOptions::default());
    fake.answer([Answer::Fail(ErrorKind::Conflict)]);
    assert_eq!(fail(tx.commit()).kind(), ErrorKind::Conflict);
    let error = fail(tx.session().write(delete()));
    assert_eq!(error.kind(), ErrorKind::Transaction);
    assert!(error.message().contains("commit failed"), "{error}");
    assert_eq!(fake.take_log(), ["tx commit"]);
}

#[test]
fn a_read_only_transaction_sends_no_write() {
    let (tx, fake) = begin(TxOptions { read_only: true, ..TxOptions::default() });
    let user = &models().user;
    let mut rows = RowBatch::with_capacity(2, 1);
    rows.push_row(&[Cell::Text("ada"), Cell::Int(3)]);
    let fields = ["name", "age"].map(|field| user.require_field(field).unwrap()).to_vec();
    for error in [
        fail(tx.session().write(delete())),
        tx.session().write_now(&delete()).unwrap().unwrap_err(),
        fail(tx.session().insert(user.clone(), fields, rows)),
    ] {
        assert_eq!(error.kind(), ErrorKind::Transaction, "{error}");
    }
    assert!(fake.take_log().iter().all(|line| !line.starts_with("tx")));
    wait(tx.commit());
}

#[test]
fn a_nested_transaction_may_be_read_only_alone() {
    let (tx, _) = begin(TxOptions::default());
    let inner = wait(tx.nested_with(TxOptions { read_only: true, ..TxOptions::default() }));
    assert_eq!(fail(inner.session().write(delete())).kind(), ErrorKind::Transaction);
    let innermost = wait(inner.nested());
    assert_eq!(fail(innermost.session().write(delete())).kind(), ErrorKind::Transaction);
    wait(innermost.commit());
    wait(inner.commit());
    wait(tx.session().write(delete()));
}

#[test]
fn what_the_outermost_transaction_decides_is_not_asked_of_a_nested_one() {
    let fake = Fake::with(ommi_core::driver::Capabilities {
        isolation: vec![IsolationLevel::ReadCommitted, IsolationLevel::Serializable],
        ..Fake::capable()
    });
    let handle = Handle::new(fake, HandleOptions::default());
    let tx = wait(handle.begin(TransactionOptions::default()));
    let at = |isolation| TxOptions { isolation: Some(isolation), ..TxOptions::default() };
    wait(wait(tx.nested_with(at(IsolationLevel::ReadCommitted))).commit());
    assert_eq!(fail(tx.nested_with(at(IsolationLevel::Serializable))).kind(), ErrorKind::Transaction);
    let timed = TxOptions { timeout: Some(std::time::Duration::from_secs(1)), ..TxOptions::default() };
    assert_eq!(fail(tx.nested_with(timed)).kind(), ErrorKind::Transaction);
    wait(tx.nested());
}
