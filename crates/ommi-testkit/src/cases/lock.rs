//! Rows that a read locks until its transaction ends.

use std::collections::HashSet;
use std::sync::Mutex;

use ommi_core::query::Lock;

use super::races::at_once;
use crate::case::cases;
use crate::kit::*;

cases! {
    rows_that_others_have_locked_are_left_out [LockWithoutWaiting],
    rows_that_others_have_locked_are_refused [LockWithoutWaiting],
    workers_that_leave_out_what_is_locked_share_no_row [LockWithoutWaiting],
}

fn locked(mut query: Query, lock: Lock) -> Query {
    query.lock = Some(lock);
    query
}

fn ids(session: &Session, query: Query) -> Result<Vec<Row>> {
    crate::run::streamed(session, Operation::Fetch(query.select(&["id"])))
}

fn rows_that_others_have_locked_are_left_out(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let (one, other) = (db.begin()?, db.begin()?);
    let of_36 = find(&user).filter(field(&user, "age").is(Eq, 36)).by("id");
    assert_eq!(ids(&one.session(), locked(of_36, Lock::Wait))?, [[int(1)], [int(4)]]);
    let rest = || locked(find(&user).by("id"), Lock::Skip);
    assert_eq!(ids(&other.session(), rest())?, [[int(2)], [int(3)], [int(5)]]);
    // Those who lock nothing see all.
    assert_eq!(ids(&other.session(), find(&user))?.len(), 5);
    now(one.rollback())?;
    assert_eq!(ids(&other.session(), rest())?.len(), 5);
    now(other.rollback())
}

fn rows_that_others_have_locked_are_refused(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let (one, other) = (db.begin()?, db.begin()?);
    let row = |id: i64, lock: Lock| locked(find(&user).filter(field(&user, "id").is(Eq, id)), lock);
    assert_eq!(ids(&one.session(), row(1, Lock::Refuse))?, [[int(1)]]);
    refused(ids(&other.session(), row(1, Lock::Refuse)), ErrorKind::Lock);
    assert_eq!(ids(&other.session(), row(2, Lock::Refuse))?, [[int(2)]]);
    now(one.commit())?;
    assert_eq!(ids(&other.session(), row(1, Lock::Refuse))?, [[int(1)]]);
    now(other.commit())
}

fn workers_that_leave_out_what_is_locked_share_no_row(db: &Db) -> Result<()> {
    let user = models::user();
    let names: Vec<Row> = (0..40).map(|number| vec![text(&format!("n{number}"))]).collect();
    db.add_all(&user, &["name"], &names)?;
    let handle = db.handle().clone();
    let taken = Mutex::new(Vec::new());
    at_once(4, |_| {
        loop {
            let tx = now(handle.begin(TransactionOptions::default()))?;
            let next = locked(find(&user).by("id").limit(1), Lock::Skip);
            let Some(row) = ids(&tx.session(), next)?.pop() else { return now(tx.rollback()) };
            let Value::Int(id) = row[0] else { panic!("{row:?}") };
            assert_eq!(tx.session().remove(find(&user).filter(field(&user, "id").is(Eq, id)))?, 1);
            now(tx.commit())?;
            taken.lock().unwrap().push(id);
        }
    })?;
    let taken = taken.into_inner().unwrap();
    let different: HashSet<i64> = taken.iter().copied().collect();
    assert_eq!((taken.len(), different.len(), db.count(find(&user))?), (40, 40, 0));
    Ok(())
}
