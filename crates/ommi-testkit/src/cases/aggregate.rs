//! Values made of many rows: counts, sums, means, smallest and greatest ones.

use crate::case::cases;
use crate::kit::*;

cases! {
    rows_and_values_are_counted,
    nulls_do_not_take_part,
    nothing_is_counted_and_is_otherwise_null,
    equal_values_take_part_once,
    only_some_rows_take_part,
    integers_are_summed_as_a_whole,
    a_sum_that_does_not_fit_is_an_error,
    the_mean_of_integers_is_a_float,
    a_mean_is_known_where_the_sum_would_not_fit,
    decimals_are_summed_exactly,
    the_mean_of_decimals_is_rounded_as_a_quotient,
    floats_are_summed,
    floats_that_overflow_in_a_sum_are_an_error,
    infinite_floats_are_summed [FloatInfinity],
    no_number_in_a_sum_makes_null [FloatNan],
    texts_are_compared_by_code_point,
    the_first_and_the_last_of_every_type,
    computed_values_are_aggregated,
    aggregates_are_computed_with,
    aggregates_without_a_meaning_are_refused,
    aggregates_have_their_places,
}

/// The aggregates of one row of all.
fn of(db: &Db, model: &Arc<ModelDef>, values: impl IntoIterator<Item = Expr>) -> Result<Row> {
    Ok(db.rows(find(model).returning(values))?.remove(0))
}

fn one(db: &Db, model: &Arc<ModelDef>, value: Expr) -> Result<Value> {
    Ok(of(db, model, [value])?.remove(0))
}

fn distinct(function: Function, subject: Expr) -> Expr {
    Aggregate { distinct: true, ..Aggregate::of(function, subject) }.into()
}

fn rows_and_values_are_counted(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let count = |name: &str| made(Function::Count, &user, name);
    assert_eq!(of(db, &user, [rows(), count("id"), count("age"), count("email")])?, [5, 5, 4, 4].map(int));
    let some = find(&user).filter(field(&user, "age").is(Eq, 36)).returning([rows()]);
    assert_eq!(db.values(some)?, [int(2)]);
    Ok(())
}

fn nulls_do_not_take_part(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let age = |function| made(function, &user, "age");
    let found = of(db, &user, Function::ALL.iter().map(|function| age(*function)))?;
    assert_eq!(found, [int(4), int(149), 37.25.into(), int(17), int(60)]);
    Ok(())
}

fn nothing_is_counted_and_is_otherwise_null(db: &Db) -> Result<()> {
    let sample = models::sample();
    for name in ["int", "float", "decimal"] {
        let every = || Function::ALL.iter().map(|function| made(*function, &sample, name));
        assert_eq!(of(db, &sample, every())?, [int(0), NULL, NULL, NULL, NULL]);
    }
    db.add(&sample, &[("text", text("a"))])?;
    for name in ["int", "float", "decimal"] {
        let every = || Function::ALL.iter().map(|function| made(*function, &sample, name));
        assert_eq!(of(db, &sample, every())?, [int(0), NULL, NULL, NULL, NULL]);
        let different = Function::ALL.iter().map(|function| distinct(*function, field(&sample, name)));
        assert_eq!(of(db, &sample, different)?, [int(0), NULL, NULL, NULL, NULL]);
    }
    Ok(())
}

fn equal_values_take_part_once(db: &Db) -> Result<()> {
    let sample = stored(db, "int", &[int(2), int(2), NULL, int(5), NULL])?;
    let every = Function::ALL.iter().map(|function| distinct(*function, field(&sample, "int")));
    assert_eq!(of(db, &sample, every)?, [int(2), int(7), 3.5.into(), int(2), int(5)]);
    let sample = stored(db, "decimal", &["1.10", "1.1", "2"].map(dec))?;
    let every =
        [Function::Count, Function::Sum].map(|function| distinct(function, field(&sample, "decimal")));
    assert_eq!(of(db, &sample, every)?, [int(2), dec("3.1")]);
    let sample = stored(db, "text", &["a", "A", "a", "a "].map(text))?;
    assert_eq!(one(db, &sample, distinct(Function::Count, field(&sample, "text")))?, int(3));
    let sample = stored(db, "uuid", &[uuid(1), uuid(1), uuid(2)])?;
    assert_eq!(one(db, &sample, distinct(Function::Count, field(&sample, "uuid")))?, int(2));
    let sample = stored(db, "float", &[1.5.into(), 1.5.into(), 0.5.into()])?;
    let every = [Function::Sum, Function::Avg].map(|function| distinct(function, field(&sample, "float")));
    assert_eq!(of(db, &sample, every)?, [2.0.into(), 1.0.into()]);
    Ok(())
}

