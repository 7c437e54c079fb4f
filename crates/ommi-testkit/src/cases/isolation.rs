//! What transactions see of each other, and that they lose nothing.

use ommi_core::driver::IsolationLevel;

use crate::case::cases;
use crate::kit::*;

use super::transaction::{PEOPLE, names, rename};

cases! {
    work_is_invisible_to_others_before_the_commit,
    work_outside_does_not_join,
    transactions_at_once_lose_no_update,
    a_read_only_transaction_refuses_writes,
    a_read_only_transaction_sees_one_state,
    a_weaker_isolation_level_becomes_a_stronger_one,
}

/// The strongest isolation that there is. One that sees a snapshot loses no update either.
pub(super) fn strongest(handle: &Handle) -> TransactionOptions {
    let isolation = handle.driver().capabilities().isolation.last().copied().unwrap_or_default();
    TransactionOptions { isolation, read_only: false }
}

/// Adds one to Ada's age ten times: each time reads, then writes, and begins again after a lost race.
fn add_ten(handle: &Handle, user: &Arc<ModelDef>) -> Result<()> {
    let ada = || find(user).filter(field(user, "id").is(Eq, 1));
    let once = || -> Result<()> {
        let tx = now(handle.begin(strongest(handle)))?;
        let age = tx.session().ids(ada().select(&["age"]))?[0];
        tx.session().change(ada(), &[("age", lit(age + 1))])?;
        now(tx.commit())
    };
    for _ in 0..10 {
        while let Err(error) = once() {
            if !error.is_conflict() {
                return Err(error);
            }
        }
    }
    Ok(())
}

fn work_is_invisible_to_others_before_the_commit(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    rename(&tx.session(), &user, 1, "x")?;
    tx.session().add(&user, &[("name", text("Fay"))])?;
    assert_eq!(names(db, &user)?, PEOPLE.map(text));
    assert_eq!(db.explicit().session().count(find(&user))?, 5);
    now(tx.commit())?;
    assert_eq!(db.count(find(&user))?, 6);
    Ok(())
}

fn work_outside_does_not_join(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let reader =
        now(db.handle().begin(TransactionOptions { read_only: true, ..TransactionOptions::default() }))?;
    assert_eq!(reader.session().count(find(&user))?, 5);
    rename(db, &user, 1, "outside")?;
    now(reader.rollback())?;
    assert_eq!(names(db, &user)?[0], text("outside"));
    Ok(())
}

fn transactions_at_once_lose_no_update(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let handle = db.handle().clone();
    std::thread::scope(|scope| {
        let tasks: Vec<_> = (0..4).map(|_| scope.spawn(|| add_ten(&handle, &user))).collect();
        tasks.into_iter().try_for_each(|task| task.join().unwrap())
    })?;
    assert_eq!(db.values(find(&user).by("id").limit(1).select(&["age"]))?, [int(36 + 40)]);
    Ok(())
}

fn a_read_only_transaction_refuses_writes(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = now(db.handle().begin(TransactionOptions { read_only: true, ..TransactionOptions::default() }))?;
    assert_eq!(tx.session().count(find(&user))?, 5);
    refused(db.unsent(|| rename(&tx.session(), &user, 1, "x")), ErrorKind::Transaction);
    let row = [("name", text("x"))];
    refused(db.unsent(|| tx.session().add(&user, &row)), ErrorKind::Transaction);
    refused(db.unsent(|| tx.session().remove(find(&user))), ErrorKind::Transaction);
    assert_eq!(tx.session().count(find(&user))?, 5);
    now(tx.commit())?;
    assert_eq!(names(db, &user)?, PEOPLE.map(text));
    rename(db, &user, 1, "y")?;
    Ok(())
}

fn a_read_only_transaction_sees_one_state(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let repeatable = TransactionOptions { isolation: IsolationLevel::RepeatableRead, read_only: true };
    if db.capabilities().isolation_at_least(repeatable.isolation).is_none() {
        refused(now(db.handle().begin(repeatable)), ErrorKind::Unsupported);
        return Ok(());
    }
    let tx = now(db.handle().begin(repeatable))?;
    assert_eq!(tx.session().count(find(&user))?, 5);
    db.remove(find(&user).filter(field(&user, "id").is(Gt, 2)))?;
    assert_eq!(tx.session().count(find(&user))?, 5);
    assert_eq!(names(&tx.session(), &user)?, PEOPLE.map(text));
    now(tx.commit())?;
    assert_eq!(db.count(find(&user))?, 2);
    Ok(())
}

fn a_weaker_isolation_level_becomes_a_stronger_one(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    for isolation in [
        IsolationLevel::ReadUncommitted,
        IsolationLevel::ReadCommitted,
        IsolationLevel::RepeatableRead,
        IsolationLevel::Serializable,
    ] {
        let begun = now(db.handle().begin(TransactionOptions { isolation, read_only: false }));
        match db.capabilities().isolation_at_least(isolation) {
            Some(level) => {
                let tx = begun?;
                assert_eq!(tx.options().isolation, level);
                assert_eq!(tx.session().count(find(&user))?, 5);
                now(tx.commit())?;
            }
            None => drop(refused(begun, ErrorKind::Unsupported)),
        }
    }
    Ok(())
}
