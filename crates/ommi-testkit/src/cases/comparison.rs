//! `==`, `!=`, `<`, `<=`, `>`, `>=` and `between`.

use crate::case::cases;
use crate::kit::*;

cases! {
    equality_finds_the_value_and_no_other,
    inequality_does_not_find_null,
    order_compares_integers_as_numbers,
    text_is_compared_by_code_point_with_regard_to_case,
    text_is_equal_only_to_the_same_code_points,
    trailing_and_leading_spaces_count,
    false_comes_before_true,
    floats_compare_with_infinities [FloatInfinity],
    zero_and_negative_zero_are_equal,
    decimals_compare_as_numbers,
    integers_serve_as_floats_and_decimals,
    large_integers_are_told_apart,
    bytes_compare_byte_by_byte [BytesOrder],
    uuids_compare_byte_by_byte,
    dates_and_times_compare_in_time,
    instants_compare_across_zones,
    durations_compare_with_their_sign,
    nested_values_are_equal_or_not,
    equality_with_null_finds_null,
    order_with_null_finds_nothing,
    two_fields_of_a_row_are_compared,
    null_fields_equal_nothing,
    a_value_may_stand_on_the_left,
    between_includes_both_ends,
    between_turned_round_finds_nothing,
    between_null_finds_nothing_but_what_is_outside,
    between_takes_fields_as_bounds,
}

fn equality_finds_the_value_and_no_other(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "age").is(Eq, 36), &[1, 4]);
    finds(db, &user, field(&user, "name").is(Eq, "Ada"), &[1]);
    finds(db, &user, field(&user, "active").is(Eq, false), &[2, 4]);
    finds(db, &user, field(&user, "name").is(Eq, "nobody"), &[]);
    Ok(())
}

fn inequality_does_not_find_null(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "age").is(Ne, 36), &[2, 5]);
    finds(db, &user, field(&user, "email").is(Ne, "ada@x.org"), &[2, 4, 5]);
    Ok(())
}

fn order_compares_integers_as_numbers(db: &Db) -> Result<()> {
    let sample = stored(db, "int", &[int(-10), int(-9), int(9), int(10), NULL])?;
    finds(db, &sample, field(&sample, "int").is(Lt, 9), &[1, 2]);
    finds(db, &sample, field(&sample, "int").is(Le, 9), &[1, 2, 3]);
    finds(db, &sample, field(&sample, "int").is(Gt, -9), &[3, 4]);
    finds(db, &sample, field(&sample, "int").is(Ge, -9), &[2, 3, 4]);
    Ok(())
}

fn text_is_compared_by_code_point_with_regard_to_case(db: &Db) -> Result<()> {
    let words =
        ["", "A", "Z", "a", "ab", "z", "\u{7f}", "ä", "\u{d7ff}", "\u{e000}", "\u{ffff}", "\u{10000}", "😀"];
    let sample = stored(db, "text", &words.map(text))?;
    for (position, word) in words.iter().enumerate() {
        let number = position as i64 + 1;
        let below: Vec<i64> = (1..number).collect();
        let above: Vec<i64> = (number + 1..=words.len() as i64).collect();
        finds(db, &sample, field(&sample, "text").is(Lt, *word), &below);
        finds(db, &sample, field(&sample, "text").is(Gt, *word), &above);
        finds(db, &sample, field(&sample, "text").is(Eq, *word), &[number]);
    }
    Ok(())
}

fn text_is_equal_only_to_the_same_code_points(db: &Db) -> Result<()> {
    let sample = stored(db, "text", &["é", "e\u{301}", "É", "ﬁ", "fi", "1", "1.0"].map(text))?;
    finds(db, &sample, field(&sample, "text").is(Eq, "é"), &[1]);
    finds(db, &sample, field(&sample, "text").is(Eq, "e\u{301}"), &[2]);
    finds(db, &sample, field(&sample, "text").is(Eq, "fi"), &[5]);
    finds(db, &sample, field(&sample, "text").is(Eq, "1"), &[6]);
    Ok(())
}

