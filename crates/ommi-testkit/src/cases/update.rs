//! Updates: values, expressions, counts, and which rows.

use ommi_core::query::Assignment;

use crate::case::cases;
use crate::kit::*;

cases! {
    an_update_sets_values_in_the_rows_found,
    an_update_counts_the_rows_found_even_if_unchanged,
    an_update_without_a_filter_changes_all,
    an_update_sets_null,
    an_update_of_several_fields,
    an_update_computes_from_the_row,
    an_update_from_another_field,
    an_update_may_change_what_it_is_found_by,
    an_update_may_change_the_key,
    an_update_without_values_is_an_error,
    a_field_set_twice_is_an_error,
    null_in_a_required_field_is_an_error,
    a_value_of_another_type_is_an_error,
    an_update_that_breaks_a_rule_changes_nothing,
    an_update_with_a_limit_changes_so_many,
    an_update_with_order_and_offset,
    an_update_of_a_composite_key_with_a_limit,
    an_update_over_a_join_changes_each_row_once,
    an_update_from_another_model_is_refused,
    an_update_of_one_row_on_the_calling_thread,
}

fn ages(db: &Db, user: &Arc<ModelDef>) -> Result<Vec<Value>> {
    db.values(find(user).by("id").select(&["age"]))
}

fn an_update_sets_values_in_the_rows_found(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let found = find(&user).filter(field(&user, "age").is(Eq, 36));
    assert_eq!(db.change(found, &[("age", lit(37))])?, 2);
    assert_eq!(ages(db, &user)?, [int(37), int(17), NULL, int(37), int(60)]);
    Ok(())
}

fn an_update_counts_the_rows_found_even_if_unchanged(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let adas = || find(&user).filter(field(&user, "name").is(Eq, "Ada"));
    assert_eq!(db.change(adas(), &[("age", lit(36))])?, 1);
    assert_eq!(db.change(find(&user).filter(field(&user, "id").is(Eq, 9)), &[("age", lit(1))])?, 0);
    Ok(())
}

fn an_update_without_a_filter_changes_all(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.change(find(&user), &[("active", lit(true))])?, 5);
    assert_eq!(db.count(find(&user).filter(field(&user, "active")))?, 5);
    Ok(())
}

fn an_update_sets_null(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.change(find(&user).filter(field(&user, "id").is(Le, 2)), &[("age", lit(NULL))])?, 2);
    assert_eq!(db.ids(find(&user).filter(field(&user, "age").test(IsNull)).by("id"))?, [1, 2, 3]);
    Ok(())
}

fn an_update_of_several_fields(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let values = [("active", lit(false)), ("name", lit("Zoe")), ("age", lit(1)), ("email", lit(NULL))];
    db.change(find(&user).filter(field(&user, "id").is(Eq, 5)), &values)?;
    let zoe = db.rows(find(&user).filter(field(&user, "id").is(Eq, 5)))?;
    assert_eq!(zoe, [vec![int(5), text("Zoe"), NULL, int(1), false.into()]]);
    Ok(())
}

fn an_update_computes_from_the_row(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.change(find(&user), &[("age", field(&user, "age").is(Mul, 2).is(Add, 1))])?, 5);
    assert_eq!(ages(db, &user)?, [int(73), int(35), NULL, int(73), int(121)]);
    Ok(())
}

fn an_update_from_another_field(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let with_email = find(&user).filter(field(&user, "email").test(IsNotNull));
    assert_eq!(db.change(with_email, &[("name", field(&user, "email"))])?, 4);
    assert_eq!(db.values(find(&user).by("id").limit(1).select(&["name"]))?, [text("ada@x.org")]);
    Ok(())
}

fn an_update_may_change_what_it_is_found_by(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let found = find(&user).filter(field(&user, "age").is(Lt, 100));
    assert_eq!(db.change(found, &[("age", field(&user, "age").is(Add, 1))])?, 4);
    assert_eq!(ages(db, &user)?, [int(37), int(18), NULL, int(37), int(61)]);
    Ok(())
}

fn an_update_may_change_the_key(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    db.change(find(&user).filter(field(&user, "name").is(Eq, "bob")), &[("id", lit(100))])?;
    assert_eq!(db.ids(find(&user).by("id"))?, [1, 3, 4, 5, 100]);
    let taken = db.change(find(&user).filter(field(&user, "id").is(Eq, 100)), &[("id", lit(1))]);
    refused(taken, ErrorKind::UniqueViolation);
    Ok(())
}

fn an_update_without_values_is_an_error(db: &Db) -> Result<()> {
    let user = models::user();
    refused(db.unsent(|| db.change(find(&user), &[])), ErrorKind::Validation);
    Ok(())
}

fn a_field_set_twice_is_an_error(db: &Db) -> Result<()> {
    let user = models::user();
    let update = || db.change(find(&user), &[("age", lit(1)), ("age", lit(2))]);
    let error = refused(db.unsent(update), ErrorKind::Validation);
    assert_eq!((error.model(), error.field()), (Some("User"), Some("age")));
    Ok(())
}

