//! Implicit setup: tables come into being with the first operation on their model, whatever it is.

use ommi_core::query::Assignment;

use crate::case::cases;
use crate::kit::*;

cases! {
    the_first_operation_may_be_any,
    the_first_operation_may_be_in_a_transaction,
    a_transaction_that_is_rolled_back_takes_the_tables_along [TransactionalSchema],
    a_transaction_that_is_committed_leaves_the_tables,
    an_inner_transaction_that_is_rolled_back_takes_the_tables_along [Savepoints, TransactionalSchema],
    models_referred_to_are_set_up_too,
    joined_models_are_set_up_too,
    companions_are_set_up_too,
    setup_is_done_once,
    setup_leaves_other_tables_alone,
    setup_alters_nothing,
    a_column_that_the_table_lacks_is_an_error [FixedColumns],
    without_it_a_missing_table_is_an_error,
    without_it_a_missing_table_is_an_error_in_every_operation,
    many_first_operations_at_once,
}

/// An operation by name.
type Named = (&'static str, fn(&Session, &Arc<ModelDef>) -> Result<()>);

/// Every kind of operation.
fn operations() -> [Named; 9] {
    [
        ("fetch", |session, user| session.rows(find(user)).map(drop)),
        ("count", |session, user| session.count(find(user)).map(drop)),
        ("exists", |session, user| session.exists(find(user)).map(drop)),
        ("update", |session, user| session.change(find(user), &[("age", lit(1))]).map(drop)),
        ("delete", |session, user| session.remove(find(user)).map(drop)),
        ("insert", |session, user| session.add(user, &[("name", text("Ada"))]).map(drop)),
        ("explain", |session, user| now(session.explain(Operation::Fetch(find(user)))).map(drop)),
        ("find by key", |session, user| {
            session.rows(find(user).filter(field(user, "id").is(Eq, 1))).map(drop)
        }),
        ("write at once", |session, user| {
            let one = find(user).filter(field(user, "id").is(Eq, 1));
            let update = Operation::Update(one, vec![Assignment { field: 1, value: lit("x") }]);
            session.write_now(&update).unwrap_or_else(|| now(session.write(update))).map(drop)
        }),
    ]
}

fn the_first_operation_may_be_any(db: &Db) -> Result<()> {
    for (name, run) in operations() {
        let user = models::user();
        now(db.handle().remove_models(vec![user.clone()]))?;
        run(db, &user).map_err(|error| Error::new(error.kind(), format!("{name}: {error}")))?;
        assert!(db.handle().is_ready(&user), "{name}");
    }
    Ok(())
}

fn the_first_operation_may_be_in_a_transaction(db: &Db) -> Result<()> {
    for (name, run) in operations() {
        let user = models::user();
        now(db.handle().remove_models(vec![user.clone()]))?;
        let tx = db.begin()?;
        run(&tx.session(), &user).map_err(|error| Error::new(error.kind(), format!("{name}: {error}")))?;
        now(tx.commit())?;
        assert!(db.handle().is_ready(&user), "{name}");
    }
    Ok(())
}

fn a_transaction_that_is_rolled_back_takes_the_tables_along(db: &Db) -> Result<()> {
    for (name, run) in operations() {
        let user = models::user();
        let tx = db.begin()?;
        run(&tx.session(), &user)?;
        now(tx.rollback())?;
        assert!(!db.handle().is_ready(&user), "{name}");
        refused(db.explicit().session().rows(find(&user)), ErrorKind::ModelNotFound);
    }
    let user = models::people(db)?;
    assert_eq!(db.count(find(&user))?, 5);
    Ok(())
}

fn a_transaction_that_is_committed_leaves_the_tables(db: &Db) -> Result<()> {
    let user = models::user();
    let tx = db.begin()?;
    tx.session().add(&user, &[("name", text("Ada"))])?;
    assert_eq!(tx.session().count(find(&user))?, 1);
    now(tx.commit())?;
    assert!(db.handle().is_ready(&user));
    assert_eq!(db.count(find(&user))?, 1);
    Ok(())
}

fn an_inner_transaction_that_is_rolled_back_takes_the_tables_along(db: &Db) -> Result<()> {
    let user = models::user();
    let tx = db.begin()?;
    let inner = now(tx.nested())?;
    inner.session().add(&user, &[("name", text("Ada"))])?;
    now(inner.rollback())?;
    // The outer one sets them up anew.
    tx.session().add(&user, &[("name", text("bob"))])?;
    now(tx.commit())?;
    assert_eq!(db.values(find(&user).select(&["name"]))?, [text("bob")]);
    Ok(())
}

fn models_referred_to_are_set_up_too(db: &Db) -> Result<()> {
    let blog = models::blog();
    assert_eq!(db.count(find(&blog.post_tag))?, 0);
    for model in [&blog.post, &blog.tag, &blog.user] {
        assert!(db.handle().is_ready(model), "{}", model.name());
    }
    Ok(())
}

fn joined_models_are_set_up_too(db: &Db) -> Result<()> {
    let blog = models::blog();
    assert_eq!(db.ids(find(&blog.user).filter(field(&blog.profile, "motto").is(Eq, "x")))?, [] as [i64; 0]);
    assert!(db.handle().is_ready(&blog.profile));
    Ok(())
}

fn companions_are_set_up_too(db: &Db) -> Result<()> {
    let (user, sample) = (models::user(), models::sample());
    let companion = sample.clone();
    db.handle().set_companions(Arc::new(move |_| Ok(vec![companion.clone()])));
    db.count(find(&user))?;
    assert!(db.handle().is_ready(&sample));
    Ok(())
}

fn setup_is_done_once(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let looked = |before: usize| db.watch().sent() - before;
    let before = db.watch().sent();
    now(db.write(Operation::Delete(find(&user))))?;
    assert_eq!(looked(before), 1, "one statement, and no look at the schema");
    db.watch().scripts();
    db.add(&user, &[("name", text("x"))])?;
    assert_eq!(db.watch().scripts(), [] as [&str; 0]);
    Ok(())
}

fn setup_leaves_other_tables_alone(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    db.count(find(&models::sample()))?;
    assert_eq!(db.count(find(&user))?, 5);
    // Another handle finds the table there and keeps it.
    let other = db.other(HandleOptions { implicit_setup: true, ..HandleOptions::default() });
    assert_eq!(other.session().count(find(&user))?, 5);
    Ok(())
}

/// The people with a column that their table lacks.
fn with_shoes(db: &Db) -> Result<Arc<ModelDef>> {
    let user = models::people(db)?;
    Ok(models::built(
        ModelDef::builder("User")
            .table(user.table())
            .field(models::id())
            .field(FieldDef::new("shoe", FieldType::Int).nullable()),
    ))
}

fn setup_alters_nothing(db: &Db) -> Result<()> {
    let wider = with_shoes(db)?;
    db.watch().scripts();
    assert_eq!(db.ids(find(&wider).select(&["id"]).by("id"))?, [1, 2, 3, 4, 5]);
    assert_eq!(db.watch().scripts(), [] as [&str; 0]);
    Ok(())
}

fn a_column_that_the_table_lacks_is_an_error(db: &Db) -> Result<()> {
    let wider = with_shoes(db)?;
    refused(db.rows(find(&wider)), ErrorKind::Query);
    Ok(())
}

fn without_it_a_missing_table_is_an_error(db: &Db) -> Result<()> {
    let user = models::user();
    let error = refused(db.explicit().session().rows(find(&user)), ErrorKind::ModelNotFound);
    assert_eq!(error.model(), Some("User"));
    assert!(error.message().contains("users"), "{error}");
    Ok(())
}

fn without_it_a_missing_table_is_an_error_in_every_operation(db: &Db) -> Result<()> {
    let handle = db.explicit();
    for (name, run) in operations() {
        let outcome = run(&handle.session(), &models::user());
        assert_eq!(outcome.map_err(|error| error.kind()), Err(ErrorKind::ModelNotFound), "{name}");
    }
    let tx = now(handle.begin(TransactionOptions::default()))?;
    for (name, run) in operations() {
        let outcome = run(&tx.session(), &models::user());
        assert_eq!(
            outcome.map_err(|error| error.kind()),
            Err(ErrorKind::ModelNotFound),
            "{name}, in a transaction"
        );
    }
    now(tx.rollback())
}

fn many_first_operations_at_once(db: &Db) -> Result<()> {
    let user = models::user();
    let session: &Session = db;
    std::thread::scope(|scope| {
        let tasks: Vec<_> = (0..8)
            .map(|number| {
                let (user, session) = (&user, session.clone());
                scope.spawn(move || session.add(user, &[("name", text(&format!("user {number}")))]))
            })
            .collect();
        tasks.into_iter().try_for_each(|task| task.join().unwrap().map(drop))
    })?;
    assert_eq!(db.count(find(&user))?, 8);
    Ok(())
}