fn trailing_and_leading_spaces_count(db: &Db) -> Result<()> {
    let sample = stored(db, "text", &["a", "a ", " a", "a\t", "a\n"].map(text))?;
    for (position, word) in ["a", "a ", " a", "a\t", "a\n"].into_iter().enumerate() {
        finds(db, &sample, field(&sample, "text").is(Eq, word), &[position as i64 + 1]);
    }
    Ok(())
}

fn false_comes_before_true(db: &Db) -> Result<()> {
    let sample = stored(db, "bool", &[true.into(), false.into(), NULL])?;
    finds(db, &sample, field(&sample, "bool").is(Lt, true), &[2]);
    finds(db, &sample, field(&sample, "bool").is(Ge, false), &[1, 2]);
    Ok(())
}

fn floats_compare_with_infinities(db: &Db) -> Result<()> {
    let values = [f64::NEG_INFINITY, f64::MIN, -0.5, 0.1 + 0.2, f64::MAX, f64::INFINITY].map(Value::from);
    let sample = stored(db, "float", &values)?;
    finds(db, &sample, field(&sample, "float").is(Eq, f64::INFINITY), &[6]);
    finds(db, &sample, field(&sample, "float").is(Lt, f64::MIN), &[1]);
    finds(db, &sample, field(&sample, "float").is(Eq, 0.1 + 0.2), &[4]);
    finds(db, &sample, field(&sample, "float").is(Eq, 0.3), &[]);
    finds(db, &sample, field(&sample, "float").is(Gt, f64::MAX), &[6]);
    Ok(())
}

fn zero_and_negative_zero_are_equal(db: &Db) -> Result<()> {
    let sample = stored(db, "float", &[(0.0).into(), (-0.0).into()])?;
    finds(db, &sample, field(&sample, "float").is(Eq, 0.0), &[1, 2]);
    finds(db, &sample, field(&sample, "float").is(Eq, -0.0), &[1, 2]);
    Ok(())
}

fn decimals_compare_as_numbers(db: &Db) -> Result<()> {
    let values = ["-10", "-9.5", "0", "0.1", "9", "10", "100000000000000000000.1", "100000000000000000000.2"];
    let sample = stored(db, "decimal", &values.map(dec))?;
    finds(db, &sample, field(&sample, "decimal").is(Lt, dec("-9.5")), &[1]);
    finds(db, &sample, field(&sample, "decimal").is(Gt, dec("9.0")), &[6, 7, 8]);
    finds(db, &sample, field(&sample, "decimal").is(Eq, dec("0.10")), &[4]);
    finds(db, &sample, field(&sample, "decimal").is(Eq, dec("1E1")), &[6]);
    finds(db, &sample, field(&sample, "decimal").is(Eq, dec("100000000000000000000.2")), &[8]);
    finds(db, &sample, field(&sample, "decimal").between(dec("-9.5"), dec("9")), &[2, 3, 4, 5]);
    finds(db, &sample, field(&sample, "decimal").among(In, [dec("9.00"), dec("0")]), &[3, 5]);
    Ok(())
}

fn integers_serve_as_floats_and_decimals(db: &Db) -> Result<()> {
    let sample = models::sample();
    db.add(&sample, &[("float", int(2)), ("decimal", int(2))])?;
    finds(db, &sample, field(&sample, "float").is(Eq, 2), &[1]);
    finds(db, &sample, field(&sample, "decimal").is(Lt, 3), &[1]);
    finds(db, &sample, field(&sample, "decimal").among(In, [1, 2]), &[1]);
    let stored = db.rows(find(&sample).select(&["float", "decimal"]))?;
    assert_eq!(stored, [[Value::Float(2.0), dec("2")]]);
    Ok(())
}