fn null_in_a_required_field_is_an_error(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let error = refused(db.unsent(|| db.change(find(&user), &[("name", lit(NULL))])), ErrorKind::Validation);
    assert_eq!((error.model(), error.field()), (Some("User"), Some("name")));
    // What only the database can see.
    let one_null = db.change(find(&user), &[("name", field(&user, "email"))]);
    refused(one_null, ErrorKind::NotNullViolation);
    assert_eq!(db.values(find(&user).by("id").limit(1).select(&["name"]))?, [text("Ada")]);
    Ok(())
}

fn a_value_of_another_type_is_an_error(db: &Db) -> Result<()> {
    let user = models::user();
    for (name, value) in [
        ("age", text("36")),
        ("age", 1.0.into()),
        ("name", int(1)),
        ("active", int(1)),
        ("name", text("a\0b")),
    ] {
        let error =
            refused(db.unsent(|| db.change(find(&user), &[(name, lit(value))])), ErrorKind::Validation);
        assert_eq!((error.model(), error.field()), (Some("User"), Some(name)));
    }
    Ok(())
}

fn an_update_that_breaks_a_rule_changes_nothing(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let error = refused(db.change(find(&user), &[("email", lit("all@x.org"))]), ErrorKind::UniqueViolation);
    assert_eq!(error.columns(), ["email"]);
    assert_eq!(db.count(find(&user).filter(field(&user, "email").is(Eq, "all@x.org")))?, 0);
    Ok(())
}

fn an_update_with_a_limit_changes_so_many(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    assert_eq!(db.change(find(&user).by("id").limit(2), &[("age", lit(0))])?, 2);
    assert_eq!(ages(db, &user)?, [int(0), int(0), NULL, int(36), int(60)]);
    assert_eq!(db.change(find(&user).limit(0), &[("age", lit(1))])?, 0);
    assert_eq!(db.change(find(&user).limit(3), &[("age", lit(1))])?, 3);
    assert_eq!(db.count(find(&user).filter(field(&user, "age").is(Eq, 1)))?, 3);
    Ok(())
}

fn an_update_with_order_and_offset(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let second_oldest = find(&user).by_desc("age").by_desc("id").limit(1).offset(1);
    assert_eq!(db.change(second_oldest, &[("name", lit("second"))])?, 1);
    assert_eq!(db.ids(find(&user).filter(field(&user, "name").is(Eq, "second")))?, [4]);
    Ok(())
}

fn an_update_of_a_composite_key_with_a_limit(db: &Db) -> Result<()> {
    let (pair, _) = models::pair_and_note();
    let rows = [(1, "a"), (1, "b"), (2, "a")].map(|(left, right)| vec![int(left), text(right)]);
    db.add_all(&pair, &["left", "right"], &rows)?;
    assert_eq!(db.change(find(&pair).by("left").by_desc("right").limit(2), &[("value", lit("x"))])?, 2);
    let changed = db
        .rows(find(&pair).filter(field(&pair, "value").is(Eq, "x")).by("right").select(&["left", "right"]))?;
    assert_eq!(changed, [[int(1), text("a")], [int(1), text("b")]]);
    Ok(())
}

fn an_update_over_a_join_changes_each_row_once(db: &Db) -> Result<()> {
    let blog = models::blog();
    blog.fill(db)?;
    let writers = find(&blog.user)
        .filter(field(&blog.post, "score").is(Ge, 0).or(field(&blog.post, "title").is(Eq, "Notes")));
    assert_eq!(db.change(writers, &[("age", field(&blog.user, "age").is(Add, 1))])?, 3);
    assert_eq!(ages(db, &blog.user)?, [int(37), int(18), NULL, int(36), int(61)]);
    let of_adults = find(&blog.post).filter(field(&blog.user, "age").is(Gt, 18));
    assert_eq!(db.change(of_adults, &[("score", lit(0))])?, 3);
    assert_eq!(db.values(find(&blog.post).by("id").select(&["score"]))?, [int(0), int(0), int(2), int(0)]);
    Ok(())
}

fn an_update_from_another_model_is_refused(db: &Db) -> Result<()> {
    let blog = models::blog();
    let update = || db.change(find(&blog.post), &[("score", field(&blog.user, "age"))]);
    let error = refused(db.unsent(update), ErrorKind::Query);
    assert_eq!((error.model(), error.field()), (Some("Post"), Some("score")));
    Ok(())
}

fn an_update_of_one_row_on_the_calling_thread(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let tx = db.begin()?;
    let age = user.require_field("age")?;
    for number in 0..50 {
        let one = find(&user).filter(field(&user, "id").is(Eq, 1));
        let update = Operation::Update(one, vec![Assignment { field: age, value: lit(number) }]);
        // A driver may decline; what it does must be done.
        let changed = match tx.session().write_now(&update) {
            Some(outcome) => outcome?,
            None => now(tx.session().write(update))?,
        };
        assert_eq!(changed, 1);
        let found = tx.session().values(find(&user).filter(field(&user, "id").is(Eq, 1)).select(&["age"]))?;
        assert_eq!(found, [int(number)]);
    }
    now(tx.commit())?;
    assert_eq!(db.ids(find(&user).filter(field(&user, "age").is(Eq, 49)))?, [1]);
    Ok(())
}
