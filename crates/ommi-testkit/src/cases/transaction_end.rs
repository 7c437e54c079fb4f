//! How transactions end otherwise than by hand: by time; and what is called afterwards.

use std::sync::mpsc;
use std::time::Duration;

use ommi_core::driver::IsolationLevel;
use ommi_engine::TxOptions;

use crate::case::cases;
use crate::kit::*;

use super::transaction::{PEOPLE, names, rename};

cases! {
    a_transaction_that_takes_too_long_is_rolled_back,
    a_wait_for_another_transaction_ends_with_the_time [RowWaits],
    a_stream_ends_with_the_time,
    a_transaction_that_ends_in_time_is_kept,
    timed_out_transactions_leave_no_trace,
    a_hook_sees_what_was_committed,
    a_hook_is_called_after_the_rollback,
    hooks_of_an_inner_transaction [Savepoints],
    reads_follow_the_writes_that_were_made_before,
    a_nested_transaction_asks_for_no_more_isolation [Savepoints],
}

fn within(milliseconds: u64) -> TxOptions {
    TxOptions { timeout: Some(Duration::from_millis(milliseconds)), ..TxOptions::default() }
}

/// Told when the transaction was rolled back.
fn rolled_back(tx: &Tx) -> Result<mpsc::Receiver<()>> {
    let (tell, told) = mpsc::channel();
    tx.on_rollback(move || tell.send(()).unwrap())?;
    Ok(told)
}

#[track_caller]
fn is_over(db: &Db, tx: &Tx, user: &Arc<ModelDef>) {
    assert!(!tx.is_open());
    refused(db.unsent(|| rename(&tx.session(), user, 1, "late")), ErrorKind::Timeout);
    refused(db.unsent(|| tx.session().rows(find(user))), ErrorKind::Timeout);
    refused(db.unsent(|| tx.session().add(user, &[("name", text("late"))])), ErrorKind::Timeout);
    refused(db.unsent(|| now(tx.savepoint("late"))), ErrorKind::Timeout);
    refused(db.unsent(|| now(tx.nested())), ErrorKind::Timeout);
    refused(db.unsent(|| now(tx.commit())), ErrorKind::Timeout);
    now(tx.rollback()).unwrap();
}

fn a_transaction_that_takes_too_long_is_rolled_back(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = now(db.handle().begin(within(100)))?;
    let told = rolled_back(&tx)?;
    rename(&tx.session(), &user, 1, "x")?;
    tx.session().add(&user, &[("name", text("Fay"))])?;
    told.recv().unwrap();
    is_over(db, &tx, &user);
    assert_eq!(names(db, &user)?, PEOPLE.map(text));
    rename(db, &user, 1, "y")?;
    Ok(())
}

fn a_wait_for_another_transaction_ends_with_the_time(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let holder = db.begin()?;
    rename(&holder.session(), &user, 1, "held")?;
    // The wait is for the beginning, where one transaction writes at a time, or for the row.
    let waited = || -> Result<()> {
        let tx = now(db.handle().begin(within(100)))?;
        rename(&tx.session(), &user, 1, "waited")?;
        now(tx.commit())
    };
    refused(waited(), ErrorKind::Timeout);
    rename(&holder.session(), &user, 2, "held")?;
    now(holder.commit())?;
    assert_eq!(names(db, &user)?, ["held", "held", "Cyd", "Dan", "Eve"].map(text));
    rename(db, &user, 1, "free")?;
    Ok(())
}

fn a_stream_ends_with_the_time(db: &Db) -> Result<()> {
    use futures_util::StreamExt;
    let user = models::user();
    let rows: Vec<Row> = (0..2000).map(|number| vec![text("x"), int(number)]).collect();
    db.add_all(&user, &["name", "age"], &rows)?;
    let tx = now(db.handle().begin(within(200)))?;
    let told = rolled_back(&tx)?;
    let mut stream = tx.session().fetch(Operation::Fetch(find(&user)), FetchOptions { batch_rows: 10 });
    assert_eq!(now(stream.next()).unwrap()?.len(), 10);
    told.recv().unwrap();
    let mut rest = now(stream.collect::<Vec<_>>());
    refused(rest.remove(rest.len() - 1), ErrorKind::Timeout);
    assert!(rest.is_empty());
    is_over(db, &tx, &user);
    Ok(())
}

