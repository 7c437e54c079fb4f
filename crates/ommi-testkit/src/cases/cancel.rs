//! Futures that are dropped: before they are polled nothing runs, after that an operation is done whole or not at
//! all, and nobody else is in its way.

use futures_util::FutureExt;

use crate::case::cases;
use crate::kit::*;

cases! {
    nothing_runs_until_it_is_awaited,
    a_dropped_insert_is_whole_or_not_at_all,
    a_dropped_update_is_whole_or_not_at_all,
    a_dropped_begin_keeps_nobody_out,
    a_dropped_commit_keeps_nobody_out,
    a_dropped_rollback_is_a_rollback,
    a_dropped_operation_is_whole_or_ends_its_transaction,
    a_dropped_nested_begin_leaves_the_outer_one_usable [Savepoints],
    a_dropped_setup_can_be_done_again,
}

const ROWS: usize = 3000;

fn rows() -> RowBatch {
    let rows: Vec<Row> = (0..ROWS).map(|number| vec![text(&format!("user {number}"))]).collect();
    crate::run::batch(1, &rows)
}

fn insert(session: &Session, user: &Arc<ModelDef>) -> ommi_core::driver::BoxFuture<Result<Vec<i64>>> {
    session.insert(user.clone(), vec![1], rows())
}

fn update(session: &Session, user: &Arc<ModelDef>, name: &str) -> ommi_core::driver::BoxFuture<Result<u64>> {
    let assignment = ommi_core::query::Assignment { field: 1, value: lit(name) };
    session.write(Operation::Update(find(user), vec![assignment]))
}

fn nothing_runs_until_it_is_awaited(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    db.unsent(|| {
        drop(insert(db, &user));
        drop(update(db, &user, "x"));
        drop(db.write(Operation::Delete(find(&user))));
        drop(db.handle().begin(TransactionOptions::default()));
        drop(db.handle().recreate_models(vec![user.clone()]));
    });
    assert_eq!(db.count(find(&user))?, 5);
    Ok(())
}

fn a_dropped_insert_is_whole_or_not_at_all(db: &Db) -> Result<()> {
    let user = models::user();
    db.set_up(&[&user])?;
    for _ in 0..10 {
        drop(insert(db, &user).now_or_never());
    }
    // A write that comes after sees what became of the dropped ones.
    db.add(&user, &[("name", text("last"))])?;
    let count = db.count(find(&user))?;
    assert_eq!((count - 1) % ROWS as i64, 0, "{count} rows");
    Ok(())
}

fn a_dropped_update_is_whole_or_not_at_all(db: &Db) -> Result<()> {
    let user = models::user();
    now(insert(db, &user))?;
    for number in 0..10 {
        drop(update(db, &user, &format!("name {number}")).now_or_never());
    }
    db.change(find(&user).limit(0), &[("name", lit("none"))])?;
    let names = db.values(find(&user).select(&["name"]).by("name").distinct())?.len();
    assert!(names == 1 || names == ROWS, "{names} names");
    Ok(())
}

fn a_dropped_begin_keeps_nobody_out(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    for _ in 0..10 {
        drop(db.handle().begin(TransactionOptions::default()).now_or_never());
    }
    now(tx.rollback())?;
    for _ in 0..10 {
        drop(db.handle().begin(TransactionOptions::default()).now_or_never());
    }
    assert_eq!(db.change(find(&user), &[("age", lit(1))])?, 5);
    Ok(())
}

fn a_dropped_commit_keeps_nobody_out(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    for number in 0..20 {
        let changed = || {
            let tx = db.begin()?;
            tx.session().change(find(&user), &[("age", lit(number))])?;
            Ok(tx)
        };
        let tx = when_free(db, changed)?;
        drop(tx.commit().now_or_never());
        drop(tx);
    }
    let first = || find(&user).filter(field(&user, "id").is(Eq, 1));
    when_free(db, || db.change(first(), &[("name", lit("x"))]))?;
    let ages = db.values(find(&user).select(&["age"]).by("age").distinct())?;
    assert!(ages.len() == 1 || ages == [NULL, int(17), int(36), int(60)], "{ages:?}");
    Ok(())
}

fn a_dropped_rollback_is_a_rollback(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    for _ in 0..20 {
        let removed = || {
            let tx = db.begin()?;
            tx.session().remove(find(&user))?;
            Ok(tx)
        };
        let tx = when_free(db, removed)?;
        drop(tx.rollback().now_or_never());
        drop(tx);
    }
    when_free(db, || db.change(find(&user), &[("age", lit(1))]))?;
    assert_eq!(db.count(find(&user))?, 5);
    Ok(())
}

fn a_dropped_operation_is_whole_or_ends_its_transaction(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    for _ in 0..5 {
        drop(insert(&tx.session(), &user).now_or_never());
        drop(update(&tx.session(), &user, "same").now_or_never());
    }
    let go_on = || -> Result<i64> {
        let count = tx.session().count(find(&user))?;
        tx.session().add(&user, &[("name", text("last"))])?;
        now(tx.commit())?;
        Ok(count + 1)
    };
    match go_on() {
        Ok(count) => {
            assert_eq!((count - 6) % ROWS as i64, 0, "{count} rows");
            assert_eq!(db.count(find(&user))?, count);
        }
        // Some databases give the whole transaction up, and must not hide it.
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Transaction, "{error:?}");
            assert!(now(tx.commit()).is_err());
            assert_eq!(db.values(find(&user).by("id").select(&["name"]))?[0], text("Ada"));
            assert_eq!(db.count(find(&user))?, 5);
        }
    }
    Ok(())
}

fn a_dropped_nested_begin_leaves_the_outer_one_usable(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    tx.session().add(&user, &[("name", text("kept"))])?;
    for _ in 0..10 {
        drop(tx.nested().now_or_never());
    }
    let inner = now(tx.nested())?;
    inner.session().add(&user, &[("name", text("gone"))])?;
    drop(inner.commit().now_or_never());
    drop(inner);
    tx.session().add(&user, &[("name", text("kept too"))])?;
    now(tx.commit())?;
    let kept = field(&user, "name").is(StartsWith, "kept");
    assert_eq!(db.count(find(&user).filter(kept))?, 2);
    Ok(())
}

fn a_dropped_setup_can_be_done_again(db: &Db) -> Result<()> {
    let blog = models::blog();
    for _ in 0..5 {
        drop(db.handle().use_models(vec![blog.post_tag.clone()]).now_or_never());
        drop(db.handle().recreate_models(vec![blog.post_tag.clone()]).now_or_never());
    }
    blog.fill(db)
}
