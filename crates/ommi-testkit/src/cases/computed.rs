//! Computed values of each row: returned, sorted by, told apart.

use ommi_core::query::Direction;

use crate::case::cases;
use crate::kit::*;

cases! {
    computed_values_are_returned,
    computed_decimals_have_one_form,
    predicates_are_returned_as_values,
    rows_are_sorted_by_computed_values,
    changes_follow_an_order_by_computed_values,
    computed_values_are_returned_once,
    an_overflow_in_what_is_returned_is_an_error,
    values_alone_are_refused,
}

fn computed_values_are_returned(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let values = [
        field(&user, "name").is(Add, "!"),
        field(&user, "age").is(Add, 1),
        lit(100).vs(Sub, field(&user, "age")),
        field(&user, "age").is(Div, 0),
        field(&user, "id"),
    ];
    let found = db.rows(find(&user).by("id").limit(3).returning(values))?;
    let expected = [
        [text("Ada!"), int(37), int(64), NULL, int(1)],
        [text("bob!"), int(18), int(83), NULL, int(2)],
        [text("Cyd!"), NULL, NULL, NULL, int(3)],
    ];
    assert_eq!(found, expected);
    let sample = models::sample();
    db.add(&sample, &[("float", 1.5.into()), ("int", int(i64::MAX))])?;
    let values = [field(&sample, "float").is(Mul, 2.0), field(&sample, "int").is(Sub, 1)];
    assert_eq!(db.rows(find(&sample).returning(values))?, [[3.0.into(), int(i64::MAX - 1)]]);
    Ok(())
}

fn computed_decimals_have_one_form(db: &Db) -> Result<()> {
    let sample = stored(db, "decimal", &[dec("1.50")])?;
    let field = || field(&sample, "decimal");
    let values = [
        field().is(Mul, dec("2")),
        field().is(Add, dec("0.50")),
        field().is(Sub, dec("1.5")),
        field().is(Div, dec("4")),
        field().is(Mul, dec("100")),
    ];
    assert_eq!(db.rows(find(&sample).returning(values))?, [["3", "2", "0", "0.375", "150"].map(dec)]);
    Ok(())
}

fn predicates_are_returned_as_values(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let age = || field(&user, "age");
    let values = [age().is(Gt, 20), age().test(IsNull), age().is(Gt, 20).negate(), age().among(In, [36, 60])];
    let found = db.rows(find(&user).by("id").limit(3).returning(values))?;
    let (yes, no) = (|| Value::Bool(true), || Value::Bool(false));
    assert_eq!(found, [[yes(), no(), no(), yes()], [no(), no(), yes(), no()], [NULL, yes(), NULL, NULL]]);
    Ok(())
}

fn rows_are_sorted_by_computed_values(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let by = |by: Expr, direction| db.ids(find(&user).order(by, direction).by("id"));
    let distance = || field(&user, "age").is(Sub, 30).vs(Mul, field(&user, "age").is(Sub, 30));
    assert_eq!(by(distance(), Direction::Ascending)?, [3, 1, 4, 2, 5]);
    assert_eq!(by(distance(), Direction::Descending)?, [5, 2, 1, 4, 3]);
    assert_eq!(by(field(&user, "name").is(Add, "!"), Direction::Ascending)?, [1, 3, 4, 5, 2]);
    assert_eq!(by(field(&user, "age").is(Gt, 20), Direction::Descending)?, [1, 4, 5, 2, 3]);
    let first = find(&user).order(distance(), Direction::Descending).limit(2).select(&["name"]);
    assert_eq!(db.values(first)?, [text("Eve"), text("bob")]);
    Ok(())
}

fn changes_follow_an_order_by_computed_values(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let oldest = || find(&user).order(field(&user, "age").is(Mul, -1), Direction::Ascending).by("id");
    // NULL is first.
    assert_eq!(db.change(oldest().limit(2), &[("active", lit(true))])?, 2);
    finds(db, &user, field(&user, "active").test(IsTrue), &[1, 3, 5]);
    assert_eq!(db.remove(oldest().limit(1).offset(1))?, 1);
    assert_eq!(db.ids(find(&user).by("id"))?, [1, 2, 3, 4]);
    Ok(())
}

fn computed_values_are_returned_once(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let decade = || field(&user, "age").is(Div, 10);
    let query = || find(&user).returning([decade()]).distinct();
    assert_eq!(db.values(query().order(decade(), Direction::Ascending))?, [NULL, int(1), int(3), int(6)]);
    assert_eq!(db.values(query().order(decade(), Direction::Descending).limit(2))?, [int(6), int(3)]);
    assert_eq!(db.count(query())?, 4);
    refused(db.rows(query().by("age")), ErrorKind::Query);
    Ok(())
}

fn an_overflow_in_what_is_returned_is_an_error(db: &Db) -> Result<()> {
    let sample = stored(db, "int", &[int(1), int(i64::MAX)])?;
    let error =
        refused(db.rows(find(&sample).returning([field(&sample, "int").is(Add, 1)])), ErrorKind::Query);
    assert!(error.to_string().contains("overflow"), "{error}");
    Ok(())
}

fn values_alone_are_refused(db: &Db) -> Result<()> {
    let user = models::user();
    refused(db.unsent(|| db.rows(find(&user).returning([lit(1)]))), ErrorKind::Query);
    refused(db.unsent(|| db.rows(find(&user).order(lit(1), Direction::Ascending))), ErrorKind::Query);
    Ok(())
}
