//! `+`, `-`, `*`, `/` and `%`, in predicates and in updates.

use crate::case::cases;
use crate::kit::*;

cases! {
    integers_are_computed_exactly,
    integer_division_truncates_toward_zero,
    a_remainder_has_the_sign_of_the_dividend,
    division_by_zero_is_null,
    an_integer_that_does_not_fit_is_an_error_in_a_predicate,
    an_integer_that_does_not_fit_is_an_error_in_an_update,
    an_overflow_changes_no_row,
    the_smallest_integer_divided_by_minus_one_is_an_error,
    floats_are_computed_as_floats,
    floats_that_overflow_are_an_error,
    decimals_are_computed_exactly,
    texts_are_joined,
    null_makes_null,
    arithmetic_nests,
    fields_are_computed_with_fields,
    an_update_computes_from_the_row_as_it_was,
    integers_and_floats_are_not_mixed,
}

/// What an expression over the first row's fields makes of its `int`.
fn int_of(db: &Db, sample: &Arc<ModelDef>, computed: Expr) -> Result<Value> {
    db.change(find(sample), &[("other_int", computed)])?;
    Ok(db.values(find(sample).select(&["other_int"]))?.remove(0))
}

fn one(db: &Db, name: &str, value: impl Into<Value>) -> Result<Arc<ModelDef>> {
    stored(db, name, &[value.into()])
}

fn integers_are_computed_exactly(db: &Db) -> Result<()> {
    let sample = one(db, "int", (1_i64 << 53) + 1)?;
    let field = || field(&sample, "int");
    assert_eq!(int_of(db, &sample, field().is(Add, 1))?, int((1 << 53) + 2));
    assert_eq!(int_of(db, &sample, field().is(Sub, 2))?, int((1 << 53) - 1));
    assert_eq!(int_of(db, &sample, field().is(Mul, 3))?, int(((1 << 53) + 1) * 3));
    assert_eq!(int_of(db, &sample, field().is(Div, 1))?, int((1 << 53) + 1));
    assert_eq!(int_of(db, &sample, field().is(Rem, 1 << 20))?, int(1));
    Ok(())
}

fn integer_division_truncates_toward_zero(db: &Db) -> Result<()> {
    let sample = one(db, "int", 7)?;
    let of = |left: i64, right: i64| {
        db.change(find(&sample), &[("int", lit(left))])?;
        int_of(db, &sample, field(&sample, "int").is(Div, right))
    };
    assert_eq!(of(7, 2)?, int(3));
    assert_eq!(of(-7, 2)?, int(-3));
    assert_eq!(of(7, -2)?, int(-3));
    assert_eq!(of(-7, -2)?, int(3));
    assert_eq!(of(1, 2)?, int(0));
    Ok(())
}

fn a_remainder_has_the_sign_of_the_dividend(db: &Db) -> Result<()> {
    let sample = one(db, "int", 7)?;
    let of = |left: i64, right: i64| {
        db.change(find(&sample), &[("int", lit(left))])?;
        int_of(db, &sample, field(&sample, "int").is(Rem, right))
    };
    assert_eq!(of(7, 3)?, int(1));
    assert_eq!(of(-7, 3)?, int(-1));
    assert_eq!(of(7, -3)?, int(1));
    assert_eq!(of(-7, -3)?, int(-1));
    assert_eq!(of(i64::MIN, -1)?, int(0));
    Ok(())
}

fn division_by_zero_is_null(db: &Db) -> Result<()> {
    let sample = models::sample();
    db.add(&sample, &[("int", int(1)), ("float", 1.0.into()), ("decimal", dec("1"))])?;
    for (name, zero) in
        [("int", int(0)), ("float", 0.0.into()), ("float", (-0.0).into()), ("decimal", dec("0"))]
    {
        for operator in [Div, Rem] {
            if operator == Rem && name == "float" && !db.capabilities().float_remainder {
                continue;
            }
            finds(db, &sample, field(&sample, name).is(operator, zero.clone()).test(IsNull), &[1]);
            db.change(find(&sample), &[(name, field(&sample, name).is(operator, zero.clone()))])?;
            assert_eq!(db.values(find(&sample).select(&[name]))?, [NULL], "{name} {}", operator.name());
            db.change(find(&sample), &[("int", lit(1)), ("float", lit(1.0)), ("decimal", lit(dec("1")))])?;
        }
    }
    Ok(())
}

