//! Transactions: what is committed stays, what is rolled back never was, and nobody sees it before.

use crate::case::cases;
use crate::kit::*;

cases! {
    committed_work_stays,
    work_rolled_back_never_was,
    a_dropped_transaction_is_rolled_back,
    a_transaction_sees_its_own_work,
    a_failed_statement_leaves_the_transaction_usable [StatementRollback],
    a_failed_insert_of_many_leaves_nothing_of_it [StatementRollback],
    a_failed_statement_undoes_itself_at_least,
    a_statement_refused_before_it_is_sent_leaves_the_transaction_usable,
    nothing_can_be_done_after_the_commit,
    nothing_can_be_done_after_the_rollback,
    an_empty_transaction,
    operations_run_in_the_order_in_which_they_were_made,
    operations_of_one_transaction_from_many_threads,
    transactions_follow_each_other,
    a_stream_in_a_transaction,
    a_transaction_that_is_ended_while_a_stream_is_open,
    a_clone_is_the_same_transaction,
}

pub(super) fn rename(session: &Session, user: &Arc<ModelDef>, id: i64, name: &str) -> Result<u64> {
    session.change(find(user).filter(field(user, "id").is(Eq, id)), &[("name", lit(name))])
}

pub(super) fn names(session: &Session, user: &Arc<ModelDef>) -> Result<Vec<Value>> {
    session.values(find(user).by("id").select(&["name"]))
}

pub(super) const PEOPLE: [&str; 5] = ["Ada", "bob", "Cyd", "Dan", "Eve"];

fn committed_work_stays(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    rename(&tx.session(), &user, 1, "x")?;
    tx.session().add(&user, &[("name", text("Fay"))])?;
    tx.session().remove(find(&user).filter(field(&user, "id").is(Eq, 2)))?;
    now(tx.commit())?;
    assert_eq!(names(db, &user)?, ["x", "Cyd", "Dan", "Eve", "Fay"].map(text));
    Ok(())
}

fn work_rolled_back_never_was(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    rename(&tx.session(), &user, 1, "x")?;
    tx.session().add(&user, &[("name", text("Fay"))])?;
    tx.session().remove(find(&user).filter(field(&user, "id").is(Gt, 3)))?;
    now(tx.rollback())?;
    assert_eq!(names(db, &user)?, PEOPLE.map(text));
    Ok(())
}

fn a_dropped_transaction_is_rolled_back(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    rename(&tx.session(), &user, 1, "x")?;
    drop(tx);
    // The next writer waits for the end of the dropped one.
    rename(db, &user, 2, "y")?;
    assert_eq!(names(db, &user)?, ["Ada", "y", "Cyd", "Dan", "Eve"].map(text));
    Ok(())
}

fn a_transaction_sees_its_own_work(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    let session = tx.session();
    let fay = session.add(&user, &[("name", text("Fay"))])?;
    assert_eq!(session.count(find(&user))?, 6);
    rename(&session, &user, fay, "Gus")?;
    assert!(session.exists(find(&user).filter(field(&user, "name").is(Eq, "Gus")))?);
    now(tx.rollback())
}

fn a_failed_statement_leaves_the_transaction_usable(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    let session = tx.session();
    rename(&session, &user, 1, "kept")?;
    refused(
        session.add(&user, &[("name", text("x")), ("email", text("bob@x.org"))]),
        ErrorKind::UniqueViolation,
    );
    refused(session.change(find(&user), &[("age", field(&user, "age").is(Add, i64::MAX))]), ErrorKind::Query);
    refused(session.change(find(&user), &[("email", lit("same"))]), ErrorKind::UniqueViolation);
    rename(&session, &user, 2, "too")?;
    now(tx.commit())?;
    assert_eq!(names(db, &user)?, ["kept", "too", "Cyd", "Dan", "Eve"].map(text));
    Ok(())
}

fn a_failed_insert_of_many_leaves_nothing_of_it(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    let mut rows: Vec<Row> = (0..2000).map(|number| vec![text("new"), text(&number.to_string())]).collect();
    rows.push(vec![text("clash"), text("ada@x.org")]);
    refused(tx.session().add_all(&user, &["name", "email"], &rows), ErrorKind::UniqueViolation);
    assert_eq!(tx.session().count(find(&user))?, 5);
    rename(&tx.session(), &user, 1, "x")?;
    now(tx.commit())?;
    assert_eq!(db.count(find(&user))?, 5);
    assert_eq!(names(db, &user)?[0], text("x"));
    Ok(())
}

fn a_failed_statement_undoes_itself_at_least(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    rename(&tx.session(), &user, 1, "x")?;
    let rows = [vec![text("new"), text("new@x.org")], vec![text("clash"), text("ada@x.org")]];
    refused(tx.session().add_all(&user, &["name", "email"], &rows), ErrorKind::UniqueViolation);
    if db.capabilities().statement_rollback {
        now(tx.commit())?;
        assert_eq!(names(db, &user)?, ["x", "bob", "Cyd", "Dan", "Eve"].map(text));
    } else {
        // It must not be hidden that the whole transaction is over.
        refused(rename(&tx.session(), &user, 2, "x"), ErrorKind::Transaction);
        refused(now(tx.commit()), ErrorKind::Transaction);
        assert_eq!(names(db, &user)?, PEOPLE.map(text));
    }
    Ok(())
}

