//! Functions of values: letters, lengths, signs, digits, the parts of dates and times, and the first value that is there.

use ommi_core::query::{Direction, letters};

use crate::case::cases;
use crate::kit::*;

cases! {
    texts_are_mapped_letter_by_letter,
    letters_without_one_other_form_stay,
    lengths_are_counted_in_code_points,
    white_space_is_taken_from_both_ends,
    numbers_lose_their_sign,
    the_smallest_integer_without_its_sign_is_an_overflow,
    decimals_are_rounded_half_away_from_zero,
    floats_are_rounded_half_away_from_zero,
    digits_are_checked_before_anything_is_sent,
    dates_have_years_months_and_days,
    moments_have_parts,
    instants_have_parts_in_utc,
    times_have_hours,
    functions_of_null_are_null,
    the_first_value_that_is_there,
    the_first_value_of_every_type,
    functions_decide_about_rows,
    functions_put_rows_in_order_and_groups,
    functions_are_set,
    functions_of_functions,
    functions_nest_deep,
    functions_without_a_meaning_are_refused,
}

fn of(operator: Operator, subject: Expr) -> Expr {
    subject.test(operator)
}

/// What functions make of the values of a field, in the order of the values.
fn made_of(db: &Db, name: &str, values: &[Value], operators: &[Operator]) -> Result<Vec<Row>> {
    let sample = stored(db, name, values)?;
    let made: Vec<Expr> = operators.iter().map(|operator| of(*operator, field(&sample, name))).collect();
    db.rows(find(&sample).by("id").returning(made))
}

fn texts_are_mapped_letter_by_letter(db: &Db) -> Result<()> {
    let all = |pairs: Vec<(char, char)>| -> (String, String) { pairs.into_iter().unzip() };
    let (capitals, small) = all(letters::with_small().collect());
    let (from, to) = all(letters::with_capital().collect());
    let found = made_of(db, "text", &[text(&capitals), text(&from), text("AbC1")], &[Lower, Upper])?;
    assert_eq!(found[0][0], text(&small));
    assert_eq!(found[1][1], text(&to));
    assert_eq!(found[2], [text("abc1"), text("ABC1")]);
    Ok(())
}

fn letters_without_one_other_form_stay(db: &Db) -> Result<()> {
    let values =
        ["straße ŉ ﬁ", "ΑΣ ας", "İıIi", "Ა ა Ꭰ ꭰ \u{1e900}\u{1e922} ԩԨ", "日本 \u{1f600}e\u{301}", ""];
    let found = made_of(db, "text", &values.map(text), &[Lower, Upper])?;
    let expected = [
        ["straße ŉ ﬁ", "STRAßE ŉ ﬁ"],
        ["ασ ας", "ΑΣ ΑΣ"],
        ["iıii", "İIII"],
        ["Ა ა Ꭰ ꭰ \u{1e900}\u{1e922} ԩԨ", "Ა ა Ꭰ ꭰ \u{1e900}\u{1e922} ԩԨ"],
        ["日本 \u{1f600}e\u{301}", "日本 \u{1f600}E\u{301}"],
        ["", ""],
    ];
    assert_eq!(found, expected.map(|pair| pair.map(text)));
    Ok(())
}

fn lengths_are_counted_in_code_points(db: &Db) -> Result<()> {
    let values = ["", "a", "äö", "\u{1f600}", "e\u{301}", "a b\n", "  "].map(text);
    let found = made_of(db, "text", &values, &[Length])?;
    assert_eq!(found, [0, 1, 2, 1, 2, 4, 2].map(|length| [int(length)]));
    Ok(())
}

fn white_space_is_taken_from_both_ends(db: &Db) -> Result<()> {
    let spaces = letters::white_space();
    let around = format!("{spaces}a{spaces}b{spaces}");
    let values = ["  a b  ", &around, "\n\t", "", "\u{200b}a\u{feff}", "a", "\\ ' $ ", "a \n"].map(text);
    let found = made_of(db, "text", &values, &[Trim])?;
    let inside = format!("a{spaces}b");
    let expected = ["a b", &inside, "", "", "\u{200b}a\u{feff}", "a", "\\ ' $", "a"];
    assert_eq!(found, expected.map(|text_left| [text(text_left)]));
    Ok(())
}

