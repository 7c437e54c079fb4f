//! Nested transactions and named savepoints.

use crate::case::cases;
use crate::kit::*;

cases! {
    an_inner_transaction_is_rolled_back_alone [Savepoints],
    an_inner_transaction_is_committed_with_the_outer_one [Savepoints],
    an_outer_rollback_takes_inner_commits_along [Savepoints],
    five_levels_deep [Savepoints],
    a_hundred_levels_deep [Savepoints],
    a_dropped_inner_transaction_is_rolled_back [Savepoints],
    inner_transactions_follow_each_other [Savepoints],
    one_inner_transaction_at_a_time [Savepoints],
    an_inner_transaction_ends_with_the_outer_one [Savepoints],
    an_inner_transaction_is_not_used_after_its_end [Savepoints],
    an_error_in_an_inner_transaction [Savepoints],
    a_savepoint_is_returned_to [Savepoints],
    a_savepoint_is_returned_to_twice [Savepoints],
    a_released_savepoint_is_forgotten [Savepoints],
    later_savepoints_go_with_earlier_ones [Savepoints],
    savepoints_of_one_name [Savepoints],
    savepoints_of_odd_names [Savepoints],
    an_unknown_savepoint_is_an_error [Savepoints],
    savepoints_belong_to_their_level [Savepoints],
}

fn add(tx: &Tx, user: &Arc<ModelDef>, name: &str) -> Result<()> {
    tx.session().add(user, &[("name", text(name))]).map(drop)
}

#[track_caller]
fn holds(session: &Session, user: &Arc<ModelDef>, names: &[&str]) -> Result<()> {
    let found = session.values(find(user).by("name").select(&["name"]))?;
    assert_eq!(found, names.iter().map(|name| text(name)).collect::<Vec<_>>());
    Ok(())
}

fn begun(db: &Db) -> Result<(Arc<ModelDef>, Tx)> {
    let user = models::user();
    db.set_up(&[&user])?;
    Ok((user, db.begin()?))
}

fn an_inner_transaction_is_rolled_back_alone(db: &Db) -> Result<()> {
    let (user, tx) = begun(db)?;
    add(&tx, &user, "a")?;
    let inner = now(tx.nested())?;
    add(&inner, &user, "b")?;
    holds(&inner.session(), &user, &["a", "b"])?;
    now(inner.rollback())?;
    holds(&tx.session(), &user, &["a"])?;
    add(&tx, &user, "c")?;
    now(tx.commit())?;
    holds(db, &user, &["a", "c"])
}

fn an_inner_transaction_is_committed_with_the_outer_one(db: &Db) -> Result<()> {
    let (user, tx) = begun(db)?;
    let inner = now(tx.nested())?;
    add(&inner, &user, "a")?;
    now(inner.commit())?;
    assert_eq!(db.count(find(&user))?, 0, "the outer one is open");
    now(tx.commit())?;
    holds(db, &user, &["a"])
}

fn an_outer_rollback_takes_inner_commits_along(db: &Db) -> Result<()> {
    let (user, tx) = begun(db)?;
    let inner = now(tx.nested())?;
    add(&inner, &user, "a")?;
    now(inner.commit())?;
    now(tx.rollback())?;
    holds(db, &user, &[])
}

fn five_levels_deep(db: &Db) -> Result<()> {
    let (user, tx) = begun(db)?;
    let mut levels = vec![tx];
    for level in 1..=5 {
        let inner = now(levels[level - 1].nested())?;
        add(&inner, &user, &format!("level {level}"))?;
        levels.push(inner);
    }
    holds(&levels[5].session(), &user, &["level 1", "level 2", "level 3", "level 4", "level 5"])?;
    now(levels[5].commit())?;
    now(levels[4].rollback())?;
    now(levels[3].commit())?;
    now(levels[2].rollback())?;
    now(levels[1].commit())?;
    now(levels[0].commit())?;
    holds(db, &user, &["level 1"])
}