fn a_statement_refused_before_it_is_sent_leaves_the_transaction_usable(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    refused(rename(&tx.session(), &user, 1, "a\0b"), ErrorKind::Validation);
    refused(tx.session().rows(find(&user).filter(field(&user, "age"))), ErrorKind::Query);
    rename(&tx.session(), &user, 1, "x")?;
    now(tx.commit())?;
    assert_eq!(names(db, &user)?[0], text("x"));
    Ok(())
}

#[track_caller]
fn is_over(db: &Db, tx: &Tx, user: &Arc<ModelDef>) {
    assert!(!tx.is_open());
    let session = tx.session();
    refused(db.unsent(|| session.rows(find(user))), ErrorKind::Transaction);
    refused(db.unsent(|| session.count(find(user))), ErrorKind::Transaction);
    refused(db.unsent(|| rename(&session, user, 1, "late")), ErrorKind::Transaction);
    refused(db.unsent(|| session.remove(find(user))), ErrorKind::Transaction);
    refused(db.unsent(|| session.add(user, &[("name", text("late"))])), ErrorKind::Transaction);
    refused(db.unsent(|| now(session.use_models(vec![user.clone()]))), ErrorKind::Transaction);
    refused(db.unsent(|| now(tx.commit())), ErrorKind::Transaction);
    refused(db.unsent(|| now(tx.rollback())), ErrorKind::Transaction);
    refused(db.unsent(|| now(tx.nested())), ErrorKind::Transaction);
    refused(db.unsent(|| now(tx.savepoint("late"))), ErrorKind::Transaction);
}

fn nothing_can_be_done_after_the_commit(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    now(tx.commit())?;
    is_over(db, &tx, &user);
    assert_eq!(names(db, &user)?, PEOPLE.map(text));
    Ok(())
}

fn nothing_can_be_done_after_the_rollback(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    now(tx.rollback())?;
    is_over(db, &tx, &user);
    assert_eq!(names(db, &user)?, PEOPLE.map(text));
    Ok(())
}

fn an_empty_transaction(db: &Db) -> Result<()> {
    now(db.begin()?.commit())?;
    now(db.begin()?.rollback())?;
    drop(db.begin()?);
    now(db.begin()?.commit())
}

fn operations_run_in_the_order_in_which_they_were_made(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    let age = user.require_field("age")?;
    let updates: Vec<_> = (0..100)
        .map(|number| {
            let assignment = ommi_core::query::Assignment { field: age, value: lit(number) };
            tx.session().write(Operation::Update(find(&user), vec![assignment]))
        })
        .collect();
    let outcomes = now(futures_util::future::join_all(updates));
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(5))));
    assert_eq!(tx.session().count(find(&user).filter(field(&user, "age").is(Eq, 99)))?, 5);
    now(tx.commit())
}

fn operations_of_one_transaction_from_many_threads(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    std::thread::scope(|scope| {
        let tasks: Vec<_> = (0..8)
            .map(|number| {
                let (session, user) = (tx.session(), &user);
                scope.spawn(move || -> Result<()> {
                    for round in 0..20 {
                        session.add(user, &[("name", text("new")), ("age", int(number * 100 + round))])?;
                        assert!(session.exists(find(user))?);
                        session.change(
                            find(user).filter(field(user, "id").is(Eq, 1)),
                            &[("age", field(user, "age").is(Add, 1))],
                        )?;
                    }
                    Ok(())
                })
            })
            .collect();
        tasks.into_iter().try_for_each(|task| task.join().unwrap())
    })?;
    now(tx.commit())?;
    assert_eq!(db.count(find(&user))?, 165);
    assert_eq!(
        db.values(find(&user).filter(field(&user, "id").is(Eq, 1)).select(&["age"]))?,
        [int(36 + 160)]
    );
    Ok(())
}

fn transactions_follow_each_other(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    for number in 0..50 {
        let tx = db.begin()?;
        tx.session().change(find(&user).filter(field(&user, "id").is(Eq, 1)), &[("age", lit(number))])?;
        if number % 2 == 0 { now(tx.commit())? } else { now(tx.rollback())? }
    }
    assert_eq!(db.values(find(&user).by("id").limit(1).select(&["age"]))?, [int(48)]);
    Ok(())
}

fn a_stream_in_a_transaction(db: &Db) -> Result<()> {
    let user = models::user();
    let tx = db.begin()?;
    let rows: Vec<Row> = (0..5000).map(|number| vec![text("x"), int(number)]).collect();
    tx.session().add_all(&user, &["name", "age"], &rows)?;
    assert_eq!(tx.session().rows(find(&user))?.len(), 5000);
    now(tx.rollback())?;
    assert_eq!(db.count(find(&user))?, 0);
    Ok(())
}

fn a_transaction_that_is_ended_while_a_stream_is_open(db: &Db) -> Result<()> {
    use futures_util::StreamExt;
    let user = models::user();
    let rows: Vec<Row> = (0..5000).map(|number| vec![text("x"), int(number)]).collect();
    db.add_all(&user, &["name", "age"], &rows)?;
    let tx = db.begin()?;
    let mut stream = tx.session().fetch(Operation::Fetch(find(&user)), FetchOptions { batch_rows: 10 });
    assert_eq!(now(stream.next()).unwrap()?.len(), 10);
    drop(stream);
    tx.session().add(&user, &[("name", text("after"))])?;
    now(tx.commit())?;
    assert_eq!(db.count(find(&user))?, 5001);
    Ok(())
}

fn a_clone_is_the_same_transaction(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    let clone = tx.clone();
    drop(tx);
    rename(&clone.session(), &user, 1, "x")?;
    now(clone.commit())?;
    assert_eq!(names(db, &user)?[0], text("x"));
    Ok(())
}