fn numbers_lose_their_sign(db: &Db) -> Result<()> {
    let found = made_of(db, "int", &[int(-3), int(0), int(i64::MAX), int(-i64::MAX)], &[Abs])?;
    assert_eq!(found, [3, 0, i64::MAX, i64::MAX].map(|number| [int(number)]));
    let found = made_of(db, "float", &[(-2.5).into(), 0.0.into(), 1e300.into()], &[Abs])?;
    assert_eq!(found, [[2.5.into()], [0.0.into()], [Value::from(1e300)]]);
    let found = made_of(db, "decimal", &[dec("-1.50"), dec("0"), dec("12345678901234567890.5")], &[Abs])?;
    assert_eq!(found, ["1.5", "0", "12345678901234567890.5"].map(|number| [dec(number)]));
    Ok(())
}

fn the_smallest_integer_without_its_sign_is_an_overflow(db: &Db) -> Result<()> {
    let sample = stored(db, "int", &[int(1), int(i64::MIN)])?;
    let error = refused(db.rows(find(&sample).returning([of(Abs, field(&sample, "int"))])), ErrorKind::Query);
    assert!(error.to_string().contains("overflow"), "{error}");
    Ok(())
}

fn rounded(db: &Db, name: &str, values: &[Value], digits: &[i64]) -> Result<Vec<Row>> {
    let sample = stored(db, name, values)?;
    let made: Vec<Expr> = digits.iter().map(|digits| field(&sample, name).is(Round, *digits)).collect();
    db.rows(find(&sample).by("id").returning(made))
}

fn decimals_are_rounded_half_away_from_zero(db: &Db) -> Result<()> {
    let values = ["0.5", "1.5", "-2.5", "2.345", "-2.345", "0.4449", "1234567890123.455", "-0.001", "7"];
    let found = rounded(db, "decimal", &values.map(dec), &[0, 2, 15])?;
    let expected = [
        ["1", "0.5", "0.5"],
        ["2", "1.5", "1.5"],
        ["-3", "-2.5", "-2.5"],
        ["2", "2.35", "2.345"],
        ["-2", "-2.35", "-2.345"],
        ["0", "0.44", "0.4449"],
        ["1234567890123", "1234567890123.46", "1234567890123.455"],
        ["0", "0", "-0.001"],
        ["7", "7", "7"],
    ];
    assert_eq!(found, expected.map(|row| row.map(dec)));
    let longest =
        ["0.4999999999999999999999999999", "-999999999999999999999999999.5", "9999999999999999999999.999999"];
    let found = rounded(db, "decimal", &longest.map(dec), &[0, 5])?;
    let expected = [
        ["0", "0.5"],
        ["-1000000000000000000000000000", "-999999999999999999999999999.5"],
        ["10000000000000000000000", "10000000000000000000000"],
    ];
    assert_eq!(found, expected.map(|row| row.map(dec)));
    Ok(())
}

fn floats_are_rounded_half_away_from_zero(db: &Db) -> Result<()> {
    let values = [0.5, -2.5, 0.49999999999999994, 2.675, -1.25, 1e300, -0.3, 4503599627370497.5, 123456.789];
    let found = rounded(db, "float", &values.map(Value::from), &[0, 1, 15])?;
    let expected = [
        [1.0, 0.5, 0.5],
        [-3.0, -2.5, -2.5],
        [0.0, 0.5, 0.5],
        [3.0, 2.7, 2.675],
        [-1.0, -1.3, -1.25],
        [1e300, 1e300, 1e300],
        [0.0, -0.3, -0.3],
        [4503599627370498.0, 4503599627370497.5, 4503599627370497.5],
        [123457.0, 123456.8, 123456.789],
    ];
    assert_eq!(found, expected.map(|row| row.map(Value::from)));
    Ok(())
}

