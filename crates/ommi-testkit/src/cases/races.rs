//! Lost races: what a database ends is over, and running it again wins in the end.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{join, join3};
use ommi_core::driver::BoxFuture;
use ommi_core::query::Assignment;
use ommi_engine::{Attempts, RetryOptions, sleep};

use crate::case::cases;
use crate::kit::*;

use super::isolation::strongest;
use super::transaction::{PEOPLE, names, rename};

cases! {
    work_that_is_run_again_wins_in_the_end,
    a_deadlock_ends_one_and_lets_the_other_go_on [ConcurrentWriters, RowWaits],
    what_was_asked_after_a_deadlock_is_not_done [ConcurrentWriters, RowWaits],
    a_write_that_does_not_wait_has_lost_the_race,
    a_writer_waits_for_the_row_of_another,
    many_handles_lose_no_update,
}

fn renaming(session: &Session, user: &Arc<ModelDef>, id: i64, name: &str) -> BoxFuture<Result<u64>> {
    let assignment = Assignment { field: 1, value: lit(name) };
    session.write(Operation::Update(find(user).filter(field(user, "id").is(Eq, id)), vec![assignment]))
}

/// Adds one to Ada's age: reads, then writes.
async fn grow(handle: &Handle, user: &Arc<ModelDef>) -> Result<()> {
    let tx = handle.begin(strongest(handle)).await?;
    let ada = || find(user).filter(field(user, "id").is(Eq, 1));
    let age = crate::run::first(&tx.session(), ada().select(&["age"])).await?;
    let Some(Value::Int(age)) = age else { panic!("an age is {age:?}") };
    let grown = Assignment { field: 3, value: lit(age + 1) };
    tx.session().write(Operation::Update(ada(), vec![grown])).await?;
    tx.commit().await
}

/// Runs the work again after each lost race, with waits that grow.
async fn grow_in_the_end(handle: &Handle, user: &Arc<ModelDef>) -> Result<()> {
    let mut attempts = Attempts::new(RetryOptions {
        max_retries: 200,
        first_wait: Duration::from_millis(1),
        max_wait: Duration::from_millis(20),
    });
    loop {
        let Err(error) = grow(handle, user).await else { return Ok(()) };
        match attempts.again_after(error.kind()) {
            Some(wait) => sleep(wait).await,
            None => return Err(error),
        }
    }
}

fn work_that_is_run_again_wins_in_the_end(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let handle = db.handle().clone();
    at_once(8, |_| (0..5).try_for_each(|_| now(grow_in_the_end(&handle, &user))))?;
    assert_eq!(db.values(find(&user).by("id").limit(1).select(&["age"]))?, [int(36 + 40)]);
    Ok(())
}

fn many_handles_lose_no_update(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let handles: Vec<Handle> = (0..8).map(|_| db.explicit()).collect();
    at_once(8, |task| (0..5).try_for_each(|_| now(grow_in_the_end(&handles[task], &user))))?;
    assert_eq!(db.values(find(&user).by("id").limit(1).select(&["age"]))?, [int(36 + 40)]);
    Ok(())
}

/// Runs `work` on so many threads.
pub(super) fn at_once(threads: usize, work: impl Fn(usize) -> Result<()> + Sync) -> Result<()> {
    std::thread::scope(|scope| {
        let work = &work;
        let tasks: Vec<_> = (0..threads).map(|task| scope.spawn(move || work(task))).collect();
        tasks.into_iter().try_for_each(|task| task.join().unwrap())
    })
}

/// Two transactions, each of which changed a row that the other wants next.
fn crossed(db: &Db, user: &Arc<ModelDef>) -> Result<[Tx; 2]> {
    let pair = [db.begin()?, db.begin()?];
    rename(&pair[0].session(), user, 1, "first")?;
    rename(&pair[1].session(), user, 2, "second")?;
    Ok(pair)
}

/// The transaction that lost a deadlock is over, and says so.
#[track_caller]
fn has_lost(tx: &Tx, user: &Arc<ModelDef>) {
    assert!(!tx.is_open());
    refused(rename(&tx.session(), user, 3, "late"), ErrorKind::Conflict);
    refused(tx.session().rows(find(user)), ErrorKind::Conflict);
    refused(now(tx.savepoint("late")), ErrorKind::Conflict);
    refused(now(tx.commit()), ErrorKind::Conflict);
    now(tx.rollback()).unwrap();
}

fn a_deadlock_ends_one_and_lets_the_other_go_on(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let pair = crossed(db, &user)?;
    let outcomes = now(join(
        renaming(&pair[0].session(), &user, 2, "first"),
        renaming(&pair[1].session(), &user, 1, "second"),
    ));
    let (won, lost, name) = match outcomes {
        (Ok(1), Err(error)) if error.is_conflict() => (&pair[0], &pair[1], "first"),
        (Err(error), Ok(1)) if error.is_conflict() => (&pair[1], &pair[0], "second"),
        outcomes => panic!("{outcomes:?}"),
    };
    has_lost(lost, &user);
    rename(&won.session(), &user, 3, name)?;
    now(won.commit())?;
    assert_eq!(names(db, &user)?, [name, name, name, "Dan", "Eve"].map(text));
    Ok(())
}

fn what_was_asked_after_a_deadlock_is_not_done(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let [first, second] = crossed(db, &user)?;
    let (ours, theirs) = (first.session(), second.session());
    // Made behind the update that may lose, before anybody knows that it does.
    let (one, other, behind) = now(join3(
        renaming(&ours, &user, 2, "first"),
        async {
            let outcome = renaming(&theirs, &user, 1, "second").await;
            (outcome, second.commit().await)
        },
        renaming(&ours, &user, 3, "behind"),
    ));
    match (one, other) {
        (Err(error), (Ok(1), Ok(()))) => {
            assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
            refused(behind, ErrorKind::Conflict);
            has_lost(&first, &user);
            assert_eq!(names(db, &user)?, ["second", "second", "Cyd", "Dan", "Eve"].map(text));
        }
        (Ok(1), (Err(error), commit)) => {
            assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
            refused(commit, ErrorKind::Conflict);
            assert_eq!(behind?, 1);
            now(first.commit())?;
            assert_eq!(names(db, &user)?, ["first", "first", "behind", "Dan", "Eve"].map(text));
        }
        outcomes => panic!("{outcomes:?}"),
    }
    Ok(())
}

fn a_write_that_does_not_wait_has_lost_the_race(db: &Db) -> Result<()> {
    if db.capabilities().row_waits {
        return Ok(());
    }
    let user = models::people(db)?;
    let (first, second) = (db.begin()?, db.begin()?);
    rename(&first.session(), &user, 1, "first")?;
    refused(rename(&second.session(), &user, 1, "second"), ErrorKind::Conflict);
    has_lost(&second, &user);
    now(first.commit())?;
    assert_eq!(names(db, &user)?[0], text("first"));
    Ok(())
}

fn a_writer_waits_for_the_row_of_another(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    rename(&tx.session(), &user, 1, "first")?;
    let mut waiting = renaming(db, &user, 1, "second");
    for _ in 0..50 {
        assert!((&mut waiting).now_or_never().is_none(), "a write did not wait for the one before");
        assert_eq!(names(db, &user)?, PEOPLE.map(text));
    }
    now(tx.commit())?;
    assert_eq!(now(waiting)?, 1);
    assert_eq!(names(db, &user)?[0], text("second"));
    Ok(())
}