fn a_hundred_levels_deep(db: &Db) -> Result<()> {
    let (user, tx) = begun(db)?;
    let mut levels = vec![tx];
    for level in 1..=100 {
        let inner = now(levels[level - 1].nested())?;
        now(inner.savepoint("here"))?;
        add(&inner, &user, &format!("{level:03}"))?;
        levels.push(inner);
    }
    for (level, tx) in levels.iter().enumerate().skip(1).rev() {
        if level == 50 { now(tx.rollback())? } else { now(tx.commit())? }
    }
    now(levels[0].commit())?;
    let kept: Vec<String> = (1..50).map(|level| format!("{level:03}")).collect();
    holds(db, &user, &kept.iter().map(String::as_str).collect::<Vec<_>>())
}

fn a_dropped_inner_transaction_is_rolled_back(db: &Db) -> Result<()> {
    let (user, tx) = begun(db)?;
    add(&tx, &user, "a")?;
    let inner = now(tx.nested())?;
    add(&inner, &user, "b")?;
    let innermost = now(inner.nested())?;
    add(&innermost, &user, "c")?;
    drop(innermost);
    drop(inner);
    add(&tx, &user, "d")?;
    holds(&tx.session(), &user, &["a", "d"])?;
    now(tx.commit())?;
    holds(db, &user, &["a", "d"])
}

fn inner_transactions_follow_each_other(db: &Db) -> Result<()> {
    let (user, tx) = begun(db)?;
    for number in 0..20 {
        let inner = now(tx.nested())?;
        add(&inner, &user, &format!("{number:02}"))?;
        match number % 3 {
            0 => now(inner.commit())?,
            1 => now(inner.rollback())?,
            _ => drop(inner),
        }
    }
    now(tx.commit())?;
    holds(db, &user, &["00", "03", "06", "09", "12", "15", "18"])
}

fn one_inner_transaction_at_a_time(db: &Db) -> Result<()> {
    let (user, tx) = begun(db)?;
    let inner = now(tx.nested())?;
    refused(now(tx.nested()), ErrorKind::Transaction);
    refused(now(tx.savepoint("a")), ErrorKind::Transaction);
    add(&inner, &user, "a")?;
    now(inner.commit())?;
    now(now(tx.nested())?.commit())?;
    now(tx.commit())?;
    holds(db, &user, &["a"])
}

fn an_inner_transaction_ends_with_the_outer_one(db: &Db) -> Result<()> {
    let (user, tx) = begun(db)?;
    let inner = now(tx.nested())?;
    add(&inner, &user, "a")?;
    now(tx.commit())?;
    assert!(!inner.is_open());
    refused(add(&inner, &user, "late"), ErrorKind::Transaction);
    refused(now(inner.commit()), ErrorKind::Transaction);
    holds(db, &user, &["a"])
}

fn an_inner_transaction_is_not_used_after_its_end(db: &Db) -> Result<()> {
    let (user, tx) = begun(db)?;
    let inner = now(tx.nested())?;
    now(inner.rollback())?;
    refused(db.unsent(|| add(&inner, &user, "late")), ErrorKind::Transaction);
    refused(db.unsent(|| now(inner.commit())), ErrorKind::Transaction);
    assert!(tx.is_open());
    now(tx.commit())?;
    holds(db, &user, &[])
}

fn an_error_in_an_inner_transaction(db: &Db) -> Result<()> {
    let (user, tx) = begun(db)?;
    let inner = now(tx.nested())?;
    inner.session().add(&user, &[("id", int(1)), ("name", text("a"))])?;
    refused(inner.session().add(&user, &[("id", int(1)), ("name", text("b"))]), ErrorKind::UniqueViolation);
    add(&inner, &user, "c")?;
    now(inner.commit())?;
    now(tx.commit())?;
    holds(db, &user, &["a", "c"])
}

fn a_savepoint_is_returned_to(db: &Db) -> Result<()> {
    let (user, tx) = begun(db)?;
    add(&tx, &user, "a")?;
    now(tx.savepoint("here"))?;
    add(&tx, &user, "b")?;
    now(tx.rollback_to("here"))?;
    holds(&tx.session(), &user, &["a"])?;
    add(&tx, &user, "c")?;
    now(tx.commit())?;
    holds(db, &user, &["a", "c"])
}