fn digits_are_checked_before_anything_is_sent(db: &Db) -> Result<()> {
    let sample = models::sample();
    let decimal = || field(&sample, "decimal");
    for digits in [int(-1), int(16), NULL, text("2"), 1.0.into()] {
        let query = find(&sample).returning([decimal().is(Round, digits)]);
        refused(db.unsent(|| db.rows(query)), ErrorKind::Validation);
    }
    for digits in [field(&sample, "int"), field(&sample, "int").is(Add, 1)] {
        let query = find(&sample).returning([decimal().vs(Round, digits)]);
        refused(db.unsent(|| db.rows(query)), ErrorKind::Query);
    }
    Ok(())
}

const PARTS: [Operator; 4] = [Year, Month, Day, Hour];

fn dates_have_years_months_and_days(db: &Db) -> Result<()> {
    let values = ["2026-11-22", "1000-01-01", "9999-12-31", "1969-12-31", "2024-02-29"].map(day);
    let found = made_of(db, "date", &values, &PARTS[..3])?;
    let expected = [[2026, 11, 22], [1000, 1, 1], [9999, 12, 31], [1969, 12, 31], [2024, 2, 29]];
    assert_eq!(found, expected.map(|parts| parts.map(int)));
    Ok(())
}

fn moments_have_parts(db: &Db) -> Result<()> {
    let values = ["2026-11-22 09:05:00", "1000-01-01 00:00:00", "9999-12-31 23:59:59.999999"].map(moment);
    let expected = [[2026, 11, 22, 9], [1000, 1, 1, 0], [9999, 12, 31, 23]].map(|parts| parts.map(int));
    for name in ["naive", "datetime"] {
        assert_eq!(made_of(db, name, &values, &PARTS)?, expected, "{name}");
    }
    Ok(())
}

fn instants_have_parts_in_utc(db: &Db) -> Result<()> {
    let values =
        ["2026-01-01T00:30:00+02:00", "1969-12-31T23:00:00Z", "2024-02-29T12:00:00-12:00"].map(instant);
    let expected = [[2025, 12, 31, 22], [1969, 12, 31, 23], [2024, 3, 1, 0]].map(|parts| parts.map(int));
    for name in ["timestamp", "datetime"] {
        assert_eq!(made_of(db, name, &values, &PARTS)?, expected, "{name}");
    }
    Ok(())
}

fn times_have_hours(db: &Db) -> Result<()> {
    let values = ["00:00:00", "09:30:00", "23:59:59.999999"].map(clock);
    let found = made_of(db, "time", &values, &[Hour])?;
    assert_eq!(found, [0, 9, 23].map(|hour| [int(hour)]));
    Ok(())
}

fn functions_of_null_are_null(db: &Db) -> Result<()> {
    let sample = models::sample();
    db.add(&sample, &[("text", text("a"))])?;
    db.change(find(&sample), &[("text", lit(NULL))])?;
    let field = |name: &str| field(&sample, name);
    let made = [
        of(Lower, field("text")),
        of(Upper, field("text")),
        of(Length, field("text")),
        of(Trim, field("text")),
        of(Abs, field("int")),
        of(Abs, field("float")),
        of(Abs, field("decimal")),
        field("float").is(Round, 1),
        field("decimal").is(Round, 1),
        of(Year, field("date")),
        of(Month, field("naive")),
        of(Day, field("timestamp")),
        of(Hour, field("datetime")),
        of(Hour, field("time")),
        field("int").vs(Coalesce, field("other_int")),
        field("int").is(Coalesce, NULL),
    ];
    assert_eq!(db.rows(find(&sample).returning(made))?, [vec![NULL; 16]]);
    Ok(())
}

fn first(values: impl IntoIterator<Item = Expr>) -> Expr {
    Expr::Apply(Coalesce, values.into_iter().collect())
}

