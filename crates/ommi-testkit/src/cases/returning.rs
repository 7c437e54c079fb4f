//! Updates and deletes that give the rows they were about.

use futures_util::TryStreamExt;
use ommi_core::query::{Assignment, Projection};

use crate::case::cases;
use crate::kit::*;

use super::races::at_once;

cases! {
    an_update_gives_its_rows_as_they_are,
    an_update_gives_what_is_selected,
    an_update_of_the_key_gives_the_new_ones,
    an_update_gives_rows_in_order_and_so_many,
    an_update_that_finds_nothing_gives_nothing,
    an_update_over_a_join_gives_each_row_once,
    an_update_of_many_rows_gives_all,
    a_delete_gives_its_rows_as_they_were,
    a_delete_gives_what_is_selected_in_order,
    a_delete_of_a_composite_key_gives_its_rows,
    a_write_that_fails_changes_nothing,
    what_is_wrong_is_refused_before_anything_is_sent,
    it_is_a_part_of_its_transaction,
    many_who_take_rows_at_once_share_none,
}

fn run(session: &Session, operation: Operation) -> Result<Vec<Row>> {
    let batches: Vec<RowBatch> = now(session.write_returning(operation).try_collect())?;
    let rows = batches.iter().map(crate::run::unpacked).collect::<Result<Vec<_>>>()?;
    Ok(rows.concat())
}

fn change(session: &Session, query: Query, values: &[(&str, Expr)]) -> Result<Vec<Row>> {
    let assign = |(name, value): &(&str, Expr)| {
        Ok(Assignment { field: query.model.require_field(name)?, value: value.clone() })
    };
    let assignments = values.iter().map(assign).collect::<Result<Vec<_>>>()?;
    run(session, Operation::Update(query, assignments))
}

fn remove(session: &Session, query: Query) -> Result<Vec<Row>> {
    run(session, Operation::Delete(query))
}

fn an_update_gives_its_rows_as_they_are(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let older = [("age", field(&user, "age").is(Add, 1)), ("active", lit(NULL))];
    let of_36 = find(&user).filter(field(&user, "age").is(Eq, 36)).by("id");
    let rows = change(db, of_36, &older)?;
    let row = |id: i64, name: &str, email: &str| vec![int(id), text(name), text(email), int(37), NULL];
    assert_eq!(rows, [row(1, "Ada", "ada@x.org"), row(4, "Dan", "dan@y.org")]);
    assert_eq!(db.ids(find(&user).filter(field(&user, "age").is(Eq, 37)).by("id"))?, [1, 4]);
    Ok(())
}

fn an_update_gives_what_is_selected(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let selected = [field(&user, "age").is(Mul, 2), field(&user, "name").test(Upper)];
    let query = find(&user).filter(field(&user, "id").is(Le, 2)).by_desc("id").returning(selected);
    assert_eq!(change(db, query, &[("age", lit(5))])?, [[int(10), text("BOB")], [int(10), text("ADA")]]);
    Ok(())
}

fn an_update_of_the_key_gives_the_new_ones(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let bob = find(&user).filter(field(&user, "name").is(Eq, "bob"));
    let names = ["id", "name"];
    assert_eq!(change(db, bob.select(&names), &[("id", lit(100))])?, [[int(100), text("bob")]]);
    let bob = find(&user).filter(field(&user, "id").is(Eq, 100)).select(&names);
    let next = field(&user, "id").is(Add, 1);
    assert_eq!(change(db, bob, &[("id", next)])?, [[int(101), text("bob")]]);
    let (pair, _) = models::pair_and_note();
    db.add_all(&pair, &["left", "right"], &[vec![int(1), text("a")], vec![int(2), text("a")]])?;
    let rows = change(db, find(&pair).by("left"), &[("right", lit("b")), ("value", lit("v"))])?;
    assert_eq!(rows, [[int(1), text("b"), text("v")], [int(2), text("b"), text("v")]]);
    Ok(())
}

fn an_update_gives_rows_in_order_and_so_many(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let oldest = find(&user).by_desc("age").by("id").limit(2).offset(1).select(&["id", "age"]);
    assert_eq!(change(db, oldest, &[("age", lit(0))])?, [[int(1), int(0)], [int(4), int(0)]]);
    assert_eq!(change(db, find(&user).limit(0), &[("age", lit(1))])?.len(), 0);
    assert_eq!(change(db, find(&user).limit(3), &[("age", lit(1))])?.len(), 3);
    assert_eq!(db.count(find(&user).filter(field(&user, "age").is(Eq, 1)))?, 3);
    Ok(())
}

fn an_update_that_finds_nothing_gives_nothing(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let nobody = || find(&user).filter(field(&user, "id").is(Eq, 99));
    assert_eq!(change(db, nobody(), &[("age", lit(1))])?.len(), 0);
    assert_eq!(remove(db, nobody())?.len(), 0);
    Ok(())
}

fn an_update_over_a_join_gives_each_row_once(db: &Db) -> Result<()> {
    let blog = models::blog();
    blog.fill(db)?;
    let writers = find(&blog.user).filter(field(&blog.post, "id").is(Gt, 0)).by("id").select(&["id", "age"]);
    let older = [("age", field(&blog.user, "age").is(Add, 1))];
    assert_eq!(change(db, writers, &older)?, [[int(1), int(37)], [int(2), int(18)], [int(5), int(61)]]);
    let of_bob = find(&blog.post).filter(field(&blog.user, "name").is(Eq, "bob")).select(&["title"]);
    assert_eq!(remove(db, of_bob)?, [[text("Games")]]);
    assert_eq!(db.count(find(&blog.post))?, 3);
    Ok(())
}

