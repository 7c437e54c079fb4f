//! After a handle was closed, and errors that have their own kind.

use futures_util::StreamExt;

use crate::case::cases;
use crate::kit::*;
use crate::run::streamed;

cases! {
    everything_is_refused_after_the_close,
    a_second_close_does_nothing,
    a_close_of_what_was_never_opened,
    a_transaction_is_over_after_the_close,
    a_stream_ends_with_the_close,
    a_close_while_others_work,
    connecting_twice_is_connecting_once,
    a_driver_names_itself,
}

fn everything_is_refused_after_the_close(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    now(db.handle().close())?;
    assert!(db.handle().is_closed());
    refused(db.unsent(|| db.rows(find(&user))), ErrorKind::Closed);
    refused(db.unsent(|| db.count(find(&user))), ErrorKind::Closed);
    refused(db.unsent(|| db.exists(find(&user))), ErrorKind::Closed);
    refused(db.unsent(|| db.add(&user, &[("name", text("late"))])), ErrorKind::Closed);
    refused(db.unsent(|| db.change(find(&user), &[("age", lit(1))])), ErrorKind::Closed);
    refused(db.unsent(|| db.remove(find(&user))), ErrorKind::Closed);
    refused(db.unsent(|| db.set_up(&[&user])), ErrorKind::Closed);
    refused(db.unsent(|| now(db.handle().remove_models(vec![user.clone()]))), ErrorKind::Closed);
    refused(db.unsent(|| db.begin().map(drop)), ErrorKind::Closed);
    refused(db.unsent(|| now(db.explain(Operation::Fetch(find(&user))))), ErrorKind::Closed);
    // Another handle on the same driver finds it closed too.
    refused(db.explicit().session().rows(find(&user)), ErrorKind::Closed);
    Ok(())
}

fn a_second_close_does_nothing(db: &Db) -> Result<()> {
    models::people(db)?;
    now(db.handle().close())?;
    now(db.handle().close())?;
    now(db.handle().driver().close())
}

fn a_close_of_what_was_never_opened(db: &Db) -> Result<()> {
    now(db.handle().close())?;
    refused(db.rows(find(&models::user())), ErrorKind::Closed);
    Ok(())
}

fn a_transaction_is_over_after_the_close(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    tx.session().remove(find(&user))?;
    now(db.handle().close())?;
    let kinds = [ErrorKind::Closed, ErrorKind::Transaction];
    let after = tx.session().rows(find(&user)).unwrap_err();
    assert!(kinds.contains(&after.kind()), "{after:?}");
    let commit = now(tx.commit()).unwrap_err();
    assert!(kinds.contains(&commit.kind()), "{commit:?}");
    Ok(())
}

fn a_stream_ends_with_the_close(db: &Db) -> Result<()> {
    let user = models::user();
    let rows: Vec<Row> = (0..20_000).map(|_| vec![text("x")]).collect();
    db.add_all(&user, &["name"], &rows)?;
    let mut rows = db.fetch(Operation::Fetch(find(&user)), FetchOptions { batch_rows: 10 });
    now(rows.next()).unwrap()?;
    now(db.handle().close())?;
    let mut found = 10;
    while let Some(batch) = now(rows.next()) {
        match batch {
            Ok(batch) => found += batch.len(),
            Err(error) => {
                assert!([ErrorKind::Closed, ErrorKind::Cancelled].contains(&error.kind()), "{error:?}");
                return Ok(());
            }
        }
    }
    assert_eq!(found, 20_000, "a stream that ends without an error has all its rows");
    Ok(())
}

fn a_close_while_others_work(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let session: &Session = db;
    std::thread::scope(|scope| {
        let tasks: Vec<_> = (0..6)
            .map(|number| {
                let (session, user) = (session.clone(), &user);
                scope.spawn(move || {
                    for _ in 0..10_000 {
                        let outcome = match number % 3 {
                            0 => streamed(&session, Operation::Count(find(user))).map(drop),
                            1 => streamed(&session, Operation::Fetch(find(user).limit(1))).map(drop),
                            _ => session.add(user, &[("name", text("x"))]).map(drop),
                        };
                        if let Err(error) = outcome {
                            return error.kind();
                        }
                    }
                    ErrorKind::Closed
                })
            })
            .collect();
        now(db.handle().close())?;
        for task in tasks {
            let kind = task.join().unwrap();
            assert!([ErrorKind::Closed, ErrorKind::Cancelled].contains(&kind), "{kind:?}");
        }
        Ok(())
    })
}

fn connecting_twice_is_connecting_once(db: &Db) -> Result<()> {
    for _ in 0..3 {
        now(db.handle().driver().connect())?;
    }
    models::people(db)?;
    now(db.handle().driver().connect())?;
    assert_eq!(db.count(find(&models::user()))?, 5);
    Ok(())
}

fn a_driver_names_itself(db: &Db) -> Result<()> {
    let driver = db.handle().driver();
    assert!(!driver.name().is_empty() && !driver.location().is_empty());
    let levels = &driver.capabilities().isolation;
    assert!(
        !levels.is_empty() && levels.is_sorted(),
        "isolation levels go from the weakest to the strongest"
    );
    Ok(())
}