fn only_some_rows_take_part(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let when = |made: Aggregate, filter: Expr| Expr::from(Aggregate { filter: Some(filter), ..made });
    let active = || field(&user, "active").test(IsTrue);
    let old = || field(&user, "age").is(Gt, 30);
    let age = |function| Aggregate::of(function, field(&user, "age"));
    let values = [
        when(Aggregate::rows(), active()),
        when(Aggregate::rows(), old()),
        when(age(Function::Sum), active()),
        when(age(Function::Avg), active().negate()),
        when(age(Function::Max), field(&user, "name").is(StartsWith, "b")),
        when(age(Function::Sum), field(&user, "name").is(Eq, "nobody")),
        when(age(Function::Count), field(&user, "name").is(Eq, "nobody")),
        when(Aggregate { distinct: true, ..age(Function::Count) }, old()),
        rows(),
    ];
    // What is unknown does not hold: Cyd is neither active nor not.
    let expected = [int(2), int(3), int(96), 26.5.into(), int(17), NULL, int(0), int(2), int(5)];
    assert_eq!(of(db, &user, values)?, expected);
    Ok(())
}

fn integers_are_summed_as_a_whole(db: &Db) -> Result<()> {
    // On the way to the sum the greatest integer is passed.
    let sample = stored(db, "int", &[int(i64::MAX), int(i64::MAX), int(-i64::MAX), int(-1)])?;
    assert_eq!(one(db, &sample, made(Function::Sum, &sample, "int"))?, int(i64::MAX - 1));
    db.remove(find(&sample))?;
    let sample = stored(db, "int", &[int((1 << 53) + 1), int(1), int(1 << 53)])?;
    assert_eq!(one(db, &sample, made(Function::Sum, &sample, "int"))?, int((1 << 54) + 2));
    Ok(())
}

fn a_sum_that_does_not_fit_is_an_error(db: &Db) -> Result<()> {
    for values in [[i64::MAX, 1], [i64::MIN, -1]] {
        let sample = stored(db, "int", &values.map(int))?;
        let error = refused(one(db, &sample, made(Function::Sum, &sample, "int")), ErrorKind::Query);
        assert!(error.to_string().contains("overflow"), "{error}");
        assert_eq!(one(db, &sample, made(Function::Max, &sample, "int"))?, int(values[0].max(values[1])));
    }
    Ok(())
}

fn the_mean_of_integers_is_a_float(db: &Db) -> Result<()> {
    let sample = stored(db, "int", &[int(1), int(2), int(2)])?;
    assert_eq!(one(db, &sample, made(Function::Avg, &sample, "int"))?, (5.0 / 3.0).into());
    let sample = stored(db, "int", &[int(4), NULL])?;
    assert_eq!(one(db, &sample, made(Function::Avg, &sample, "int"))?, 4.0.into());
    Ok(())
}

fn a_mean_is_known_where_the_sum_would_not_fit(db: &Db) -> Result<()> {
    let sample = stored(db, "int", &[int(i64::MAX), int(i64::MAX)])?;
    assert_eq!(one(db, &sample, made(Function::Avg, &sample, "int"))?, (i64::MAX as f64).into());
    Ok(())
}

fn decimals_are_summed_exactly(db: &Db) -> Result<()> {
    let sample = stored(db, "decimal", &["0.1", "0.20", "1000000000000.000001"].map(dec))?;
    assert_eq!(one(db, &sample, made(Function::Sum, &sample, "decimal"))?, dec("1000000000000.300001"));
    let sample = stored(db, "decimal", &["10", "-10.0"].map(dec))?;
    assert_eq!(one(db, &sample, made(Function::Sum, &sample, "decimal"))?, dec("0"));
    let sample = stored(db, "decimal", &["123456789012345678.5", "0.00000000000001"].map(dec))?;
    assert_eq!(
        one(db, &sample, made(Function::Sum, &sample, "decimal"))?,
        dec("123456789012345678.50000000000001")
    );
    Ok(())
}