fn a_transaction_that_ends_in_time_is_kept(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = now(db.handle().begin(within(60_000)))?;
    rename(&tx.session(), &user, 1, "x")?;
    assert_eq!(names(&tx.session(), &user)?[0], text("x"));
    now(tx.commit())?;
    refused(rename(&tx.session(), &user, 1, "late"), ErrorKind::Transaction);
    assert_eq!(names(db, &user)?[0], text("x"));
    refused(db.unsent(|| now(db.handle().begin(within(0)))), ErrorKind::Validation);
    Ok(())
}

/// More than any pool has connections.
fn timed_out_transactions_leave_no_trace(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    for _ in 0..30 {
        let once = || -> Result<()> {
            let tx = now(db.handle().begin(within(5)))?;
            loop {
                rename(&tx.session(), &user, 1, "x")?;
                tx.session().add(&user, &[("name", text("x"))])?;
            }
        };
        refused(when_free(db, once), ErrorKind::Timeout);
    }
    assert_eq!(names(db, &user)?, PEOPLE.map(text));
    let renamed = || {
        let tx = db.begin()?;
        rename(&tx.session(), &user, 1, "y")?;
        Ok(tx)
    };
    now(when_free(db, renamed)?.commit())?;
    assert_eq!(names(db, &user)?[0], text("y"));
    Ok(())
}

fn a_hook_sees_what_was_committed(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    let (tell, told) = mpsc::channel();
    let (other, model) = (db.explicit(), user.clone());
    tx.on_commit(move || {
        // Waiting inside of a wait takes a thread of its own.
        let look = std::thread::spawn(move || other.session().count(find(&model)));
        tell.send(look.join().unwrap()).unwrap();
    })?;
    tx.session().add(&user, &[("name", text("Fay"))])?;
    assert!(told.try_recv().is_err());
    now(tx.commit())?;
    assert_eq!(told.try_recv().unwrap()?, 6);
    Ok(())
}

fn a_hook_is_called_after_the_rollback(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    let told = rolled_back(&tx)?;
    rename(&tx.session(), &user, 1, "x")?;
    assert!(told.try_recv().is_err());
    now(tx.rollback())?;
    told.try_recv().unwrap();
    let tx = db.begin()?;
    let told = rolled_back(&tx)?;
    drop(tx);
    told.try_recv().unwrap();
    Ok(())
}

fn hooks_of_an_inner_transaction(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    let (tell, told) = mpsc::channel();
    for name in ["kept", "gone", "kept too"] {
        let inner = now(tx.nested())?;
        inner.session().add(&user, &[("name", text(name))])?;
        let tell = tell.clone();
        inner.on_commit(move || tell.send(name).unwrap())?;
        if name == "gone" {
            now(inner.rollback())?
        } else {
            now(inner.commit())?
        }
        assert!(told.try_recv().is_err());
    }
    now(tx.commit())?;
    assert_eq!(told.try_iter().collect::<Vec<_>>(), ["kept", "kept too"]);
    Ok(())
}

fn reads_follow_the_writes_that_were_made_before(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    let session = tx.session();
    let ada = || find(&user).filter(field(&user, "id").is(Eq, 1));
    let rounds = (0..30).map(|number| {
        let grown = ommi_core::query::Assignment { field: 3, value: lit(number) };
        let write = session.write(Operation::Update(ada(), vec![grown]));
        let (session, ada) = (&session, ada());
        (write, crate::run::first(session, ada.select(&["age"])))
    });
    let (writes, reads): (Vec<_>, Vec<_>) = rounds.unzip();
    // Asked for one after the other, waited for all at once.
    let all = writes.into_iter().zip(reads).map(|(write, read)| futures_util::future::join(write, read));
    for (number, (written, read)) in (0..).zip(now(futures_util::future::join_all(all))) {
        assert_eq!(written?, 1);
        assert_eq!(read?, Some(int(number)));
    }
    now(tx.commit())
}

fn a_nested_transaction_asks_for_no_more_isolation(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    let here = tx.options().isolation;
    let at = |isolation| TxOptions { isolation: Some(isolation), ..TxOptions::default() };
    now(now(tx.nested_with(at(here)))?.commit())?;
    if here < IsolationLevel::Serializable {
        let stronger = tx.nested_with(at(IsolationLevel::Serializable));
        refused(db.unsent(|| now(stronger)), ErrorKind::Transaction);
    }
    refused(db.unsent(|| now(tx.nested_with(within(100)))), ErrorKind::Transaction);
    let reader = now(tx.nested_with(TxOptions { read_only: true, ..TxOptions::default() }))?;
    refused(db.unsent(|| rename(&reader.session(), &user, 1, "x")), ErrorKind::Transaction);
    now(reader.commit())?;
    rename(&tx.session(), &user, 1, "y")?;
    now(tx.commit())
}