fn the_first_value_that_is_there(db: &Db) -> Result<()> {
    let sample = stored_pairs(db, ["int", "other_int"], &[[NULL, int(2)], [int(1), NULL], [NULL, NULL]])?;
    let (one, other) = (|| field(&sample, "int"), || field(&sample, "other_int"));
    let made = [first([one(), other()]), first([one(), other(), lit(9)]), first([lit(NULL), one(), lit(7)])];
    let found = db.rows(find(&sample).by("id").returning(made))?;
    assert_eq!(found, [[int(2), int(2), int(7)], [int(1), int(1), int(1)], [NULL, int(9), int(7)]]);
    finds(db, &sample, first([one(), lit(5)]).is(Gt, 1), &[1, 3]);
    finds(db, &sample, first([one(), other()]).test(IsNull), &[3]);
    finds(db, &sample, first([one(), other()]).is(Eq, 2).negate(), &[2]);
    let alone = Expr::Apply(Coalesce, vec![one()]);
    refuses(db, &sample, alone.is(Eq, 1), ErrorKind::Query);
    refuses(db, &sample, first([one(), field(&sample, "text")]).is(Eq, 1), ErrorKind::Query);
    refuses(db, &sample, first([one(), lit("a")]).is(Eq, 1), ErrorKind::Validation);
    Ok(())
}