fn large_integers_are_told_apart(db: &Db) -> Result<()> {
    let big = 1_i64 << 53;
    let sample =
        stored(db, "int", &[int(big), int(big + 1), int(i64::MAX - 1), int(i64::MAX), int(i64::MIN)])?;
    finds(db, &sample, field(&sample, "int").is(Eq, big + 1), &[2]);
    finds(db, &sample, field(&sample, "int").is(Lt, i64::MAX), &[1, 2, 3, 5]);
    finds(db, &sample, field(&sample, "int").is(Le, i64::MIN), &[5]);
    finds(db, &sample, field(&sample, "int").among(In, [i64::MAX, big]), &[1, 4]);
    Ok(())
}

fn bytes_compare_byte_by_byte(db: &Db) -> Result<()> {
    let values: [&[u8]; 6] = [b"", b"\0", b"\0\0", b"a", b"a\0", b"\xff"];
    let sample = stored(db, "bytes", &values.map(bytes))?;
    finds(db, &sample, field(&sample, "bytes").is(Lt, bytes(b"a")), &[1, 2, 3]);
    finds(db, &sample, field(&sample, "bytes").is(Ge, bytes(b"a\0")), &[5, 6]);
    finds(db, &sample, field(&sample, "bytes").is(Eq, bytes(b"\0")), &[2]);
    Ok(())
}

fn uuids_compare_byte_by_byte(db: &Db) -> Result<()> {
    let sample = stored(db, "uuid", &[uuid(0), uuid(1), uuid(u128::MAX), uuid(0xa << 120)])?;
    finds(db, &sample, field(&sample, "uuid").is(Eq, uuid(1)), &[2]);
    finds(db, &sample, field(&sample, "uuid").is(Gt, uuid(9 << 120)), &[3, 4]);
    finds(db, &sample, field(&sample, "uuid").among(In, [uuid(0), uuid(u128::MAX)]), &[1, 3]);
    Ok(())
}

fn dates_and_times_compare_in_time(db: &Db) -> Result<()> {
    let sample = models::sample();
    let moments = [
        "0999-12-31T23:59:59.999999",
        "1999-12-31T23:59:59",
        "2000-01-01T00:00:00",
        "2000-01-01T00:00:00.000001",
    ];
    for text in moments {
        let (date, time) = text.split_at(10);
        let row = [("datetime", moment(text)), ("date", day(date)), ("time", clock(&time[1..]))];
        db.add(&sample, &row)?;
    }
    finds(db, &sample, field(&sample, "datetime").is(Lt, moment("2000-01-01T00:00:00")), &[1, 2]);
    finds(db, &sample, field(&sample, "datetime").is(Gt, moment("2000-01-01T00:00:00")), &[4]);
    finds(db, &sample, field(&sample, "date").is(Le, day("1999-12-31")), &[1, 2]);
    finds(db, &sample, field(&sample, "date").is(Eq, day("2000-01-01")), &[3, 4]);
    finds(db, &sample, field(&sample, "time").is(Lt, clock("00:00:00.000001")), &[3]);
    finds(db, &sample, field(&sample, "time").is(Gt, clock("23:59:59")), &[1]);
    Ok(())
}

fn instants_compare_across_zones(db: &Db) -> Result<()> {
    let sample =
        stored(db, "timestamp", &[instant("2026-01-01T00:00:00Z"), instant("2026-01-01T00:00:00+02:00")])?;
    finds(db, &sample, field(&sample, "timestamp").is(Eq, instant("2026-01-01T01:00:00+01:00")), &[1]);
    finds(db, &sample, field(&sample, "timestamp").is(Lt, instant("2026-01-01T00:00:00Z")), &[2]);
    Ok(())
}

fn durations_compare_with_their_sign(db: &Db) -> Result<()> {
    let sample = stored(db, "duration", &[micros(-1), micros(0), micros(86_400_000_000)])?;
    finds(db, &sample, field(&sample, "duration").is(Lt, micros(0)), &[1]);
    finds(db, &sample, field(&sample, "duration").is(Eq, micros(86_400_000_000)), &[3]);
    Ok(())
}

