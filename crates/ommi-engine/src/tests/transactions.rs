//! Transactions: their ends, nesting, savepoints, and what is dropped unfinished.

use ommi_core::ErrorKind;
use ommi_core::driver::{IsolationLevel, TransactionOptions};

use super::*;
use crate::Tx;
use crate::testing::models;

fn begin() -> (Tx, Arc<Fake>) {
    let (handle, fake) = handle();
    let tx = wait(handle.begin(TransactionOptions::default()));
    fake.take_log();
    (tx, fake)
}

fn delete() -> Operation {
    Operation::Delete(Query::new(models().lonely.clone()))
}

#[test]
fn a_level_that_the_database_lacks_becomes_the_next_stronger_one() {
    let (handle, fake) = handle();
    let options = TransactionOptions { isolation: IsolationLevel::ReadCommitted, read_only: false };
    let tx = wait(handle.begin(options));
    assert_eq!(tx.options().isolation, IsolationLevel::Serializable);
    assert_eq!(fake.take_log(), ["begin Serializable"]);
}

#[test]
fn operations_of_a_transaction_run_in_it() {
    let (tx, fake) = begin();
    assert_eq!(wait(tx.session().write(delete())), 1);
    assert_eq!(tx.session().write_now(&delete()).unwrap().unwrap(), 1);
    wait(tx.commit());
    assert_eq!(
        fake.take_log(),
        ["compile Lonely", "tx write [Lonely] []", "tx write_now [Lonely] []", "tx commit"]
    );
}

#[test]
fn after_its_end_everything_is_refused() {
    for end in [Tx::commit, Tx::rollback] {
        let (tx, _) = begin();
        wait(end(&tx));
        assert!(!tx.is_open());
        for error in [
            fail(tx.commit()),
            fail(tx.rollback()),
            fail(tx.nested()),
            fail(tx.savepoint("a")),
            fail(tx.session().write(delete())),
            tx.session().write_now(&delete()).unwrap().unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Transaction, "{error}");
        }
    }
}

#[test]
fn an_inner_transaction_is_a_savepoint() {
    let (tx, fake) = begin();
    let inner = wait(tx.nested());
    wait(inner.commit());
    let inner = wait(tx.nested());
    let innermost = wait(inner.nested());
    wait(innermost.rollback());
    assert!(!innermost.is_open() && inner.is_open() && tx.is_open());
    wait(inner.commit());
    wait(tx.commit());
    assert_eq!(
        fake.take_log(),
        [
            "tx savepoint ommi inner 1",
            "tx release ommi inner 1",
            "tx savepoint ommi inner 2",
            "tx savepoint ommi inner 3",
            "tx rollback to ommi inner 3",
            "tx release ommi inner 3",
            "tx release ommi inner 2",
            "tx commit"
        ]
    );
}

#[test]
fn the_end_of_an_outer_transaction_ends_the_inner_one() {
    let (tx, fake) = begin();
    let inner = wait(tx.nested());
    wait(tx.commit());
    assert!(!inner.is_open());
    assert_eq!(fail(inner.commit()).kind(), ErrorKind::Transaction);
    drop(inner);
    assert_eq!(fake.take_log(), ["tx savepoint ommi inner 1", "tx commit"]);
}

#[test]
fn one_inner_transaction_is_open_at_a_time() {
    let (tx, _) = begin();
    let inner = wait(tx.nested());
    assert_eq!(fail(tx.nested()).kind(), ErrorKind::Transaction);
    assert_eq!(fail(tx.savepoint("a")).kind(), ErrorKind::Transaction);
    wait(inner.rollback());
    wait(tx.nested());
}

#[test]
fn an_inner_transaction_dropped_unfinished_is_undone_before_anything_else() {
    let (tx, fake) = begin();
    let inner = wait(tx.nested());
    wait(inner.session().write(delete()));
    drop(inner);
    assert!(tx.session().write_now(&delete()).is_none());
    wait(tx.session().write(delete()));
    assert!(tx.session().write_now(&delete()).is_some());
    assert_eq!(
        fake.take_log()[2..],
        [
            "tx write [Lonely] []",
            "tx rollback to ommi inner 1",
            "tx release ommi inner 1",
            "tx write [Lonely] []",
            "tx write_now [Lonely] []"
        ]
    );
}

#[test]
fn a_commit_undoes_what_was_dropped_unfinished() {
    let (tx, fake) = begin();
    drop(wait(tx.nested()));
    wait(tx.commit());
    let log = fake.take_log();
    assert_eq!(log[1..], ["tx rollback to ommi inner 1", "tx release ommi inner 1", "tx commit"]);
}

#[test]
fn an_inner_end_that_is_never_awaited_leaves_it_open() {
    let (tx, _) = begin();
    let inner = wait(tx.nested());
    drop(inner.commit());
    assert!(inner.is_open());
}

#[test]
fn savepoints_are_returned_to_by_name() {
    let (tx, fake) = begin();
    wait(tx.savepoint("a"));
    wait(tx.savepoint("b"));
    wait(tx.rollback_to("a"));
    let error = fail(tx.release("b"));
    assert_eq!(error.kind(), ErrorKind::Transaction);
    assert!(error.to_string().contains("the savepoints are: a"), "{error}");
    wait(tx.rollback_to("a"));
    wait(tx.release("a"));
    assert_eq!(fail(tx.rollback_to("a")).kind(), ErrorKind::Transaction);
    assert_eq!(fail(tx.savepoint("")).kind(), ErrorKind::Validation);
    assert_eq!(
        fake.take_log(),
        ["tx savepoint a", "tx savepoint b", "tx rollback to a", "tx rollback to a", "tx release a"]
    );
}

#[test]
fn an_operation_of_several_statements_is_not_interleaved() {
    let (tx, fake) = begin();
    let several = async {
        let group = tx.session().atomic().await?;
        group.session().write(delete()).await?;
        yield_once().await;
        group.session().write(delete()).await?;
        group.commit().await
    };
    let other = async {
        assert!(tx.session().write_now(&delete()).is_none());
        tx.session().write(delete()).await
    };
    let (several, other, nested) = block_on(futures_util::future::join3(several, other, tx.nested()));
    assert!(several.is_ok() && other.is_ok() && nested.is_ok());
    assert_eq!(
        fake.take_log(),
        [
            "tx savepoint ommi inner 1",
            "compile Lonely",
            "tx write [Lonely] []",
            "tx write [Lonely] []",
            "tx release ommi inner 1",
            "tx write [Lonely] []",
            "tx savepoint ommi inner 2",
        ]
    );
}

#[test]
fn an_operation_of_several_statements_dropped_half_way_is_undone() {
    let (tx, fake) = begin();
    let inner = wait(tx.nested());
    let group = wait(tx.session().atomic());
    wait(group.session().write(delete()));
    drop(group);
    wait(inner.session().write(delete()));
    wait(inner.commit());
    wait(tx.commit());
    assert_eq!(
        fake.take_log()[1..],
        [
            "tx savepoint ommi inner 2",
            "compile Lonely",
            "tx write [Lonely] []",
            "tx rollback to ommi inner 2",
            "tx release ommi inner 2",
            "tx write [Lonely] []",
            "tx release ommi inner 1",
            "tx commit"
        ]
    );
}

#[test]
fn outside_of_a_transaction_an_operation_of_several_statements_is_one() {
    let (handle, fake) = handle();
    let tx = wait(handle.session().atomic());
    wait(tx.commit());
    assert_eq!(fake.take_log(), ["begin Serializable", "tx commit"]);
}

/// Gives others a turn.
async fn yield_once() {
    let mut asked = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut asked, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
