//! Hooks: called once, when it is known what became of the work.

use futures_util::FutureExt;
use ommi_core::ErrorKind;
use ommi_core::driver::TransactionOptions;
use parking_lot::Mutex;

use super::*;
use crate::Tx;
use crate::testing::Answer;

/// What the hooks said, in the order in which they were called.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<String>>>);

impl Said {
    /// Two hooks that say what became of `name`.
    fn listen(&self, tx: &Tx, name: &str) {
        let (committed, rolled_back) = (self.clone(), self.clone());
        let (kept, gone) = (format!("{name} kept"), format!("{name} gone"));
        tx.on_commit(move || committed.0.lock().push(kept)).unwrap();
        tx.on_rollback(move || rolled_back.0.lock().push(gone)).unwrap();
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock())
    }
}

fn begin() -> (Tx, Arc<Fake>, Said) {
    let (handle, fake) = handle();
    (wait(handle.begin(TransactionOptions::default())), fake, Said::default())
}

#[test]
fn after_the_commit_in_the_order_in_which_they_were_added() {
    let (tx, _, said) = begin();
    said.listen(&tx, "a");
    said.listen(&tx, "b");
    assert_eq!(said.take(), [] as [&str; 0]);
    wait(tx.commit());
    assert_eq!(said.take(), ["a kept", "b kept"]);
    drop(tx);
    assert_eq!(said.take(), [] as [&str; 0]);
}

#[test]
fn after_the_rollback() {
    let (tx, _, said) = begin();
    said.listen(&tx, "a");
    wait(tx.rollback());
    assert_eq!(said.take(), ["a gone"]);
    drop(tx);
    assert_eq!(said.take(), [] as [&str; 0]);
}

#[test]
fn after_a_transaction_was_dropped() {
    let (tx, _, said) = begin();
    said.listen(&tx, "a");
    drop(tx);
    assert_eq!(said.take(), ["a gone"]);
}

#[test]
fn a_nested_commit_waits_for_the_outermost_one() {
    let (tx, _, said) = begin();
    said.listen(&tx, "outer");
    let inner = wait(tx.nested());
    said.listen(&inner, "inner");
    wait(inner.commit());
    assert_eq!(said.take(), [] as [&str; 0]);
    wait(tx.commit());
    assert_eq!(said.take(), ["outer kept", "inner kept"]);
}

#[test]
fn a_nested_commit_goes_with_an_outer_rollback() {
    let (tx, _, said) = begin();
    let inner = wait(tx.nested());
    said.listen(&inner, "inner");
    wait(inner.commit());
    wait(tx.rollback());
    assert_eq!(said.take(), ["inner gone"]);
}

#[test]
fn a_nested_rollback_takes_its_own_hooks_alone() {
    let (tx, _, said) = begin();
    said.listen(&tx, "outer");
    let inner = wait(tx.nested());
    let innermost = wait(inner.nested());
    said.listen(&innermost, "innermost");
    wait(innermost.commit());
    said.listen(&inner, "inner");
    wait(inner.rollback());
    assert_eq!(said.take(), ["innermost gone", "inner gone"]);
    wait(tx.commit());
    assert_eq!(said.take(), ["outer kept"]);
}

#[test]
fn a_nested_transaction_that_was_dropped() {
    let (tx, _, said) = begin();
    let inner = wait(tx.nested());
    said.listen(&inner, "inner");
    drop(inner);
    assert_eq!(said.take(), ["inner gone"]);
    wait(tx.commit());
    assert_eq!(said.take(), [] as [&str; 0]);
}

#[test]
fn a_savepoint_that_was_returned_to() {
    let (tx, _, said) = begin();
    said.listen(&tx, "before");
    wait(tx.savepoint("here"));
    said.listen(&tx, "after");
    wait(tx.savepoint("there"));
    said.listen(&tx, "later");
    wait(tx.release("there"));
    assert_eq!(said.take(), [] as [&str; 0]);
    wait(tx.rollback_to("here"));
    assert_eq!(said.take(), ["after gone", "later gone"]);
    said.listen(&tx, "again");
    wait(tx.commit());
    assert_eq!(said.take(), ["before kept", "again kept"]);
}

#[test]
fn an_operation_of_several_statements_takes_no_hooks_of_others() {
    let (tx, _, said) = begin();
    let group = wait(tx.session().atomic());
    said.listen(&tx, "beside");
    wait(group.rollback());
    assert_eq!(said.take(), [] as [&str; 0]);
    wait(tx.commit());
    assert_eq!(said.take(), ["beside kept"]);
}

#[test]
fn a_panic_keeps_no_other_from_being_called() {
    let (tx, _, said) = begin();
    tx.on_commit(|| panic!("arranged")).unwrap();
    said.listen(&tx, "after");
    wait(tx.commit());
    assert_eq!(said.take(), ["after kept"]);
}

#[test]
fn a_failed_commit_is_a_rollback_and_an_unknown_one_is_nothing() {
    for (kind, expected) in [
        (ErrorKind::Conflict, vec!["a gone"]),
        (ErrorKind::ForeignKeyViolation, vec!["a gone"]),
        (ErrorKind::Connection, vec![]),
    ] {
        let (tx, fake, said) = begin();
        said.listen(&tx, "a");
        fake.answer([Answer::Fail(kind)]);
        assert_eq!(fail(tx.commit()).kind(), kind);
        assert_eq!(said.take(), expected, "{kind:?}");
        drop(tx);
        assert_eq!(said.take(), [] as [&str; 0]);
    }
}

#[test]
fn a_commit_that_nobody_waited_for_is_nothing() {
    let (tx, fake, said) = begin();
    said.listen(&tx, "a");
    fake.answer([Answer::Hang]);
    assert!(tx.commit().now_or_never().is_none());
    drop(tx);
    assert_eq!(said.take(), [] as [&str; 0]);
}

#[test]
fn none_can_be_added_after_the_end() {
    let (tx, _, _) = begin();
    wait(tx.commit());
    assert_eq!(tx.on_commit(|| {}).unwrap_err().kind(), ErrorKind::Transaction);
    assert_eq!(tx.on_rollback(|| {}).unwrap_err().kind(), ErrorKind::Transaction);
}