fn an_integer_that_does_not_fit_is_an_error_in_a_predicate(db: &Db) -> Result<()> {
    let sample = one(db, "int", i64::MAX)?;
    for computed in [field(&sample, "int").is(Add, 1), field(&sample, "int").is(Mul, 2)] {
        let error = refused(db.rows(find(&sample).filter(computed.is(Gt, 0))), ErrorKind::Query);
        assert!(error.to_string().contains("overflow"), "{error}");
    }
    Ok(())
}

fn an_integer_that_does_not_fit_is_an_error_in_an_update(db: &Db) -> Result<()> {
    for (start, operator, operand) in
        [(i64::MAX, Add, 1), (i64::MIN, Sub, 1), (i64::MAX, Mul, 2), (i64::MIN, Add, -1)]
    {
        let sample = one(db, "int", start)?;
        let this = || find(&sample).filter(field(&sample, "int").is(Eq, start));
        refused(db.change(this(), &[("int", field(&sample, "int").is(operator, operand))]), ErrorKind::Query);
        assert!(db.exists(this())?, "the row keeps its value");
    }
    Ok(())
}

fn an_overflow_changes_no_row(db: &Db) -> Result<()> {
    let sample = stored(db, "int", &[int(1), int(2), int(i64::MAX)])?;
    refused(db.change(find(&sample), &[("int", field(&sample, "int").is(Add, 1))]), ErrorKind::Query);
    assert_eq!(db.values(find(&sample).by("id").select(&["int"]))?, [int(1), int(2), int(i64::MAX)]);
    Ok(())
}

fn the_smallest_integer_divided_by_minus_one_is_an_error(db: &Db) -> Result<()> {
    let sample = one(db, "int", i64::MIN)?;
    refused(int_of(db, &sample, field(&sample, "int").is(Div, -1)), ErrorKind::Query);
    Ok(())
}

fn floats_are_computed_as_floats(db: &Db) -> Result<()> {
    let sample = one(db, "float", 7.5)?;
    for (operator, operand, expected) in [
        (Add, 0.1, 7.6),
        (Sub, 10.0, -2.5),
        (Mul, 2.0, 15.0),
        (Div, 2.0, 3.75),
        (Rem, 2.0, 1.5),
        (Rem, -2.0, 1.5),
    ] {
        if operator == Rem && !db.capabilities().float_remainder {
            continue;
        }
        finds(db, &sample, field(&sample, "float").is(operator, operand).is(Eq, expected), &[1]);
    }
    // Whole numbers stay floats: a division of floats never truncates.
    db.change(find(&sample), &[("float", lit(7.0))])?;
    finds(db, &sample, field(&sample, "float").is(Div, 2).is(Eq, 3.5), &[1]);
    Ok(())
}

fn floats_that_overflow_are_an_error(db: &Db) -> Result<()> {
    let sample = one(db, "float", f64::MAX)?;
    let doubled = || field(&sample, "float").is(Mul, 2.0);
    refused(db.rows(find(&sample).filter(doubled().is(Gt, 0.0))), ErrorKind::Query);
    refused(db.change(find(&sample), &[("float", doubled())]), ErrorKind::Query);
    assert_eq!(db.values(find(&sample).select(&["float"]))?, [f64::MAX.into()]);
    Ok(())
}