fn an_update_of_many_rows_gives_all(db: &Db) -> Result<()> {
    let user = models::user();
    let names: Vec<Row> = (0..1234).map(|number| vec![text(&format!("n{number}")), int(number)]).collect();
    let keys = db.add_all(&user, &["name", "age"], &names)?;
    let query = || find(&user).by_desc("id").select(&["id", "age"]);
    let rows = change(db, query(), &[("age", field(&user, "age").is(Add, 1))])?;
    let expected = |more: i64| {
        let rows = keys.iter().enumerate().rev();
        rows.map(|(age, key)| vec![int(*key), int(age as i64 + more)]).collect::<Vec<_>>()
    };
    assert_eq!(rows, expected(1));
    assert_eq!(remove(db, query())?, expected(1));
    assert_eq!(db.count(find(&user))?, 0);
    Ok(())
}

fn a_delete_gives_its_rows_as_they_were(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let rows = remove(db, find(&user).filter(field(&user, "name").is(Eq, "Cyd")))?;
    assert_eq!(rows, [[int(3), text("Cyd"), NULL, NULL, NULL]]);
    assert_eq!(db.ids(find(&user).by("id"))?, [1, 2, 4, 5]);
    Ok(())
}

fn a_delete_gives_what_is_selected_in_order(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let youngest = find(&user).filter(field(&user, "age").test(IsNotNull)).by("age").by("id").limit(2);
    assert_eq!(
        remove(db, youngest.select(&["name", "age"]))?,
        [[text("bob"), int(17)], [text("Ada"), int(36)]]
    );
    assert_eq!(db.ids(find(&user).by("id"))?, [3, 4, 5]);
    Ok(())
}

fn a_delete_of_a_composite_key_gives_its_rows(db: &Db) -> Result<()> {
    let (pair, _) = models::pair_and_note();
    let rows: Vec<Row> = (0..150).map(|left| vec![int(left), text("a"), text("v")]).collect();
    db.add_all(&pair, &["left", "right", "value"], &rows)?;
    assert_eq!(remove(db, find(&pair).filter(field(&pair, "left").is(Lt, 140)).by("left"))?, rows[..140]);
    assert_eq!(db.count(find(&pair))?, 10);
    Ok(())
}

fn a_write_that_fails_changes_nothing(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let error = refused(change(db, find(&user), &[("email", lit("all@x.org"))]), ErrorKind::UniqueViolation);
    assert_eq!((error.model(), error.columns()), (Some("User"), ["email".to_owned()].as_slice()));
    assert_eq!(db.count(find(&user).filter(field(&user, "email").is(Eq, "all@x.org")))?, 0);
    Ok(())
}

fn what_is_wrong_is_refused_before_anything_is_sent(db: &Db) -> Result<()> {
    let blog = models::blog();
    let user = &blog.user;
    refused(db.unsent(|| change(db, find(user), &[])), ErrorKind::Validation);
    refused(db.unsent(|| change(db, find(user), &[("age", lit("x"))])), ErrorKind::Validation);
    let of_others = find(&blog.post).columns(vec![column(user, "name")]);
    refused(db.unsent(|| remove(db, of_others.clone())), ErrorKind::Query);
    let counted = find(user).returning([rows()]);
    refused(db.unsent(|| remove(db, counted.clone())), ErrorKind::Query);
    let mut none = find(user);
    none.projection = Projection::Values(Vec::new());
    refused(db.unsent(|| remove(db, none.clone())), ErrorKind::Query);
    refused(db.unsent(|| run(db, Operation::Count(find(user)))), ErrorKind::Internal);
    Ok(())
}

fn it_is_a_part_of_its_transaction(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    assert_eq!(change(&tx.session(), find(&user), &[("age", lit(1))])?.len(), 5);
    assert_eq!(remove(&tx.session(), find(&user).filter(field(&user, "age").is(Eq, 1)))?.len(), 5);
    now(tx.rollback())?;
    assert_eq!(db.ids(find(&user).filter(field(&user, "age").is(Eq, 36)).by("id"))?, [1, 4]);
    Ok(())
}

fn many_who_take_rows_at_once_share_none(db: &Db) -> Result<()> {
    let user = models::user();
    let names: Vec<Row> = (0..60).map(|number| vec![text(&format!("n{number}"))]).collect();
    db.add_all(&user, &["name"], &names)?;
    let handle = db.handle().clone();
    let taken = std::sync::Mutex::new(Vec::new());
    at_once(6, |_| {
        for _ in 0..10 {
            let next = find(&user).by("id").limit(2).select(&["id"]);
            taken.lock().unwrap().extend(remove(&handle.session(), next)?.concat());
        }
        Ok(())
    })?;
    let mut taken = taken.into_inner().unwrap();
    let count = taken.len();
    taken.sort_by_key(|id| format!("{id:?}"));
    taken.dedup();
    assert_eq!(taken.len(), count, "a row was given twice");
    let left = db.count(find(&user))?;
    assert_eq!(count as i64 + left, 60);
    Ok(())
}
