//! Transactions of this face: commit, rollback, nesting, retrying, dropping.
#![allow(clippy::unwrap_used)] // a failure of a helper is a failed test

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::{User, empty, user, with_users};
use ommi::{Error, ErrorKind, prelude::*};

#[tokio::test]
async fn work_is_kept_when_it_gives_ok() {
    let db = empty().await;
    let id = db
        .transaction()
        .run(async |tx| {
            let mut ada = user("Ada", 36);
            tx.add(&mut ada).await?;
            assert_eq!(db.find::<User>().count().await?, 0, "uncommitted work is invisible");
            Ok(ada.id)
        })
        .await
        .unwrap();
    assert_eq!(db.get::<User>(id).await.unwrap().name, "Ada");
}

#[tokio::test]
async fn work_is_undone_when_it_fails() {
    let db = empty().await;
    let error = db
        .transaction()
        .run(async |tx| -> ommi::Result<()> {
            tx.add(&mut user("Ada", 36)).await?;
            Err(Error::validation("no"))
        })
        .await
        .unwrap_err();
    assert_eq!(error.message(), "no");
    assert_eq!(db.find::<User>().count().await.unwrap(), 0);
}

#[tokio::test]
async fn a_nested_transaction_is_undone_alone() {
    let db = empty().await;
    db.transaction()
        .run(async |tx| {
            tx.add(&mut user("outer", 1)).await?;
            let inner = tx
                .nested(async |tx| -> ommi::Result<()> {
                    tx.add(&mut user("inner", 1)).await?;
                    Err(Error::validation("only this"))
                })
                .await;
            assert!(inner.is_err());
            tx.transaction().run(async |tx| tx.add(&mut user("second", 1)).await).await
        })
        .await
        .unwrap();
    let names = db.find::<User>().order_by(User::ID).select(User::NAME).all().await.unwrap();
    assert_eq!(names, ["outer", "second"]);
}

#[tokio::test]
async fn a_dropped_transaction_is_undone() {
    let db = with_users().await;
    let running = db.transaction();
    let never = running.run(async |tx| {
        tx.find::<User>().delete().await?;
        tokio::time::sleep(Duration::from_secs(3600)).await;
        Ok(())
    });
    assert!(tokio::time::timeout(Duration::from_millis(50), never).await.is_err());
    assert_eq!(db.find::<User>().count().await.unwrap(), 4);
    let tx = db.transaction().begin().await.unwrap();
    tx.find::<User>().delete().await.unwrap();
    drop(tx);
    db.add(&mut user("after", 1)).await.unwrap();
    assert_eq!(db.find::<User>().count().await.unwrap(), 5);
}

#[tokio::test]
async fn a_finished_transaction_refuses_work() {
    let db = with_users().await;
    let tx = db.transaction().begin().await.unwrap();
    tx.commit().await.unwrap();
    assert!(!tx.is_open());
    assert_eq!(tx.find::<User>().count().await.unwrap_err().kind(), ErrorKind::Transaction);
    assert_eq!(tx.commit().await.unwrap_err().kind(), ErrorKind::Transaction);
}

#[tokio::test]
async fn lost_races_are_run_again_as_often_as_asked() {
    let db = empty().await;
    let tries = AtomicUsize::new(0);
    let lose = async |_: Tx| -> ommi::Result<()> {
        tries.fetch_add(1, Ordering::Relaxed);
        Err(Error::new(ErrorKind::Conflict, "lost"))
    };
    assert!(db.transaction().run(lose).await.unwrap_err().is_conflict());
    assert_eq!(tries.swap(0, Ordering::Relaxed), 1);
    assert!(db.transaction().retry(2).run(lose).await.unwrap_err().is_conflict());
    assert_eq!(tries.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_read_only_transaction_refuses_writes() {
    let db = with_users().await;
    let outcome = db
        .transaction()
        .read_only()
        .run(async |tx| {
            assert_eq!(tx.find::<User>().count().await?, 4);
            tx.find::<User>().delete().await
        })
        .await;
    assert!(outcome.is_err());
    assert_eq!(db.find::<User>().count().await.unwrap(), 4);
}

#[tokio::test]
async fn work_may_end_its_transaction_itself() {
    let db = empty().await;
    db.transaction()
        .isolation(Serializable)
        .run(async |tx| {
            tx.add(&mut user("Ada", 36)).await?;
            tx.rollback().await
        })
        .await
        .unwrap();
    assert_eq!(db.find::<User>().count().await.unwrap(), 0);
}

#[tokio::test]
async fn a_transaction_that_takes_too_long_is_undone() {
    let db = with_users().await;
    let undone = Arc::new(AtomicUsize::new(0));
    let count = undone.clone();
    let error = db
        .transaction()
        .timeout(Duration::from_millis(30))
        .on_rollback(move || {
            count.fetch_add(1, Ordering::Relaxed);
        })
        .run(async |tx| -> ommi::Result<()> {
            tx.find::<User>().delete().await?;
            loop {
                tx.find::<User>().count().await?;
                tokio::task::yield_now().await;
            }
        })
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert_eq!(undone.load(Ordering::Relaxed), 1);
    assert_eq!(db.find::<User>().delete().await.unwrap(), 4);
}

#[tokio::test]
async fn hooks_of_the_builder_are_called_for_each_attempt() {
    let db = empty().await;
    let (kept, gone) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count_kept, count_gone) = (kept.clone(), gone.clone());
    let tries = AtomicUsize::new(0);
    db.transaction()
        .retry(3)
        .backoff(Duration::from_millis(1), Duration::from_millis(2))
        .on_commit(move || {
            count_kept.fetch_add(1, Ordering::Relaxed);
        })
        .on_rollback(move || {
            count_gone.fetch_add(1, Ordering::Relaxed);
        })
        .run(async |tx| {
            tx.add(&mut user("Ada", 36)).await?;
            match tries.fetch_add(1, Ordering::Relaxed) {
                0 | 1 => Err(Error::new(ErrorKind::Conflict, "lost")),
                _ => Ok(()),
            }
        })
        .await
        .unwrap();
    assert_eq!((kept.load(Ordering::Relaxed), gone.load(Ordering::Relaxed)), (1, 2));
    assert_eq!(db.find::<User>().count().await.unwrap(), 1);
}

#[tokio::test]
async fn a_nested_transaction_asks_for_nothing_that_the_outermost_one_decides() {
    let db = empty().await;
    let tx = db.transaction().begin().await.unwrap();
    let timed = tx.transaction().timeout(Duration::from_secs(1)).begin().await.unwrap_err();
    assert_eq!(timed.kind(), ErrorKind::Transaction, "{timed}");
    let reader = tx.transaction().read_only().begin().await.unwrap();
    assert_eq!(reader.add(&mut user("Ada", 36)).await.unwrap_err().kind(), ErrorKind::Transaction);
    reader.commit().await.unwrap();
    tx.add(&mut user("Ada", 36)).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_nested_transaction_is_not_run_again_by_itself() {
    let db = empty().await;
    let tries = AtomicUsize::new(0);
    let lose = async |_: Tx| -> ommi::Result<()> {
        tries.fetch_add(1, Ordering::Relaxed);
        Err(Error::new(ErrorKind::Conflict, "lost"))
    };
    let tx = db.transaction().begin().await.unwrap();
    assert!(tx.transaction().retry(5).run(lose).await.unwrap_err().is_conflict());
    assert_eq!(tries.load(Ordering::Relaxed), 1);
}