fn nested_values_are_equal_or_not(db: &Db) -> Result<()> {
    let sample = stored(db, "json", &[json(r#"{"a":1,"b":[2]}"#), json("1"), json("\"1\""), NULL])?;
    finds(db, &sample, field(&sample, "json").is(Eq, json(r#"{"a":1,"b":[2]}"#)), &[1]);
    finds(db, &sample, field(&sample, "json").is(Ne, json("1")), &[1, 3]);
    let error = refused(
        db.unsent(|| db.ids(find(&sample).filter(field(&sample, "json").is(Lt, json("1"))))),
        ErrorKind::Query,
    );
    assert_eq!((error.model(), error.field()), (Some("Sample"), Some("json")));
    Ok(())
}

fn equality_with_null_finds_null(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "age").is(Eq, NULL), &[3]);
    finds(db, &user, field(&user, "age").is(Ne, NULL), &[1, 2, 4, 5]);
    // Built by hand it means the same.
    finds(db, &user, Expr::Apply(Eq, vec![lit(NULL), field(&user, "age")]), &[3]);
    finds(db, &user, field(&user, "age").test(IsNull), &[3]);
    finds(db, &user, field(&user, "age").test(IsNotNull), &[1, 2, 4, 5]);
    Ok(())
}

fn order_with_null_finds_nothing(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    for operator in [Lt, Le, Gt, Ge] {
        finds(db, &user, field(&user, "age").is(operator, NULL), &[]);
        finds(db, &user, field(&user, "age").is(operator, NULL).negate(), &[]);
    }
    Ok(())
}

fn two_fields_of_a_row_are_compared(db: &Db) -> Result<()> {
    let sample = models::sample();
    let row = |left: i64, right: i64| vec![int(left), int(right)];
    db.add_all(&sample, &["int", "other_int"], &[row(1, 2), row(2, 2), row(3, 2)])?;
    let compared = |operator| field(&sample, "int").vs(operator, field(&sample, "other_int"));
    for (operator, expected) in
        [(Eq, vec![2]), (Ne, vec![1, 3]), (Lt, vec![1]), (Le, vec![1, 2]), (Gt, vec![3]), (Ge, vec![2, 3])]
    {
        finds(db, &sample, compared(operator), &expected);
    }
    Ok(())
}

fn null_fields_equal_nothing(db: &Db) -> Result<()> {
    let sample = models::sample();
    db.add_all(
        &sample,
        &["int", "other_int"],
        &[vec![NULL, NULL], vec![int(1), NULL], vec![int(1), int(1)]],
    )?;
    finds(db, &sample, field(&sample, "int").vs(Eq, field(&sample, "other_int")), &[3]);
    finds(db, &sample, field(&sample, "int").vs(Ne, field(&sample, "other_int")), &[]);
    Ok(())
}

fn a_value_may_stand_on_the_left(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, lit(36).vs(Lt, field(&user, "age")), &[5]);
    finds(db, &user, lit(36).vs(Ge, field(&user, "age")), &[1, 2, 4]);
    Ok(())
}

fn between_includes_both_ends(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "age").between(17, 36), &[1, 2, 4]);
    finds(db, &user, field(&user, "age").between(18, 59), &[1, 4]);
    finds(db, &user, field(&user, "name").between("A", "D"), &[1, 3]);
    Ok(())
}

fn between_turned_round_finds_nothing(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "age").between(36, 17), &[]);
    finds(db, &user, field(&user, "age").between(36, 17).negate(), &[1, 2, 4, 5]);
    Ok(())
}

fn between_null_finds_nothing_but_what_is_outside(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    finds(db, &user, field(&user, "age").between(NULL, 36), &[]);
    finds(db, &user, field(&user, "age").between(NULL, 36).negate(), &[5]);
    Ok(())
}

fn between_takes_fields_as_bounds(db: &Db) -> Result<()> {
    let sample = models::sample();
    db.add_all(&sample, &["int", "other_int"], &[vec![int(1), int(5)], vec![int(6), int(9)]])?;
    let within = Expr::Apply(Between, vec![lit(5), field(&sample, "int"), field(&sample, "other_int")]);
    finds(db, &sample, within, &[1]);
    Ok(())
}