fn a_savepoint_is_returned_to_twice(db: &Db) -> Result<()> {
    let (user, tx) = begun(db)?;
    now(tx.savepoint("here"))?;
    for name in ["a", "b", "c"] {
        add(&tx, &user, name)?;
        now(tx.rollback_to("here"))?;
    }
    now(tx.commit())?;
    holds(db, &user, &[])
}

fn a_released_savepoint_is_forgotten(db: &Db) -> Result<()> {
    let (user, tx) = begun(db)?;
    now(tx.savepoint("here"))?;
    add(&tx, &user, "a")?;
    now(tx.release("here"))?;
    refused(db.unsent(|| now(tx.rollback_to("here"))), ErrorKind::Transaction);
    refused(db.unsent(|| now(tx.release("here"))), ErrorKind::Transaction);
    now(tx.commit())?;
    holds(db, &user, &["a"])
}

fn later_savepoints_go_with_earlier_ones(db: &Db) -> Result<()> {
    let (user, tx) = begun(db)?;
    now(tx.savepoint("first"))?;
    add(&tx, &user, "a")?;
    now(tx.savepoint("second"))?;
    add(&tx, &user, "b")?;
    now(tx.rollback_to("first"))?;
    refused(now(tx.rollback_to("second")), ErrorKind::Transaction);
    now(tx.savepoint("second"))?;
    add(&tx, &user, "c")?;
    now(tx.release("first"))?;
    refused(now(tx.release("second")), ErrorKind::Transaction);
    now(tx.commit())?;
    holds(db, &user, &["c"])
}

fn savepoints_of_one_name(db: &Db) -> Result<()> {
    let (user, tx) = begun(db)?;
    now(tx.savepoint("here"))?;
    add(&tx, &user, "a")?;
    now(tx.savepoint("here"))?;
    add(&tx, &user, "b")?;
    now(tx.rollback_to("here"))?;
    holds(&tx.session(), &user, &["a"])?;
    now(tx.release("here"))?;
    now(tx.rollback_to("here"))?;
    holds(&tx.session(), &user, &[])?;
    now(tx.commit())
}

fn savepoints_of_odd_names(db: &Db) -> Result<()> {
    let (user, tx) = begun(db)?;
    for name in
        ["select", "a b", "it's", "\"", "`", "😀", "a;b", "$1", "UPPER", "upper", &"long ".repeat(100)]
    {
        now(tx.savepoint(name))?;
        add(&tx, &user, name)?;
        now(tx.rollback_to(name))?;
        now(tx.release(name))?;
    }
    refused(db.unsent(|| now(tx.savepoint(""))), ErrorKind::Validation);
    refused(db.unsent(|| now(tx.savepoint("a\0b"))), ErrorKind::Validation);
    now(tx.savepoint("Case"))?;
    refused(now(tx.rollback_to("case")), ErrorKind::Transaction);
    now(tx.commit())?;
    holds(db, &user, &[])
}

fn an_unknown_savepoint_is_an_error(db: &Db) -> Result<()> {
    let (user, tx) = begun(db)?;
    now(tx.savepoint("here"))?;
    let error = refused(db.unsent(|| now(tx.rollback_to("there"))), ErrorKind::Transaction);
    assert!(error.message().contains("there") && error.message().contains("here"), "{error}");
    add(&tx, &user, "a")?;
    now(tx.commit())?;
    holds(db, &user, &["a"])
}

fn savepoints_belong_to_their_level(db: &Db) -> Result<()> {
    let (user, tx) = begun(db)?;
    now(tx.savepoint("outer"))?;
    let inner = now(tx.nested())?;
    refused(now(inner.rollback_to("outer")), ErrorKind::Transaction);
    now(inner.savepoint("inner"))?;
    add(&inner, &user, "a")?;
    now(inner.rollback_to("inner"))?;
    now(inner.commit())?;
    refused(now(tx.rollback_to("inner")), ErrorKind::Transaction);
    now(tx.rollback_to("outer"))?;
    now(tx.commit())?;
    holds(db, &user, &[])
}