fn the_mean_of_decimals_is_rounded_as_a_quotient(db: &Db) -> Result<()> {
    let sample = stored(db, "decimal", &["1", "2", "2"].map(dec))?;
    assert_eq!(one(db, &sample, made(Function::Avg, &sample, "decimal"))?, dec("1.66666666666666666667"));
    let sample = stored(db, "decimal", &[dec("-2"), NULL, dec("0"), dec("0")])?;
    assert_eq!(one(db, &sample, made(Function::Avg, &sample, "decimal"))?, dec("-0.66666666666666666667"));
    Ok(())
}

fn floats_are_summed(db: &Db) -> Result<()> {
    let sample = stored(db, "float", &[0.5.into(), 2.0.into(), NULL, (-1.25).into()])?;
    let every = Function::ALL.iter().map(|function| made(*function, &sample, "float"));
    let mean = 1.25 / 3.0;
    assert_eq!(of(db, &sample, every)?, [int(3), 1.25.into(), mean.into(), (-1.25).into(), 2.0.into()]);
    Ok(())
}

fn floats_that_overflow_in_a_sum_are_an_error(db: &Db) -> Result<()> {
    let sample = stored(db, "float", &[f64::MAX.into(), f64::MAX.into()])?;
    for function in [Function::Sum, Function::Avg] {
        refused(one(db, &sample, made(function, &sample, "float")), ErrorKind::Query);
    }
    assert_eq!(one(db, &sample, made(Function::Max, &sample, "float"))?, f64::MAX.into());
    Ok(())
}

fn infinite_floats_are_summed(db: &Db) -> Result<()> {
    let sample = stored(db, "float", &[f64::INFINITY.into(), 1.0.into()])?;
    for function in [Function::Sum, Function::Avg, Function::Max] {
        assert_eq!(one(db, &sample, made(function, &sample, "float"))?, f64::INFINITY.into());
    }
    let sample = stored(db, "float", &[f64::INFINITY.into(), f64::NEG_INFINITY.into()])?;
    for function in [Function::Sum, Function::Avg] {
        assert_eq!(one(db, &sample, made(function, &sample, "float"))?, NULL);
    }
    Ok(())
}

fn no_number_in_a_sum_makes_null(db: &Db) -> Result<()> {
    let sample = stored(db, "float", &[f64::NAN.into(), 1.0.into()])?;
    for function in [Function::Sum, Function::Avg] {
        assert_eq!(one(db, &sample, made(function, &sample, "float"))?, NULL);
    }
    assert_eq!(one(db, &sample, made(Function::Min, &sample, "float"))?, 1.0.into());
    // NaN is greater than every number.
    let greatest = one(db, &sample, made(Function::Max, &sample, "float"))?;
    assert!(matches!(greatest, Value::Float(value) if value.is_nan()), "{greatest:?}");
    assert_eq!(one(db, &sample, made(Function::Count, &sample, "float"))?, int(2));
    Ok(())
}

fn texts_are_compared_by_code_point(db: &Db) -> Result<()> {
    let sample = stored(db, "text", &["b", "a", "Z", "ä", "a "].map(text))?;
    let ends = [Function::Min, Function::Max].map(|function| made(function, &sample, "text"));
    assert_eq!(of(db, &sample, ends)?, [text("Z"), text("ä")]);
    let sample = stored(db, "text", &["\u{ffff}", "\u{10000}"].map(text))?;
    assert_eq!(one(db, &sample, made(Function::Max, &sample, "text"))?, text("\u{10000}"));
    Ok(())
}