fn decimals_are_computed_exactly(db: &Db) -> Result<()> {
    let sample = one(db, "decimal", dec("0.1"))?;
    finds(db, &sample, field(&sample, "decimal").is(Add, dec("0.2")).is(Eq, dec("0.3")), &[1]);
    finds(db, &sample, field(&sample, "decimal").is(Mul, dec("1e30")).is(Eq, dec("1e29")), &[1]);
    finds(db, &sample, field(&sample, "decimal").is(Sub, dec("1e-30")).is(Lt, dec("0.1")), &[1]);
    finds(db, &sample, field(&sample, "decimal").is(Div, dec("4")).is(Eq, dec("0.025")), &[1]);
    finds(
        db,
        &sample,
        field(&sample, "decimal").is(Sub, dec("7.6")).is(Rem, dec("2")).is(Eq, dec("-1.5")),
        &[1],
    );
    db.change(find(&sample), &[("decimal", field(&sample, "decimal").is(Mul, dec("10.0")))])?;
    assert_eq!(db.values(find(&sample).select(&["decimal"]))?, [dec("1")]);
    Ok(())
}

fn texts_are_joined(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "name").is(Add, "!").is(Eq, "bob!"), &[2]);
    db.change(
        find(&user).filter(field(&user, "id").is(Eq, 2)),
        &[("name", lit("Mr ").vs(Add, field(&user, "name")))],
    )?;
    finds(db, &user, field(&user, "name").is(Eq, "Mr bob"), &[2]);
    Ok(())
}

fn null_makes_null(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    for operator in [Add, Sub, Mul, Div, Rem] {
        finds(db, &user, field(&user, "age").is(operator, 1).test(IsNull), &[3]);
        finds(db, &user, field(&user, "age").is(operator, NULL).test(IsNull), &[1, 2, 3, 4, 5]);
    }
    Ok(())
}

fn arithmetic_nests(db: &Db) -> Result<()> {
    let sample = one(db, "int", 10)?;
    let field = || field(&sample, "int");
    // (10 + 2) * (10 - 7) is not 10 + 2 * 10 - 7.
    finds(db, &sample, field().is(Add, 2).vs(Mul, field().is(Sub, 7)).is(Eq, 36), &[1]);
    // 10 - (10 - 3) is not 10 - 10 - 3.
    finds(db, &sample, field().vs(Sub, field().is(Sub, 3)).is(Eq, 3), &[1]);
    finds(db, &sample, lit(100).vs(Div, field().is(Div, 3)).is(Eq, 33), &[1]);
    Ok(())
}

fn fields_are_computed_with_fields(db: &Db) -> Result<()> {
    let sample =
        stored_pairs(db, ["int", "other_int"], &[[int(7), int(2)], [int(7), int(0)], [int(7), NULL]])?;
    let (left, right) = (|| field(&sample, "int"), || field(&sample, "other_int"));
    finds(db, &sample, left().vs(Rem, right()).is(Eq, 1), &[1]);
    finds(db, &sample, left().vs(Div, right()).test(IsNull), &[2, 3]);
    finds(db, &sample, left().vs(Sub, right()).vs(Gt, right()), &[1, 2]);
    Ok(())
}

fn an_update_computes_from_the_row_as_it_was(db: &Db) -> Result<()> {
    let sample = stored_pairs(db, ["int", "other_int"], &[[int(1), int(2)], [int(3), int(4)]])?;
    let swap = [("int", field(&sample, "other_int")), ("other_int", field(&sample, "int"))];
    assert_eq!(db.change(find(&sample), &swap)?, 2);
    let swapped = db.rows(find(&sample).by("id").select(&["int", "other_int"]))?;
    assert_eq!(swapped, [[int(2), int(1)], [int(4), int(3)]]);
    Ok(())
}

fn integers_and_floats_are_not_mixed(db: &Db) -> Result<()> {
    let sample = models::sample();
    refuses(db, &sample, field(&sample, "int").is(Add, 0.5).is(Gt, 1), ErrorKind::Validation);
    refuses(db, &sample, field(&sample, "int").vs(Add, field(&sample, "float")).is(Gt, 1), ErrorKind::Query);
    let update = || db.change(find(&sample), &[("int", field(&sample, "float").is(Add, 1))]);
    let error = refused(db.unsent(update), ErrorKind::Validation);
    assert_eq!((error.model(), error.field()), (Some("Sample"), Some("int")));
    Ok(())
}