fn the_first_value_of_every_type(db: &Db) -> Result<()> {
    let values = [
        ("bool", Value::Bool(true)),
        ("int", int(i64::MIN)),
        ("float", 2.5.into()),
        ("text", text("ä")),
        ("bytes", bytes(b"\x00\xff")),
        ("decimal", dec("1.25")),
        ("uuid", uuid(7)),
        ("datetime", moment("2026-11-22 10:00:00.000001")),
        ("datetime", instant("2026-11-22T10:00:00Z")),
        ("naive", moment("2026-11-22 10:00:00.000001")),
        ("timestamp", instant("2026-11-22T10:00:00Z")),
        ("date", day("2026-11-22")),
        ("time", clock("10:00:00.000001")),
        ("duration", micros(-5)),
        ("json", json(r#"{"a":[1,null]}"#)),
        ("ints", json("[1,2]")),
        ("texts", json(r#"["a"]"#)),
    ];
    let sample = models::sample();
    db.add(&sample, &[("int", NULL)])?;
    for (name, value) in values {
        let value_there = first([field(&sample, name), lit(value.clone())]);
        let found = db.rows(find(&sample).returning([value_there.clone()]));
        assert_eq!(found.map_err(|error| error.with_field(name))?, [[value.clone()]], "{name}");
        finds(db, &sample, value_there.is(Eq, value), &[1]);
    }
    finds(db, &sample, first([field(&sample, "bool"), lit(true)]), &[1]);
    finds(db, &sample, first([field(&sample, "bool"), lit(false)]), &[]);
    finds(db, &sample, first([field(&sample, "bool"), lit(false)]).negate(), &[1]);
    Ok(())
}

fn functions_decide_about_rows(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let name = || field(&user, "name");
    finds(db, &user, of(Lower, name()).is(Eq, "bob"), &[2]);
    finds(db, &user, of(Upper, name()).is(StartsWith, "C"), &[3]);
    finds(db, &user, of(Lower, name()).is(Contains, "d").negate(), &[2, 5]);
    finds(db, &user, of(Upper, name()).among(In, ["ADA", "DAN", "eve"]), &[1, 4]);
    finds(db, &user, of(Lower, name()).is(Like, "_a%"), &[4]);
    finds(db, &user, of(Upper, name()).is(Gt, "CYD"), &[4, 5]);
    finds(db, &user, of(Length, field(&user, "email")).is(Gt, 9).negate(), &[1, 2, 4, 5]);
    finds(db, &user, of(Abs, field(&user, "age").is(Sub, 40)).is(Le, 5), &[1, 4]);
    let far = of(Abs, field(&user, "age").is(Sub, 40)).between(20, 30);
    finds(db, &user, far, &[2, 5]);
    Ok(())
}

fn functions_put_rows_in_order_and_groups(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let name = || field(&user, "name");
    let sorted = find(&user).order(of(Lower, name()), Direction::Ascending);
    assert_eq!(db.ids(sorted)?, [1, 2, 3, 4, 5]);
    let sample = stored(db, "text", &["b", "B", "a", "Ä", "ä", "z"].map(text))?;
    let lowered = || of(Lower, field(&sample, "text"));
    let mut query = find(&sample).order(lowered(), Direction::Descending).returning([lowered(), rows()]);
    query.group(lowered());
    let expected = [("ä", 2), ("z", 1), ("b", 2), ("a", 1)].map(|(letter, count)| [text(letter), int(count)]);
    assert_eq!(db.rows(query)?, expected);
    let different = find(&sample).returning([lowered()]).distinct().order(lowered(), Direction::Ascending);
    assert_eq!(db.values(different)?, ["a", "b", "z", "ä"].map(text));
    Ok(())
}

fn functions_are_set(db: &Db) -> Result<()> {
    let user = models::people(db)?;
    let (name, email) = (|| field(&user, "name"), || field(&user, "email"));
    let set = [("name", of(Upper, name())), ("email", first([email(), of(Lower, name())]))];
    assert_eq!(db.change(find(&user).filter(email().test(IsNull)).by("id").limit(1), &set)?, 1);
    let changed = db.rows(find(&user).filter(field(&user, "id").is(Eq, 3)).select(&["name", "email"]))?;
    assert_eq!(changed, [[text("CYD"), text("cyd")]]);
    Ok(())
}

fn functions_of_functions(db: &Db) -> Result<()> {
    let sample = stored(db, "text", &[text("  Straße Ä "), NULL])?;
    let made = of(Length, of(Trim, of(Lower, of(Upper, field(&sample, "text")))));
    let plus = made.clone().is(Add, 1).vs(Mul, of(Abs, made.is(Sub, 20)));
    let shown = of(Upper, of(Trim, first([field(&sample, "text"), lit(" none ")])));
    let found = db.rows(find(&sample).by("id").returning([plus, shown]))?;
    assert_eq!(found, [[int(108), text("STRAßE Ä")], [NULL, text("NONE")]]);
    Ok(())
}

fn functions_nest_deep(db: &Db) -> Result<()> {
    let sample = stored(db, "text", &[text(&"Äb".repeat(1000))])?;
    let turns = |depth: usize| {
        (0..depth)
            .fold(field(&sample, "text"), |expr, turn| of(if turn % 2 == 0 { Lower } else { Upper }, expr))
    };
    assert_eq!(db.values(find(&sample).returning([turns(15)]))?, [text(&"äb".repeat(1000))]);
    let sample = stored(db, "float", &[2.5.into()])?;
    let rounded = (0..4).fold(field(&sample, "float"), |expr, digits| expr.is(Round, 4 - digits));
    assert_eq!(db.values(find(&sample).returning([rounded]))?, [2.5.into()]);
    let often = (0..40).fold(field(&sample, "float"), |expr, _| expr.is(Round, 0));
    if let Err(error) = db.values(find(&sample).returning([often])) {
        assert_eq!(error.kind(), ErrorKind::Query, "{error}");
        assert!(error.to_string().contains("too deeply"), "{error}");
    }
    Ok(())
}

fn functions_without_a_meaning_are_refused(db: &Db) -> Result<()> {
    let sample = models::sample();
    let wrong = [
        (Lower, "int"),
        (Upper, "bytes"),
        (Length, "json"),
        (Trim, "json"),
        (Abs, "text"),
        (Year, "time"),
        (Hour, "date"),
        (Month, "text"),
        (Day, "duration"),
    ];
    for (operator, name) in wrong {
        let error = refuses(db, &sample, of(operator, field(&sample, name)).test(IsNull), ErrorKind::Query);
        assert!(error.to_string().contains(operator.name()), "{error}");
        assert_eq!(error.field(), Some(name), "{error}");
    }
    refuses(db, &sample, field(&sample, "int").is(Round, 1).test(IsNull), ErrorKind::Query);
    refuses(db, &sample, of(Lower, lit("A")).is(Eq, "a"), ErrorKind::Query);
    refuses(db, &sample, of(Lower, field(&sample, "text")), ErrorKind::Query);
    Ok(())
}