fn the_first_and_the_last_of_every_type(db: &Db) -> Result<()> {
    let pairs = [
        ("int", int(-1), int(10)),
        ("float", (-0.5).into(), 10.25.into()),
        ("decimal", dec("9.5"), dec("10")),
        ("datetime", moment("2026-01-01T12:30:00"), instant("2026-01-01T12:30:01Z")),
        ("naive", moment("1000-01-01T00:00:00"), moment("9999-12-31T23:59:59.999999")),
        ("timestamp", instant("1969-12-31T23:59:59Z"), instant("2026-01-01T00:00:00Z")),
        ("date", day("1000-01-01"), day("2026-01-02")),
        ("time", clock("00:00:00"), clock("23:59:59.999999")),
        ("duration", micros(-1), micros(86_400_000_000)),
    ];
    for (name, first, last) in pairs {
        let sample = stored(db, name, &[last.clone(), NULL, first.clone(), last.clone()])?;
        let ends = [Function::Min, Function::Max].map(|function| made(function, &sample, name));
        assert_eq!(of(db, &sample, ends)?, [first, last], "{name}");
    }
    Ok(())
}

fn computed_values_are_aggregated(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let doubled = || field(&user, "age").is(Mul, 2);
    let values = [
        Aggregate::of(Function::Sum, doubled()).into(),
        Aggregate::of(Function::Max, field(&user, "name").is(Add, "!")).into(),
        Aggregate::of(Function::Count, field(&user, "age").is(Div, 0)).into(),
        distinct(Function::Count, field(&user, "age").is(Gt, 20)),
    ];
    assert_eq!(of(db, &user, values)?, [int(298), text("bob!"), int(0), int(2)]);
    Ok(())
}

fn aggregates_are_computed_with(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let sum = || made(Function::Sum, &user, "age");
    let values = [
        sum().vs(Div, made(Function::Count, &user, "age")),
        sum().is(Add, 1),
        rows().is(Gt, 4),
        made(Function::Avg, &user, "age").is(Mul, 2.0),
        lit(10).vs(Sub, rows()),
    ];
    assert_eq!(of(db, &user, values)?, [int(37), int(150), true.into(), 74.5.into(), int(5)]);
    Ok(())
}

fn aggregates_without_a_meaning_are_refused(db: &Db) -> Result<()> {
    let sample = models::sample();
    let of = |function, name: &str| one(db, &sample, made(function, &sample, name));
    for (function, name) in [
        (Function::Sum, "text"),
        (Function::Avg, "date"),
        (Function::Sum, "duration"),
        (Function::Min, "bool"),
        (Function::Max, "bytes"),
        (Function::Min, "uuid"),
        (Function::Max, "json"),
        (Function::Min, "ints"),
    ] {
        let error = refused(db.unsent(|| of(function, name)), ErrorKind::Query);
        assert!(error.to_string().contains("has no meaning on"), "{error}");
        assert_eq!((error.model(), error.field()), (Some("Sample"), Some(name)));
    }
    refused(
        db.unsent(|| one(db, &sample, distinct(Function::Count, field(&sample, "json")))),
        ErrorKind::Query,
    );
    let distinct_rows = Aggregate { distinct: true, ..Aggregate::rows() };
    refused(db.unsent(|| one(db, &sample, distinct_rows.into())), ErrorKind::Query);
    Ok(())
}

fn aggregates_have_their_places(db: &Db) -> Result<()> {
    let user = models::user();
    let many = || rows().is(Gt, 3);
    refused(db.unsent(|| db.rows(find(&user).filter(many()))), ErrorKind::Query);
    refused(db.unsent(|| db.change(find(&user), &[("age", rows())])), ErrorKind::Query);
    refused(db.unsent(|| db.remove(find(&user).which(many()))), ErrorKind::Query);
    refused(db.unsent(|| db.rows(find(&user).which(many()))), ErrorKind::Query);
    refused(db.unsent(|| db.rows(find(&user).order(rows(), Default::default()))), ErrorKind::Query);
    let nested = Aggregate::of(Function::Sum, rows());
    refused(db.unsent(|| one(db, &user, nested.into())), ErrorKind::Query);
    refused(db.unsent(|| one(db, &user, lit(1))), ErrorKind::Query);
    let error = refused(db.unsent(|| of(db, &user, [rows(), field(&user, "name")])), ErrorKind::Query);
    assert_eq!((error.model(), error.field()), (Some("User"), Some("name")));
    Ok(())
}
